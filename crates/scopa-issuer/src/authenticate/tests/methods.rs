use super::*;

#[test]
fn a_client_says_who_it_is_in_one_way() {
    let desk = Desk::new();
    let good = basic("m2m", SECRET);
    let bad = basic("m2m", "wrong");
    let post = format!("client_id=m2m&client_secret={SECRET}");
    let jwt_bearer = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let assertion = format!("client_assertion=a.b.c&client_assertion_type={jwt_bearer}");
    let and = |one: &str, other: &str| format!("{one}&{other}");
    let lower = good.replace("Basic", "basic");
    let spaced = good.replace("Basic ", "  BASIC   ");

    let cases: &[(&[&str], &str, &str)] = &[
        // Basic, RFC 7617.
        (&[&good], "", "m2m"),
        (&[&lower], "", "m2m"),
        (&[&spaced], "", "m2m"),
        (&[&good], "client_id=m2m", "m2m"),
        (&[&good], "client_id=m2m&client_secret=", "m2m"),
        (&[&bad], "", "401 invalid_client"),
        (&[&basic("nobody", SECRET)], "", "401 invalid_client"),
        (&[&basic("M2M", SECRET)], "", "401 invalid_client"),
        (&[&basic("", "")], "", "401 invalid_client"),
        (&[&basic("m2m", "")], "", "401 invalid_client"),
        (&[&basic("spa", "")], "", "spa"),
        (&[&basic("spa", SECRET)], "", "401 invalid_client"),
        (&["Basic !!!"], "", "401 invalid_client"),
        (&["Basic"], "", "401 invalid_client"),
        (&["Basic "], "", "401 invalid_client"),
        (&["Basic bTJt"], "", "401 invalid_client"),
        (&["Basic bTJtOg== x"], "", "401 invalid_client"),
        (&["Basic \u{e9}"], "", "401 invalid_client"),
        // In the body.
        (&[], &post, "m2m"),
        (&[], "client_id=m2m&client_secret=wrong", "400 invalid_client"),
        (&[], "client_id=nobody&client_secret=wrong", "400 invalid_client"),
        (&[], "client_id=%00&client_secret=wrong", "400 invalid_client"),
        (&[], "client_secret=wrong", "400 invalid_request"),
        // Public clients, and those that only say that they are.
        (&[], "client_id=spa", "spa"),
        (&[], "client_id=spa&client_secret=", "spa"),
        (&[], "client_id=spa&client_secret=x", "400 invalid_client"),
        (&[], "client_id=m2m", "400 invalid_client"),
        (&[], "client_id=nobody", "400 invalid_client"),
        // Nothing; or what is no client authentication.
        (&[], "", "401 invalid_client"),
        (&[], "client_id=", "401 invalid_client"),
        (&[""], "", "401 invalid_client"),
        (&["Bearer abc"], "", "401 invalid_client"),
        (&[""], &post, "m2m"),
        (&["   "], &post, "m2m"),
        (&["undefined undefined"], &post, "m2m"),
        (&["Bearer abc"], &post, "m2m"),
        (&["Basically no"], &post, "m2m"),
        (&[""], "client_id=spa", "spa"),
        // RFC 6749 §2.3: more than one way.
        (&[&good], &post, "400 invalid_request"),
        (&[&good], "client_secret=x", "400 invalid_request"),
        (&[&bad], &post, "400 invalid_request"),
        (&["Basic !!!"], &post, "400 invalid_request"),
        (&[&good], &assertion, "400 invalid_request"),
        (&[&good], "client_assertion=a", "400 invalid_request"),
        (&[], &and(&post, &assertion), "400 invalid_request"),
        (&[], &and(&post, "client_assertion_type=x"), "400 invalid_request"),
        (&[&good, &good], "", "400 invalid_request"),
        (&[&good, ""], "", "400 invalid_request"),
        (&["", ""], &post, "400 invalid_request"),
        (&[&good], "client_id=spa", "400 invalid_request"),
        (&[&good], "client_id=M2M", "400 invalid_request"),
        // Half an assertion, and one of another kind.
        (&[], "client_id=m2m&client_assertion=a.b.c", "400 invalid_request"),
        (&[], &format!("client_id=m2m&client_assertion_type={jwt_bearer}"), "400 invalid_request"),
        (&[], "client_assertion=a&client_assertion_type=saml2-bearer", "400 invalid_client"),
        (&[], &assertion, "400 invalid_client"),
    ];
    for (fields, body, expected) in cases {
        assert_eq!(shown(desk.ask(fields, body, None)), *expected, "{fields:?} {body}");
    }
}

#[test]
fn an_unknown_client_is_told_what_a_wrong_secret_is_told() {
    let desk = Desk::new();
    let post = |id: &str| desk.ask(&[], &format!("client_id={id}&client_secret=x"), None).unwrap_err();
    let basic = |id: &str| desk.basic(id, "x", None).unwrap_err();
    let wrong = [("m2m", "x"), ("nobody", "x"), ("spa", "x"), ("n%6f", "x"), ("\u{e9}", "x")];
    for (id, _) in wrong {
        assert_eq!(post(&id.replace('%', "%25")), post("m2m"), "{id}");
        assert_eq!(basic(id), basic("m2m"), "{id}");
    }
    let id_alone = |id: &str| desk.ask(&[], &format!("client_id={id}"), None).unwrap_err();
    assert_eq!(id_alone("nobody"), id_alone("m2m"));
}
