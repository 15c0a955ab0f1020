//! Signed tokens beside opaque ones: what can be verified here is, and is shown to nobody.

use scopa::{Algorithm, Validator};
use scopa_testing::{TestAnswer, TestProvider};
use serde_json::json;

use super::{SECOND, active, asked, asking, at_once, by_default, verdict};

/// A provider that calls every token active, and a validator with its keys that asks about what it cannot read.
fn scene() -> (TestProvider, Validator) {
    let provider = TestProvider::new();
    provider.answer("/introspect", TestAnswer::json(active(json!({ "sub": "asked" }))));
    let validator = asking(&provider, by_default()).discover(provider.clone()).build().unwrap();
    (provider, validator)
}

#[test]
fn a_signed_token_is_verified_here_and_nobody_is_asked() {
    let (provider, validator) = scene();
    for _ in 0..2 {
        let token = provider.issuer().token().subject("signed").sign();
        assert_eq!(at_once(&validator, &token).unwrap().subject(), Some("signed"));
    }
    assert_eq!((asked(&provider), provider.fetches("/jwks.json")), (0, 1));
}

#[test]
fn a_signed_token_that_is_refused_here_is_not_asked_about() {
    let (provider, validator) = scene();
    let token = || provider.issuer().token();
    for (token, expected) in [
        (token().signed_by_a_stranger().sign(), "401 bad_signature"),
        (token().tampered().sign(), "401 bad_signature"),
        (token().unsigned().sign(), "401 unsecured"),
        (token().header("alg", "None").sign(), "401 unsecured"),
        (token().header("alg", "HS256").sign(), "401 algorithm_not_allowed"),
        (token().header("crit", ["exp"]).sign(), "401 header_not_allowed"),
        (token().header("typ", "JWT-x").sign(), "401 wrong_type"),
        (token().header("kid", "unknown").sign(), "401 unknown_key"),
        (token().expired().sign(), "401 expired"),
        (token().audience("https://other.example.com").sign(), "401 wrong_audience"),
        (token().issuer("https://evil.example.net").sign(), "401 wrong_issuer"),
        (token().claim("cnf", json!({ "jkt": "x" })).sign(), "401 sender_constrained"),
        (token().header("typ", "JWT").claim("nonce", "n").sign(), "401 not_an_access_token"),
    ] {
        assert_eq!(verdict(&validator, &token), expected);
    }
    assert_eq!(asked(&provider), 0);
}

#[test]
fn keys_that_are_out_of_reach_are_no_reason_to_ask() {
    let (provider, validator) = scene();
    provider.answer("/jwks.json", TestAnswer::status(500));
    let token = provider.issuer().token().sign();
    assert!(verdict(&validator, &token).starts_with("503 "));
    assert_eq!(asked(&provider), 0);
    assert_eq!(verdict(&validator, "opaque-1"), "accepted", "opaque tokens need no keys");
    provider.heal();
    provider.answer("/introspect", TestAnswer::status(500));
    provider.advance(SECOND);
    assert_eq!(verdict(&validator, &token), "accepted", "and signed ones no endpoint");
}

#[test]
fn what_cannot_be_read_here_is_asked_about() {
    let (provider, validator) = scene();
    // A JWE has five parts (RFC 7516 §9), and three of a text are not yet a JWT.
    let jwe = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA";
    let tokens = ["opaque-1", "a.b", "a.b.c", "ya29.a0Af.xyz", "a.b.c.d", jwe, "eyJhbGciOiJFUzI1NiJ9"];
    for token in tokens {
        assert_eq!(at_once(&validator, token).unwrap().subject(), Some("asked"), "{token}");
    }
    assert_eq!(asked(&provider), tokens.len());
    assert_eq!(provider.fetches("/jwks.json"), 0);
}

#[test]
fn the_last_word_on_an_opaque_token_is_the_endpoints() {
    let (provider, validator) = scene();
    provider.heal();
    for token in ["opaque-1", "a.b.c", "a.b.c.d.e"] {
        assert_eq!(verdict(&validator, token), "401 inactive");
    }
}

#[test]
fn without_keys_every_token_is_asked_about() {
    let provider = TestProvider::new();
    let validator = asking(&provider, by_default()).build().unwrap();
    let token = || provider.issuer().token();
    let tokens = [
        token().sign(),
        token().algorithm(Algorithm::HS256).sign(),
        token().signed_by_a_stranger().sign(),
        token().unsigned().sign(),
        token().header("crit", ["exp"]).sign(),
        token().expired().sign(),
        "opaque-1".to_owned(),
    ];
    for (at, token) in tokens.iter().enumerate() {
        assert_eq!(verdict(&validator, token), "401 inactive");
        assert_eq!(asked(&provider), 2 * at + 1);
        // What a token says is nothing here; what the issuer says of it is all.
        provider.introspects(token, &active(json!({ "sub": "asked", "scope": "read" })));
        provider.advance(SECOND * 5);
        let access = at_once(&validator, token).unwrap();
        assert_eq!((access.subject(), access.scopes().as_str()), (Some("asked"), "read"));
    }
}
