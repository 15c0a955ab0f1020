//! What a code is exchanged for, once (RFC 6749 §4.1.3, RFC 7636 §4.5).

use std::time::Duration;

use crate::desk::{
    AUDIENCE, By, CHALLENGE, Desk, IDENTIFIER, M2M, SPA, VERIFIER, WEB, at_each, exchange, log, refresh,
    tokens_of, with, without,
};

#[test]
fn a_code_brings_tokens_for_who_consented() {
    at_each(|desk| {
        let tokens = desk.tokens("alpha");
        let said = desk.introspect(&tokens.access);
        for (member, value) in [
            ("sub", "user-1"),
            ("client_id", "web"),
            ("scope", "alpha"),
            ("iss", IDENTIFIER),
            ("aud", AUDIENCE),
        ] {
            assert_eq!(said[member], value, "{}: {said}", desk.server);
        }
    });
}

#[test]
fn a_code_that_is_not_presented_as_it_was_given_is_refused() {
    at_each(|desk| {
        let wrong_end = VERIFIER.replace("jXk", "jXj");
        let short = "a".repeat(42);
        let long = "a".repeat(129);
        for (name, set, by, error) in [
            ("another verifier", ("code_verifier", &*wrong_end), WEB, "invalid_grant"),
            ("the challenge for a verifier", ("code_verifier", CHALLENGE), WEB, "invalid_grant"),
            ("a short verifier", ("code_verifier", &short), WEB, "invalid_grant"),
            ("a long verifier", ("code_verifier", &long), WEB, "invalid_grant"),
            (
                "characters that no verifier has",
                ("code_verifier", &VERIFIER.replace('j', "+")),
                WEB,
                "invalid_grant",
            ),
            ("an empty verifier", ("code_verifier", ""), WEB, "invalid_request"),
            ("another address", ("redirect_uri", "https://client.example/other"), WEB, "invalid_grant"),
            ("another spelling of it", ("redirect_uri", "https://client.example/cb/"), WEB, "invalid_grant"),
            ("an empty address", ("redirect_uri", ""), WEB, "invalid_grant"),
            ("another client", ("client_id", "spa"), SPA, "invalid_grant"),
            ("a client that has no codes", ("state", ""), M2M, "invalid_grant"),
            ("nobody", ("state", ""), By::Nobody, "invalid_client"),
            ("a wrong secret", ("state", ""), By::Basic("web", "x"), "invalid_client"),
        ] {
            let code = desk.code("alpha");
            let form = exchange(&code);
            let form = if matches!(by, By::Name(_)) { form } else { with(&form, &[set]) };
            let answer = desk.token(&form, by);
            assert_eq!(answer.text("error").as_deref(), Some(error), "{}: {name}: {answer:?}", desk.server);
        }
        for (name, code) in [
            ("a made-up code", "x"),
            ("a code of the right length", &"A".repeat(43)),
            ("a NUL", "\0"),
            ("a JWT", "e30.e30.e30"),
            ("a long one", &"x".repeat(4000)),
        ] {
            let answer = desk.token(&exchange(code), WEB);
            assert_eq!(answer.text("error").as_deref(), Some("invalid_grant"), "{}: {name}", desk.server);
        }
        for missing in ["code", "code_verifier"] {
            let code = desk.code("alpha");
            let answer = desk.token(&without(&exchange(&code), &[missing]), WEB);
            assert_eq!(
                answer.text("error").as_deref(),
                Some("invalid_request"),
                "{}: {missing}",
                desk.server
            );
        }
        let code = desk.code("alpha");
        let answer = desk.token(&without(&exchange(&code), &["redirect_uri"]), WEB);
        assert_eq!(answer.text("error").as_deref(), Some("invalid_grant"), "{}", desk.server);
    });
}

#[test]
fn a_code_that_comes_again_ends_what_it_brought() {
    at_each(|desk| {
        let code = desk.code("alpha");
        let tokens = tokens_of(&desk.token(&exchange(&code), WEB));
        assert!(desk.is_active(&tokens.access), "{}", desk.server);
        refused(desk, &exchange(&code), WEB);
        // RFC 6749 §4.1.2.
        assert!(!desk.is_active(&tokens.access), "{}", desk.server);
        refused(desk, &refresh(&tokens.refresh), WEB);
    });
    assert!(log().contains("an authorization code came twice"), "the operator is told");
}

#[test]
fn a_code_is_good_for_a_minute() {
    at_each(|desk| {
        let code = desk.code("alpha");
        desk.clock.advance(Duration::from_secs(59));
        tokens_of(&desk.token(&exchange(&code), WEB));
        let code = desk.code("alpha");
        desk.clock.advance(Duration::from_secs(60));
        refused(desk, &exchange(&code), WEB);
    });
}

#[test]
fn of_twenty_who_redeem_a_code_one_gets_tokens() {
    at_each(|desk| {
        let code = desk.code("alpha");
        let answers = desk.race(20, &exchange(&code), WEB);
        let winners: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(winners.len(), 1, "{}", desk.server);
        let others = answers.iter().filter(|answer| answer.status != 200);
        assert!(others.clone().all(|answer| answer.text("error").as_deref() == Some("invalid_grant")));
        // Nineteen came again: what the first got has ended.
        assert!(!desk.is_active(&winners[0].text("access_token").unwrap()), "{}", desk.server);
    });
}

fn refused(desk: &Desk, form: &[(&str, &str)], by: By) {
    let answer = desk.token(form, by);
    assert_eq!(answer.status, 400, "{}: {answer:?}", desk.server);
    assert_eq!(answer.text("error").as_deref(), Some("invalid_grant"), "{}: {answer:?}", desk.server);
}
