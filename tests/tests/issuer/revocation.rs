//! Tokens that end at the wish of their client (RFC 7009).

use crate::desk::{By, Desk, M2M, REVOKE, SPA, WEB, Want, all_alike, at_each, refresh, request};

#[test]
fn an_access_token_ends_alone_and_a_refresh_token_with_all() {
    at_each(|desk| {
        let tokens = desk.tokens("alpha");
        assert_eq!(revoke(desk, &tokens.access, WEB), 200, "{}", desk.server);
        assert!(!desk.is_active(&tokens.access), "{}", desk.server);
        let next = crate::desk::tokens_of(&desk.token(&refresh(&tokens.refresh), WEB));
        assert!(desk.is_active(&next.access), "{}", desk.server);

        assert_eq!(revoke(desk, &next.refresh, WEB), 200, "{}", desk.server);
        assert!(!desk.is_active(&next.access), "{}", desk.server);
        assert_eq!(desk.token(&refresh(&next.refresh), WEB).text("error").as_deref(), Some("invalid_grant"));
    });
}

#[test]
fn a_token_of_the_client_itself_ends_too() {
    at_each(|desk| {
        let answer = desk.token(&[("grant_type", "client_credentials")], M2M);
        let token = answer.text("access_token").unwrap();
        assert!(desk.is_active(&token));
        assert_eq!(revoke(desk, &token, M2M), 200, "{}", desk.server);
        assert!(!desk.is_active(&token), "{}", desk.server);
        // As ended as it can be.
        assert_eq!(revoke(desk, &token, M2M), 200, "{}", desk.server);
    });
}

#[test]
fn nobody_ends_what_is_not_his() {
    at_each(|desk| {
        let tokens = desk.tokens("alpha");
        for token in [&tokens.access, &tokens.refresh] {
            for by in [M2M, SPA] {
                let answer = desk.send(REVOKE, &[("token", token)], by);
                assert_ne!(answer.status, 200, "{}: {answer:?}", desk.server);
            }
        }
        assert!(desk.is_active(&tokens.access), "{}", desk.server);
        assert_eq!(desk.token(&refresh(&tokens.refresh), WEB).status, 200, "{}", desk.server);
    });
}

#[test]
fn a_hint_that_is_wrong_is_passed_over() {
    at_each(|desk| {
        for hint in ["access_token", "refresh_token", "x"] {
            let tokens = desk.tokens("alpha");
            let form = [("token", &*tokens.refresh), ("token_type_hint", hint)];
            assert_eq!(desk.send(REVOKE, &form, WEB).status, 200, "{}: {hint}", desk.server);
            assert!(!desk.is_active(&tokens.access), "{}: {hint}", desk.server);
        }
    });
}

#[test]
fn what_is_not_known_is_as_ended_as_it_can_be() {
    let mut rows = Vec::new();
    for token in ["x", "e30.e30.e30", "\0", "é", "..", &"a".repeat(9000)] {
        rows.push((format!("{token:.20?}"), request(REVOKE, &[("token", token)], M2M), Want::status(200)));
    }
    let no_client = Want::error(401, "invalid_client");
    let invalid = Want::error(400, "invalid_request");
    rows.push(("nobody".into(), request(REVOKE, &[("token", "x")], By::Nobody), no_client.clone()));
    rows.push((
        "a wrong secret".into(),
        request(REVOKE, &[("token", "x")], By::Basic("m2m", "x")),
        no_client,
    ));
    rows.push(("no token".into(), request(REVOKE, &[], M2M), invalid));
    all_alike(rows);
}

fn revoke(desk: &Desk, token: &str, by: By) -> u16 {
    let answer = desk.send(REVOKE, &[("token", token)], by);
    // npm's simple-oauth2 takes nothing but JSON, here too.
    assert_eq!(answer.one("content-type"), Some("application/json"), "{}: {answer:?}", desk.server);
    answer.status
}
