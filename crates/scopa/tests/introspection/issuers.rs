//! Several issuers, of which one can be asked.

use scopa::{RefusalKind, Validator, ValidatorBuilder};
use scopa_testing::{TestAnswer, TestIssuer, TestProvider};
use serde_json::json;

use super::{AUDIENCE, active, asked, asking, at_once, by_default, verdict};

const PARTNERS: &str = "https://partners.example.com";

/// Ours, and another with a clock of the same time.
fn providers() -> (TestProvider, TestProvider) {
    let ours = TestProvider::new();
    let partners = TestIssuer::new().with_issuer(PARTNERS).with_clock(ours.clock());
    (ours, TestProvider::of(partners))
}

fn discovering(provider: &TestProvider) -> ValidatorBuilder {
    Validator::builder(provider.issuer().issuer(), AUDIENCE)
        .discover(provider.clone())
        .clock(provider.clock())
}

#[test]
fn only_one_issuer_can_be_asked() {
    let (ours, partners) = providers();
    let asking_partners = || discovering(&partners).introspect(by_default(), partners.clone());
    let error = asking(&ours, by_default()).or_issuer(asking_partners()).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "introspect: only one issuer can be asked: an opaque token does not say whose it is, and must not be shown \
         to the others; build two validators"
    );
    assert!(discovering(&ours).or_issuer(asking_partners()).build().is_ok(), "it may be the second");
}

#[test]
fn an_opaque_token_is_shown_to_the_one_that_can_be_asked_and_to_no_other() {
    let (ours, partners) = providers();
    ours.introspects("opaque-1", &active(json!({})));
    partners.introspects("opaque-1", &active(json!({ "sub": "partner" })));
    partners.introspects("opaque-2", &active(json!({ "sub": "partner" })));
    let first = asking(&ours, by_default()).discover(ours.clone()).or_issuer(discovering(&partners));
    let second = discovering(&partners).or_issuer(asking(&ours, by_default()).discover(ours.clone()));
    for (questions, validator) in [first, second].into_iter().enumerate() {
        let validator = validator.build().unwrap();
        let access = at_once(&validator, "opaque-1").unwrap();
        assert_eq!((access.issuer(), access.subject()), ("https://id.example.com", None));
        for token in ["opaque-2", "a.b.c", "a.b.c.d.e"] {
            assert_eq!(verdict(&validator, token), "401 inactive");
        }
        assert_eq!(asked(&ours), 4 * (questions + 1));
    }
    assert_eq!(partners.requests().len(), 0, "{:?}", partners.requests());
}

#[test]
fn signed_tokens_go_to_the_issuer_that_they_name() {
    let (ours, partners) = providers();
    ours.answer("/introspect", TestAnswer::json(active(json!({ "sub": "asked" }))));
    let validator = discovering(&partners).or_issuer(asking(&ours, by_default())).build().unwrap();

    let token = partners.issuer().token().subject("partner").sign();
    assert_eq!(at_once(&validator, &token).unwrap().subject(), Some("partner"));
    let forged = partners.issuer().token().signed_by_a_stranger().sign();
    assert_eq!(verdict(&validator, &forged), "401 bad_signature");
    for (token, expected) in [
        (ours.issuer().token().issuer("https://evil.example.net").sign(), "401 wrong_issuer"),
        (ours.issuer().token().without("iss").sign(), "401 missing_claim"),
        (ours.issuer().token().unsigned().sign(), "401 unsecured"),
    ] {
        assert_eq!(verdict(&validator, &token), expected);
    }
    assert_eq!(asked(&ours), 0, "a token of another issuer is not shown to this one");

    // Ours has no keys here: all of its own tokens are asked about.
    let token = ours.issuer().token().subject("signed").sign();
    assert_eq!(at_once(&validator, &token).unwrap().subject(), Some("asked"));
    assert_eq!(asked(&ours), 1);
    let sent_to_partners: Vec<String> =
        partners.requests().iter().map(|request| request.method().to_string()).collect();
    assert_eq!(sent_to_partners, ["GET", "GET"], "metadata and keys");
}

#[test]
fn without_one_that_can_be_asked_an_opaque_token_is_no_token() {
    let (ours, partners) = providers();
    let validator = discovering(&ours).or_issuer(discovering(&partners)).build().unwrap();
    assert_eq!(verdict(&validator, "opaque-1"), "401 not_a_jwt");
    assert!(ours.requests().is_empty() && partners.requests().is_empty());
}

#[test]
fn a_tenant_cannot_be_asked() {
    let (ours, partners) = providers();
    let tenant = partners.clone();
    let validator = discovering(&ours)
        .tenants(10, move |issuer| {
            let is_partner = issuer == PARTNERS;
            is_partner.then(|| discovering(&tenant).introspect(by_default(), tenant.clone()))
        })
        .build()
        .unwrap();
    let refusal = at_once(&validator, &partners.issuer().token().sign()).unwrap_err();
    assert_eq!(refusal.kind(), RefusalKind::Misconfigured);
    assert_eq!(verdict(&validator, "opaque-1"), "401 not_a_jwt");
    assert!(partners.requests().is_empty());
}

#[test]
fn beside_tenants_the_first_can_be_asked() {
    let (ours, partners) = providers();
    ours.introspects("opaque-1", &active(json!({})));
    let tenant = partners.clone();
    let validator = asking(&ours, by_default())
        .tenants(10, move |issuer| (issuer == PARTNERS).then(|| discovering(&tenant)))
        .build()
        .unwrap();
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    assert_eq!(verdict(&validator, &partners.issuer().token().sign()), "accepted");
    assert_eq!(verdict(&validator, &partners.issuer().token().unsigned().sign()), "401 unsecured");
    assert_eq!(asked(&ours), 1);
    assert_eq!(asked(&partners), 0);
}
