//! Presets whose keys are found by discovery, and what the log says when the metadata is of another issuer.

use std::error::Error as _;

use scopa::{RefusalKind, provider};
use scopa_testing::{TestAnswer, TestIssuer, TestProvider};

use super::shapes::{API, API_GUID, TENANT, case, cases};

#[test]
fn each_preset_finds_the_metadata_of_its_issuer() {
    for case in cases() {
        let http = TestProvider::of(TestIssuer::new().with_issuer(case.token.issuer()));
        let validator = (case.preset)().discover(http.clone()).clock(http.clock()).build().unwrap();
        let outcome = validator.authenticate([case.token.bearer().as_bytes()]).now_or_later().unwrap();
        assert!(outcome.is_ok(), "{}: {outcome:?}", case.name);
        let asked: Vec<String> = http.requests().iter().map(|request| request.uri().to_string()).collect();
        let base = case.token.issuer().trim_end_matches('/');
        let expected = [format!("{base}/.well-known/openid-configuration"), format!("{base}/jwks.json")];
        assert_eq!(asked, expected, "{}", case.name);
    }
}

#[test]
fn metadata_of_an_issuer_without_the_slash_is_told_in_the_log() {
    let case = case("auth0");
    let http = TestProvider::of(TestIssuer::new().with_issuer("https://acme.eu.auth0.com"));
    let validator = (case.preset)().discover(http.clone()).clock(http.clock()).build().unwrap();
    let refusal =
        validator.authenticate([case.token.bearer().as_bytes()]).now_or_later().unwrap().unwrap_err();
    assert_eq!(refusal.kind(), RefusalKind::Unavailable);
    let detail = refusal.source().unwrap().to_string();
    assert!(
        detail.contains(
            "the metadata is of the issuer `https://acme.eu.auth0.com`, expected `https://acme.eu.auth0.com/`, byte for byte; they differ by the slash at the end"
        ),
        "{detail}"
    );
}

#[test]
fn keycloak_behind_another_name_keeps_its_outer_issuer() {
    let case = case("keycloak");
    let http = TestProvider::new();
    let jwks = "https://keycloak.internal:8443/realms/crashes/protocol/openid-connect/certs";
    http.answer("/realms/crashes/protocol/openid-connect/certs", TestAnswer::json(http.jwks()));
    let validator = (case.preset)().jwks_uri(jwks, http.clone()).clock(http.clock()).build().unwrap();
    assert!(validator.authenticate([case.token.bearer().as_bytes()]).now_or_later().unwrap().is_ok());
    assert_eq!(http.requests().len(), 1);
}

#[test]
fn entra_keys_of_another_tenant_prove_nothing_here() {
    let case = case("entra");
    let own = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
    let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    let other = "https://login.microsoftonline.com/9d4a1f0c-0000-4b6e-9e7a-2f3b4c5d6e7f/v2.0";
    for (issuer_of_the_key, is_ours) in [(&*own, true), (template, true), (other, false)] {
        let http = TestProvider::of(TestIssuer::new().with_issuer(&*own));
        let mut set: serde_json::Value = serde_json::from_str(&http.jwks()).unwrap();
        for key in set["keys"].as_array_mut().unwrap() {
            key["issuer"] = if key["kid"] == "rs256" { issuer_of_the_key } else { template }.into();
        }
        http.answer(&format!("/{TENANT}/v2.0/jwks.json"), TestAnswer::json(set.to_string()));
        let validator = (case.preset)().discover(http.clone()).clock(http.clock()).build().unwrap();
        let outcome = validator.authenticate([case.token.bearer().as_bytes()]).now_or_later().unwrap();
        assert_eq!(outcome.is_ok(), is_ours, "{issuer_of_the_key}: {outcome:?}");
    }
}

#[test]
fn tenants_of_entra_come_from_a_list_of_ours() {
    let case = case("entra");
    let home = "9d4a1f0c-0000-4b6e-9e7a-2f3b4c5d6e7f";
    let http = TestProvider::of(TestIssuer::new().with_issuer(case.token.issuer()));
    let customers = [TENANT];
    let fetch = http.clone();
    let validator = provider::entra(home, API_GUID)
        .discover(http.clone())
        .clock(http.clock())
        .tenants(10, move |issuer| {
            let tenant = issuer.strip_prefix("https://login.microsoftonline.com/")?.strip_suffix("/v2.0")?;
            let is_known = customers.contains(&tenant);
            is_known.then(|| provider::entra(tenant, API_GUID).discover(fetch.clone()))
        })
        .build()
        .unwrap();
    let status = |issuer: &str| {
        let token = case.token.clone().with("iss", issuer);
        match validator.authenticate([token.bearer().as_bytes()]).now_or_later().unwrap() {
            Ok(_) => 200,
            Err(refusal) => refusal.status().as_u16(),
        }
    };
    assert_eq!(status(case.token.issuer()), 200);
    let fetched = http.requests().len();
    for issuer in [
        "https://login.microsoftonline.com/c0ffee00-1111-4222-8333-444455556666/v2.0",
        "https://login.microsoftonline.com/common/v2.0",
        "https://evil.example.com/v2.0",
    ] {
        assert_eq!(status(issuer), 401, "{issuer}");
    }
    assert_eq!(http.requests().len(), fetched, "nobody is asked for the keys of a stranger");
}

#[test]
fn an_opaque_token_is_said_to_be_no_jwt() {
    for (preset, token) in [
        (provider::ory("https://acme.projects.oryapis.com", API), "Bearer ory_at_7Wkn"),
        (provider::google("https://crashes.example.com"), "Bearer ya29.a0AfB_by"),
        (provider::auth0("acme.eu.auth0.com", API), "Bearer eyJhbGciOiJkaXIifQ..a.b.c"),
    ] {
        let http = TestProvider::new();
        let validator = preset.discover(http.clone()).build().unwrap();
        let refusal = validator.authenticate([token.as_bytes()]).now_or_later().unwrap().unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::InvalidToken, "{token}");
        assert!(http.requests().is_empty(), "{token}");
    }
}
