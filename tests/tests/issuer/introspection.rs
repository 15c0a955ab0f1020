//! What an API is told about a token (RFC 7662).

use std::time::Duration;

use crate::desk::{
    AUDIENCE, By, Desk, IDENTIFIER, INTROSPECT, M2M, SPA, WEB, Want, all_alike, at_each, flipped, refresh,
    request,
};

#[test]
fn a_living_token_is_described() {
    at_each(|desk| {
        let answer = desk.token(&[("grant_type", "client_credentials"), ("scope", "alpha")], M2M);
        let token = answer.text("access_token").unwrap();
        let said = desk.introspect(&token);
        for (member, value) in [
            ("scope", "alpha"),
            ("client_id", "m2m"),
            ("sub", "m2m"),
            ("iss", IDENTIFIER),
            ("aud", AUDIENCE),
            ("token_type", "Bearer"),
        ] {
            assert_eq!(said[member], value, "{}: {said}", desk.server);
        }
        let (issued, ends) = (said["iat"].as_u64().unwrap(), said["exp"].as_u64().unwrap());
        assert_eq!(Some(ends - issued), answer.json()["expires_in"].as_u64(), "{said}");
        // Whoever can show who he is may ask.
        let answer = desk.send(INTROSPECT, &[("token", &token), ("token_type_hint", "access_token")], WEB);
        assert_eq!(answer.json()["active"], true, "{}: {answer:?}", desk.server);
        // A wrong hint misleads nobody (RFC 7662 §2.1).
        for hint in ["refresh_token", "x"] {
            let answer = desk.send(INTROSPECT, &[("token", &token), ("token_type_hint", hint)], M2M);
            assert_eq!(answer.json()["active"], true, "{}: {hint}", desk.server);
        }
    });
}

#[test]
fn of_all_others_nothing_is_said() {
    at_each(|desk| {
        let tokens = desk.tokens("alpha");
        let (head, signature) = tokens.access.rsplit_once('.').unwrap();
        let forged = format!("{head}.{}", flipped(signature));
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", tokens.access.split('.').nth(1).unwrap());
        for token in
            ["x", "e30.e30.e30", "\0", "..", "é", &forged, &unsigned, &"a".repeat(9000), &tokens.refresh]
        {
            assert!(!desk.is_active(token), "{}: {token}", desk.server);
        }
        assert!(desk.is_active(&tokens.access));
        desk.clock.advance(Duration::from_secs(3600));
        assert!(!desk.is_active(&tokens.access), "{}: at its end", desk.server);
    });
}

#[test]
fn with_the_refresh_token_the_access_token_ends() {
    at_each(|desk| {
        let tokens = desk.tokens("alpha");
        assert!(desk.is_active(&tokens.access));
        assert_eq!(desk.token(&refresh(&tokens.refresh), WEB).status, 200);
        assert!(!desk.is_active(&tokens.access), "{}", desk.server);
    });
}

#[test]
fn of_a_refresh_token_its_client_is_told() {
    at_each(|desk| {
        let tokens = desk.tokens("alpha");
        let ask = |desk: &Desk, by| {
            desk.send(INTROSPECT, &[("token", &tokens.refresh), ("token_type_hint", "refresh_token")], by)
                .json()
        };
        assert_eq!(ask(desk, WEB)["active"], true, "{}", desk.server);
        assert_eq!(ask(desk, M2M), serde_json::json!({ "active": false }), "{}", desk.server);
    });
}

#[test]
fn nobody_is_told_who_does_not_say_who_he_is() {
    let form = [("token", "x")];
    let by_basic = Want::error(401, "invalid_client");
    let by_body = Want::error(400, "invalid_client");
    all_alike(vec![
        ("nobody".into(), request(INTROSPECT, &form, By::Nobody), by_basic.clone()),
        ("a wrong secret".into(), request(INTROSPECT, &form, By::Basic("m2m", "x")), by_basic.clone()),
        ("an unknown client".into(), request(INTROSPECT, &form, By::Basic("nobody", "x")), by_basic.clone()),
        (
            "a wrong secret in the body".into(),
            request(INTROSPECT, &form, By::Post("m2m", "x")),
            by_body.clone(),
        ),
        ("a name alone".into(), request(INTROSPECT, &form, By::Name("m2m")), by_body),
        ("a public client".into(), request(INTROSPECT, &form, SPA), by_basic),
        ("no token".into(), request(INTROSPECT, &[], M2M), Want::error(400, "invalid_request")),
        (
            "an empty token".into(),
            request(INTROSPECT, &[("token", "")], M2M),
            Want::error(400, "invalid_request"),
        ),
    ]);
}
