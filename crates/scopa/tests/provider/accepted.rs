//! What each preset makes of a good token.

use std::collections::BTreeSet;

use scopa::{Algorithm, Hierarchy, InvalidToken, Policy};

use super::shapes::{CLIENT_GUID, ORIGIN, TENANT, case, cases, present};

/// The name of a case, the issuer, the scopes, the permissions, the client.
type Row = (&'static str, &'static str, &'static str, &'static [&'static str], Option<&'static str>);

const ROWS: &[Row] = &[
    ("auth0", "https://acme.eu.auth0.com/", "openid crashes:read", &["purge"], Some("web-1")),
    ("auth0, RFC 9068 profile", "https://acme.eu.auth0.com/", "crashes:read", &[], Some("m2m-1")),
    (
        "keycloak",
        "https://id.example.com/realms/crashes",
        "openid crashes:read",
        &["offline_access", "auditor"],
        Some("web"),
    ),
    ("keycloak, header of 26.2", "https://id.example.com/realms/crashes", "", &["purger"], Some("web")),
    ("entra", ENTRA, "Crashes.Read Crashes.Write", &[], Some(CLIENT_GUID)),
    ("entra, application", ENTRA, "", &["Crashes.Purge"], Some(CLIENT_GUID)),
    ("entra_v1", ENTRA_V1, "Crashes.Read", &[], Some(CLIENT_GUID)),
    ("okta", "https://acme.okta.com/oauth2/default", "crashes:read offline_access", &[], Some("0oa1")),
    ("cognito", COGNITO, "openid crashes/read", &["eu-west-1_AbCdEf123_Google", "auditors"], Some("web-1")),
    ("cognito, client credentials", COGNITO, "crashes/read", &[], Some("cron-1")),
    ("google", "https://accounts.google.com", "", &[], Some("1098")),
    (
        "google, signed-in user",
        "https://accounts.google.com",
        "",
        &[],
        Some("1234.apps.googleusercontent.com"),
    ),
    ("firebase", "https://securetoken.google.com/acme-crashes", "", &["auditor"], None),
    ("zitadel", "https://acme.zitadel.cloud", "", &["auditor", "editor"], Some("crashes-web")),
    ("authentik", "https://id.example.com/application/o/crashes/", "", &["auditors"], Some("crash-api")),
    ("ory", "https://acme.projects.oryapis.com", "crashes:read offline", &[], Some("web")),
    ("ory, scope strategy string", "https://hydra.example.com/", "crashes:read offline", &[], Some("web")),
    ("kinde", "https://acme.kinde.com", "openid crashes:read", &["purge"], Some("d4d3")),
    ("clerk", "https://clerk.example.com", "", &[], Some(ORIGIN)),
    ("supabase", "https://abcdefghijklmnopqrst.supabase.co/auth/v1", "", &["auditor"], None),
];

const ENTRA: &str = "https://login.microsoftonline.com/3f1c6c1e-8f0b-4c52-9a4e-6d2f5b7a9c10/v2.0";
const ENTRA_V1: &str = "https://sts.windows.net/3f1c6c1e-8f0b-4c52-9a4e-6d2f5b7a9c10/";
const COGNITO: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123";

#[test]
fn a_documented_token_is_accepted_and_read_rightly() {
    assert!(ENTRA.contains(TENANT) && ENTRA_V1.contains(TENANT));
    for (name, issuer, scopes, permissions, client) in ROWS {
        let case = case(name);
        let access = present((case.preset)(), &case.token).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(access.issuer(), *issuer, "{name}");
        assert_eq!(access.scopes().as_str(), *scopes, "{name}");
        assert_eq!(access.permissions().collect::<Vec<_>>(), *permissions, "{name}");
        assert_eq!(access.client_id(), *client, "{name}");
        assert!(access.subject().is_some(), "{name}");
    }
}

#[test]
fn no_case_is_left_out() {
    let rows: BTreeSet<&str> = ROWS.iter().map(|row| row.0).collect();
    let all: BTreeSet<&str> = cases().iter().map(|case| case.name).collect();
    assert_eq!(rows, all);
    let presets: BTreeSet<&str> = all.iter().map(|name| name.split(',').next().unwrap()).collect();
    assert_eq!(presets.len(), 14, "{presets:?}");
}

#[test]
fn roles_are_asked_for_as_permissions_and_scopes_as_scopes() {
    let hierarchy =
        Hierarchy::builder().scopes(["crashes:read", "auditor"]).permissions(["auditor", "crashes:read"]);
    let case = case("keycloak");
    let preset = (case.preset)().hierarchy(hierarchy.build().unwrap());
    let access = present(preset, &case.token).unwrap();
    assert!(access.require(Policy::from("crashes:read").and(Policy::permission("auditor"))).is_ok());
    assert!(access.require("auditor").is_err());
    assert!(access.require(Policy::permission("crashes:read")).is_err());
}

#[test]
fn where_the_id_token_is_the_token_of_the_api_its_marks_do_no_harm() {
    for name in ["google", "google, signed-in user", "firebase", "authentik"] {
        let case = case(name);
        let token = case.token.with("nonce", "n1").with("at_hash", "h1");
        assert!(present((case.preset)(), &token).is_ok(), "{name}");
    }
}

#[test]
fn scopes_are_read_from_one_claim_only() {
    for (name, claim, value) in [
        ("auth0", "scp", "admin"),
        ("keycloak", "scp", "admin"),
        ("entra", "scope", "admin"),
        ("okta", "scope", "admin"),
        ("ory", "scope", "admin"),
        ("kinde", "scope", "admin"),
        ("cognito", "scp", "admin"),
    ] {
        let case = case(name);
        let access = present((case.preset)(), &case.token.with(claim, value)).unwrap();
        assert!(!access.scopes().contains("admin"), "{name}");
    }
}

#[test]
fn where_the_provider_has_one_algorithm_no_other_is_accepted() {
    for case in cases() {
        let outcome = present((case.preset)(), &case.token.clone().algorithm(Algorithm::ES256));
        let is_fixed = ["entra", "okta", "cognito", "google", "kinde"]
            .iter()
            .any(|preset| case.name.starts_with(preset));
        match outcome {
            Ok(_) => assert!(!is_fixed, "{}", case.name),
            Err(InvalidToken::AlgorithmNotAllowed(alg)) => {
                assert!(is_fixed && alg == "ES256", "{}", case.name)
            }
            Err(other) => panic!("{}: {other}", case.name),
        }
        // A secret is never taken beside public keys.
        let secret = present((case.preset)(), &case.token.algorithm(Algorithm::HS256));
        assert_eq!(secret.err(), Some(InvalidToken::AlgorithmNotAllowed("HS256".into())), "{}", case.name);
    }
}
