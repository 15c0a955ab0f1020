//! A token is judged by the rules and keys of the issuer that it names, and by those alone.

use std::time::Duration;

use scopa::{Algorithm, Validator, ValidatorBuilder};
use scopa_testing::TokenBuilder;

use crate::{Change, PARTNER_SECRET, Settings, Two, accepts, present, reason, shared};

#[test]
fn each_issuer_has_its_own_keys() {
    let two = Two::new();
    let validator = two.validator();
    assert!(accepts(&validator, &two.staff_token()));
    assert!(accepts(&validator, &two.partner_token()));
    for (name, token) in [
        ("partners named, signed by staff", two.partners.token()),
        ("staff named, signed by partners", two.staff_token().signed_by_a_stranger()),
        ("the same with RS256", two.staff_token().algorithm(Algorithm::RS256).signed_by_a_stranger()),
        ("without a `kid`", two.staff_token().without_header("kid").signed_by_a_stranger()),
    ] {
        assert_eq!(reason(&validator, &token).code(), "bad_signature", "{name}");
    }
    // A key that only one of them has is not looked for at the other.
    let token = two.partners.token().algorithm(Algorithm::EdDSA);
    assert_eq!(reason(&validator, &token).code(), "unknown_key");
    assert!(accepts(&validator, &two.staff_token().algorithm(Algorithm::EdDSA)));
}

#[test]
fn the_order_of_issuers_changes_nothing() {
    let two = Two::new();
    let validator = two.of_partners().or_issuer(two.of_staff()).build().unwrap();
    assert!(accepts(&validator, &two.staff_token()) && accepts(&validator, &two.partner_token()));
    assert_eq!(reason(&validator, &two.partners.token()).code(), "bad_signature");
}

/// Builds a validator with two settings, and makes sure that each has an effect on one issuer's tokens alone.
#[track_caller]
fn assert_apart(
    two: &Two,
    [of_staff, of_partners]: [Settings; 2],
    rows: &[(&str, Change, Option<&str>, Option<&str>)],
) {
    let validator = of_staff(two.of_staff()).or_issuer(of_partners(two.of_partners())).build().unwrap();
    let judge = |validator: &Validator, token: &TokenBuilder| match present(validator, token) {
        Ok(_) => None,
        Err(refusal) => Some(crate::reason_of(&refusal).code()),
    };
    for (name, change, staff, partners) in rows {
        assert_eq!(judge(&validator, &change(two.staff_token())), *staff, "{name}: staff");
        assert_eq!(judge(&validator, &change(two.partner_token())), *partners, "{name}: partners");
    }
}

#[test]
fn each_issuer_has_its_own_audiences() {
    let two = Two::new();
    let wrong = Some("wrong_audience");
    assert_apart(
        &two,
        [|staff| staff, |partners| partners.audience("crash-api-2")],
        &[
            ("its own", |token| token, None, None),
            ("that of staff", |token| token.audience("https://api.example.com"), None, wrong),
            ("that of partners", |token| token.audience("crash-api"), wrong, None),
            ("the second of partners", |token| token.audience("crash-api-2"), wrong, None),
            ("none", |token| token.without("aud"), Some("missing_claim"), Some("missing_claim")),
        ],
    );
    assert_apart(
        &two,
        [|staff| staff, ValidatorBuilder::dangerously_skip_audience],
        &[("any", |token| token.audience("another"), wrong, None)],
    );
}

#[test]
fn each_issuer_has_its_own_algorithms() {
    let not_allowed = Some("algorithm_not_allowed");
    assert_apart(
        &Two::new(),
        [|staff| staff.algorithms([Algorithm::ES256]), |partners| partners.algorithms([Algorithm::RS256])],
        &[
            ("ES256", |token| token, None, not_allowed),
            ("RS256", |token| token.algorithm(Algorithm::RS256), not_allowed, None),
        ],
    );
}

#[test]
fn each_issuer_has_its_own_clients_and_required_claims() {
    assert_apart(
        &Two::new(),
        [
            |staff| staff.clients(["web"]).client_claim("cid"),
            |partners| partners.clients(["acme"]).require_claim("token_use", ["access"]),
        ],
        &[
            ("as staff has it", |token| token.claim("cid", "web"), None, Some("wrong_client")),
            (
                "as partners have it",
                |token| token.client_id("acme").claim("token_use", "access"),
                Some("wrong_client"),
                None,
            ),
            (
                "without the claim",
                |token| token.client_id("acme").claim("cid", "web"),
                None,
                Some("wrong_claim"),
            ),
            (
                "client of staff where partners have it",
                |token| token.client_id("web"),
                Some("wrong_client"),
                { Some("wrong_client") },
            ),
        ],
    );
}

#[test]
fn each_issuer_has_its_own_leeway_age_and_profile() {
    assert_apart(
        &Two::new(),
        [
            |staff| staff.leeway(Duration::ZERO).rfc9068(),
            |partners| partners.leeway(Duration::from_secs(300)).max_age(Duration::from_secs(60)),
        ],
        &[
            ("as good as can be", |token| token, None, None),
            ("a plain JWT", |token| token.header("typ", "JWT"), Some("wrong_type"), None),
            ("no `jti`", |token| token.without("jti"), Some("missing_claim"), None),
            ("at its end", |token| token.expires_in(Duration::ZERO), Some("expired"), None),
            ("an hour old", |token| token.claim("iat", 1_795_330_000), None, Some("too_old")),
            ("no `iat`", |token| token.without("iat"), Some("missing_claim"), Some("missing_claim")),
        ],
    );
}

#[test]
fn each_issuer_has_its_own_names_for_claims() {
    let two = Two::new();
    let partners =
        two.of_partners().scope_claim("realm_access.roles").permission_claim("grants").client_claim("appid");
    let validator = two.of_staff().permission_claim("permissions").or_issuer(partners).build().unwrap();
    let all = |token: TokenBuilder| {
        token
            .scope("read")
            .claim("realm_access", serde_json::json!({ "roles": ["write"] }))
            .claim("permissions", ["OWNER"])
            .claim("grants", ["ADMIN"])
            .client_id("web")
            .claim("appid", "acme")
    };
    for (token, scopes, permission, client) in [
        (all(two.staff_token()), "read", "OWNER", "web"),
        (all(two.partner_token()), "write", "ADMIN", "acme"),
    ] {
        let access = present(&validator, &token).unwrap();
        assert_eq!(access.scopes().as_str(), scopes);
        assert_eq!(access.permissions().collect::<Vec<_>>(), [permission]);
        assert_eq!(access.client_id(), Some(client));
    }
}

#[test]
fn a_secret_and_public_keys_never_cross() {
    let two = Two::new();
    let validator = two.of_staff().or_issuer(two.of_partners().keys(shared(PARTNER_SECRET))).build().unwrap();
    let hmac = |token: TokenBuilder| token.algorithm(Algorithm::HS256);
    assert!(accepts(&validator, &two.staff_token().algorithm(Algorithm::RS256)));
    assert!(accepts(&validator, &hmac(two.partner_token())));
    for (name, token) in [
        ("RS256 where a secret is shared", two.partner_token().algorithm(Algorithm::RS256)),
        ("RS256 by staff where a secret is shared", two.partners.token().algorithm(Algorithm::RS256)),
        ("the secret where keys are public", hmac(two.staff_token().signed_by_a_stranger())),
        ("another secret where keys are public", hmac(two.staff_token())),
    ] {
        assert_eq!(reason(&validator, &token).code(), "algorithm_not_allowed", "{name}");
    }

    // Two secrets are two secrets.
    let validator = two
        .of_staff()
        .keys(shared(scopa_testing::TestIssuer::secret()))
        .or_issuer(two.of_partners().keys(shared(PARTNER_SECRET)))
        .build()
        .unwrap();
    assert!(accepts(&validator, &hmac(two.staff_token())) && accepts(&validator, &hmac(two.partner_token())));
    for token in [two.staff_token().signed_by_a_stranger(), two.partners.token()] {
        assert_eq!(reason(&validator, &hmac(token)).code(), "bad_signature");
    }
}

#[test]
fn the_signature_comes_before_every_claim_but_the_name() {
    let two = Two::new();
    let validator = two.validator();
    for token in [
        two.partners.token().expired(),
        two.partners.token().audience("another"),
        two.partners.token().without("exp"),
        two.partners.token().claim("aud", 5).claim("exp", "soon"),
        two.partner_token().expired().tampered(),
    ] {
        assert_eq!(reason(&validator, &token).code(), "bad_signature");
    }
    assert_eq!(reason(&validator, &two.partner_token().expired()).code(), "expired");
}
