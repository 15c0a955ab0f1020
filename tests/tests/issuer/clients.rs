//! How clients say who they are (RFC 6749 §2.3).

use scopa_tests::M2M_SECRET;

use crate::client::{Request, encoded, post};
use crate::desk::{ASKED, By, INTROSPECT, M2M, TOKEN, Want, all_alike, at_each, exchange, request, with};

#[test]
fn a_client_is_known_by_what_it_was_given() {
    at_each(|desk| {
        let post_auth = By::Post("m2m", M2M_SECRET);
        let raw = plain().raw_basic(format!("m2m:{M2M_SECRET}"));
        let lower = plain().field("Authorization", basic("basic", &format!("m2m:{M2M_SECRET}")));
        let empty = request(TOKEN, &GRANT, post_auth).field("Authorization", "");
        // The id in the body beside Basic says who asks, and is no second method.
        let named = request(TOKEN, &[("client_id", "m2m"), GRANT[0]], M2M);
        // An encoded character that needs no encoding (RFC 6749 §2.3.1 by way of the form).
        let escaped = plain().raw_basic(format!("%6d2m:{}", M2M_SECRET.replace('-', "%2D")));
        for (name, request) in [
            ("Basic", request(TOKEN, &GRANT, M2M)),
            ("post", request(TOKEN, &GRANT, post_auth)),
            ("raw Basic", raw),
            ("a scheme in lower case", lower),
            ("an empty field counts as none", empty),
            ("the id beside Basic", named),
            ("encoded Basic", escaped),
        ] {
            let answer = desk.ask(&request);
            assert_eq!(answer.status, 200, "{}: {name}: {answer:?}", desk.server);
            assert_eq!(answer.text("token_type").unwrap().to_ascii_lowercase(), "bearer", "{name}");
            assert_eq!(answer.one("cache-control"), Some("no-store"), "{name}");
            // RFC 6749 §4.4.3: no refresh token.
            assert_eq!(answer.text("refresh_token"), None, "{name}");
        }
    });
}

#[test]
fn an_empty_secret_in_basic_is_none() {
    at_each(|desk| {
        let address = [("redirect_uri", "http://127.0.0.1/cb")];
        let asked = with(&with(&ASKED, &[("client_id", "spa")]), &address);
        let code = desk.authorize(&asked).parameter("code").unwrap();
        let answer = desk.token(&with(&exchange(&code), &address), By::Basic("spa", ""));
        assert_eq!(answer.status, 200, "{}: {answer:?}", desk.server);
        // It proves nothing: what is for clients that prove who they are stays closed.
        let answer = desk.send(INTROSPECT, &[("token", "x")], By::Basic("spa", ""));
        assert_eq!(answer.text("error").as_deref(), Some("invalid_client"), "{}", desk.server);
    });
}

#[test]
fn a_client_that_is_not_who_it_says_is_refused() {
    let by_basic = Want::error(401, "invalid_client").field("www-authenticate", BASIC);
    let by_body = Want::error(400, "invalid_client").field("www-authenticate", None);
    let mut rows = Vec::new();
    let long = "x".repeat(4000);
    for (name, id, secret) in [
        ("a wrong secret", "m2m", "x"),
        ("an unknown client", "nobody", "x"),
        ("an unknown client with a known secret", "nobody", M2M_SECRET),
        ("no secret", "m2m", ""),
        ("no id", "", M2M_SECRET),
        ("neither", "", ""),
        ("the secret of another client", "web", M2M_SECRET),
        ("a secret that goes on", "m2m", "m2m-secret-0123456789abcdef0"),
        ("a secret cut short", "m2m", "m2m-secret-0123456789abcde"),
        ("a secret in capitals", "m2m", "M2M-SECRET-0123456789ABCDEF"),
        ("a secret with a NUL behind it", "m2m", "m2m-secret-0123456789abcdef\0"),
        ("an id with a NUL behind it", "m2m\0", M2M_SECRET),
        ("an id in capitals", "M2M", M2M_SECRET),
        ("a space behind the secret", "m2m", "m2m-secret-0123456789abcdef "),
        ("a colon in the secret", "m2m", "m2m-secret:0123456789abcdef"),
        ("SQL for an id", "' OR '1'='1", "x"),
        ("a huge secret", "m2m", &long),
        ("a client without a secret shows one", "spa", "x"),
        ("characters beyond ASCII", "m2m", "pässwörd€"),
    ] {
        rows.push((format!("Basic: {name}"), plain().basic(id, secret), by_basic.clone()));
        let form = [GRANT[0], ("client_id", id), ("client_secret", secret)];
        if !id.is_empty() {
            rows.push((format!("post: {name}"), post(TOKEN).form(&form), by_body.clone()));
        }
    }
    for (name, field) in [
        ("no base64", "Basic !!!".to_owned()),
        ("no colon", basic("Basic", "m2m")),
        ("nothing", "Basic".to_owned()),
        ("a space", "Basic ".to_owned()),
        ("not UTF-8", "Basic //79/g==".to_owned()),
        ("a control character", basic("Basic", "m2m:a\nb")),
        ("a broken escape", basic("Basic", "m2m:%zz")),
        ("a raw plus", basic("Basic", "m2m:a+b")),
    ] {
        rows.push((format!("Basic: {name}"), plain().field("Authorization", field), by_basic.clone()));
    }
    rows.push(("nobody".into(), plain(), by_basic.clone()));
    rows.push((
        "a name alone, of a client with a secret".into(),
        request(TOKEN, &GRANT, By::Name("m2m")),
        by_body.clone(),
    ));
    rows.push((
        "credentials in the query".into(),
        post(format!("{TOKEN}?{}", encoded(&[("client_id", "m2m"), ("client_secret", M2M_SECRET)])))
            .form(&GRANT),
        by_basic,
    ));
    all_alike(rows);
}

#[test]
fn two_ways_at_once_are_refused() {
    let want = Want::error(400, "invalid_request");
    let twice = || request(TOKEN, &GRANT, M2M);
    let both = [GRANT[0], ("client_id", "m2m"), ("client_secret", M2M_SECRET)];
    let assertion = [
        GRANT[0],
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", "e30.e30.e30"),
    ];
    all_alike(vec![
        ("Basic and post".into(), post(TOKEN).form(&both).basic("m2m", M2M_SECRET), want.clone()),
        (
            "Basic and a secret in the body".into(),
            {
                let form = [GRANT[0], ("client_secret", M2M_SECRET)];
                post(TOKEN).form(&form).basic("m2m", M2M_SECRET)
            },
            want.clone(),
        ),
        ("Basic and an assertion".into(), request(TOKEN, &assertion, M2M), want.clone()),
        (
            "a secret and an assertion".into(),
            request(TOKEN, &assertion, By::Post("m2m", M2M_SECRET)),
            want.clone(),
        ),
        ("two fields".into(), twice().basic("m2m", M2M_SECRET), want.clone()),
        (
            "two fields, the first wrong".into(),
            plain().basic("m2m", "x").basic("m2m", M2M_SECRET),
            want.clone(),
        ),
        (
            "Basic for one and the id of another".into(),
            request(TOKEN, &[GRANT[0], ("client_id", "web")], M2M),
            want,
        ),
    ]);
}

#[test]
fn a_wrong_secret_and_an_unknown_client_answer_alike() {
    at_each(|desk| {
        let wrong = |id| desk.ask(&plain().basic(id, "x"));
        assert_eq!(wrong("m2m"), wrong("nobody"));
        let wrong = |id| desk.ask(&request(TOKEN, &GRANT, By::Post(id, "x")));
        assert_eq!(wrong("m2m"), wrong("nobody"));
    });
}

fn plain() -> Request {
    post(TOKEN).form(&GRANT)
}

fn basic(scheme: &str, credentials: &str) -> String {
    use base64::Engine as _;
    format!("{scheme} {}", base64::engine::general_purpose::STANDARD.encode(credentials))
}

const GRANT: [(&str, &str); 1] = [("grant_type", "client_credentials")];
/// RFC 7617 §2.
const BASIC: &str = "Basic realm=\"oauth\", charset=\"UTF-8\"";
