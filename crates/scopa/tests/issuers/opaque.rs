//! One of several issuers is asked about opaque tokens, and sees no token of another.

use scopa::{Introspection, Validator};
use scopa_testing::{TestAnswer, TestProvider};

use crate::{PARTNERS, Two, accepts, present_text, reason, reason_of};

/// Staff have keys that are given, partners are asked; of partners' keys nothing is known.
fn validator(two: &Two) -> (Validator, TestProvider) {
    let partners = TestProvider::of(two.partners.clone());
    let asked = Validator::builder(PARTNERS, "crash-api")
        .introspect(Introspection::new("crash-api", "the secret of crash-api"), partners.clone());
    let answer = r#"{"active": true, "iss": "https://partners.example.com", "aud": "crash-api", "sub": "user-7", "scope": "read"}"#;
    partners.introspects("opaque-1", answer);
    (two.of_staff().or_issuer(asked).build().unwrap(), partners)
}

#[test]
fn an_opaque_token_is_asked_about_at_the_one_issuer_that_can_be_asked() {
    let two = Two::new();
    let (validator, partners) = validator(&two);
    let access = present_text(&validator, "opaque-1").unwrap();
    assert_eq!((access.issuer(), access.subject()), (PARTNERS, Some("user-7")));
    assert!(validator.owns(&access) && access.require("read").is_ok());
    let refusal = present_text(&validator, "opaque-2").unwrap_err();
    assert_eq!(reason_of(&refusal).code(), "inactive");
    assert_eq!(partners.fetches("/introspect"), 2);
}

#[test]
fn a_signed_token_of_another_issuer_is_shown_to_nobody() {
    let two = Two::new();
    let (validator, partners) = validator(&two);
    assert!(accepts(&validator, &two.staff_token()));
    for (token, expected) in [
        (two.staff_token().signed_by_a_stranger(), "bad_signature"),
        (two.staff_token().header("kid", "unknown"), "unknown_key"),
        (two.staff_token().issuer("https://evil.example"), "wrong_issuer"),
        (two.staff_token().without("iss"), "missing_claim"),
        (two.staff_token().raw_claims("{}x"), "not_a_jwt"),
        (two.staff_token().unsigned(), "unsecured"),
    ] {
        assert_eq!(reason(&validator, &token).code(), expected);
    }
    assert!(partners.requests().is_empty());
    // Where partners are named, they are asked.
    assert_eq!(reason(&validator, &two.partner_token()).code(), "inactive");
    assert_eq!(partners.fetches("/introspect"), 1);
}

#[test]
fn an_endpoint_that_is_down_concerns_opaque_tokens_alone() {
    let two = Two::new();
    let (validator, partners) = validator(&two);
    partners.answer("/introspect", TestAnswer::refused());
    assert_eq!(present_text(&validator, "opaque-1").unwrap_err().status(), 503);
    assert!(accepts(&validator, &two.staff_token()));
    // Nothing is known of it before, and nothing is needed: there are no keys to have.
    assert!(validator.readiness().of(PARTNERS).unwrap().is_ready());
}

#[test]
fn without_such_an_issuer_an_opaque_token_is_no_token() {
    let two = Two::new();
    let refusal = present_text(&two.validator(), "opaque-1").unwrap_err();
    assert_eq!(reason_of(&refusal).code(), "not_a_jwt");
}
