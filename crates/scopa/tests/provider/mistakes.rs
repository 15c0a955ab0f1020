//! Arguments that cannot be meant: each error names the preset and what would be right.

use scopa::{KeySet, ValidatorBuilder, provider};
use scopa_testing::TestIssuer;

use super::shapes::{API, API_GUID, ORIGIN, PROJECT, TENANT, cases};

fn keys() -> KeySet {
    TestIssuer::new().keys()
}

const NONE: [&str; 0] = [];
const POOL: &str = "eu-west-1_AbCdEf123";

#[test]
fn every_mistake_names_its_preset_and_the_fix() {
    let auth0 = |domain: &str| provider::auth0(domain, API);
    let keycloak = |host: &str| provider::keycloak(host, "crashes", "crash-api");
    let entra = |tenant: &str| provider::entra(tenant, API_GUID);
    let cases: Vec<(ValidatorBuilder, &str, &str)> = vec![
        (auth0(""), "auth0", "`` is not a whole domain; give it as `acme.eu.auth0.com`"),
        (auth0("acme"), "auth0", "`acme` is not a whole domain"),
        (auth0("acme.eu.auth0.com/"), "auth0", "is not a whole domain; give it as `acme.eu.auth0.com`"),
        (auth0("acme.eu.auth0.com:443"), "auth0", "is not a whole domain"),
        (auth0("acme..auth0.com"), "auth0", "is not a whole domain"),
        (auth0(" acme.eu.auth0.com"), "auth0", "is not a whole domain"),
        (auth0("acme.eu.auth0.com\n"), "auth0", "`acme.eu.auth0.com\\n` is not"),
        (auth0("https://acme.eu.auth0.com"), "auth0", "is a URL; give the domain alone"),
        (provider::auth0("a.auth0.com", "https://a.auth0.com/userinfo"), "auth0", "the API's own identifier"),
        (provider::auth0("a.auth0.com", ""), "audience", "such as `https://api.example.com`"),
        (keycloak(""), "keycloak", "`` is not a host; give it as `id.example.com`"),
        (keycloak("https://id.example.com"), "keycloak", "is a URL; give the host alone"),
        (keycloak("http://id.example.com"), "keycloak", "http is for loopback only"),
        (keycloak("http://https://id.example.com"), "keycloak", "is a URL"),
        (keycloak("id.example.com/"), "keycloak", "without a slash"),
        (keycloak("id.example.com?a=b"), "keycloak", "has a query"),
        (keycloak("me@id.example.com"), "keycloak", "has a user name in it"),
        (keycloak("id example com"), "keycloak", "is not a plain URL; give the host alone"),
        (provider::keycloak("id.example.com", "", API), "keycloak", "`` is not the name of a realm"),
        (provider::keycloak("id.example.com", "a/b", API), "keycloak", "`a/b` is not the name of a realm"),
        (provider::keycloak("id.example.com", "a", "account"), "keycloak", "add an audience mapper"),
        (entra("common"), "entra", "one preset for each tenant"),
        (entra("organizations"), "entra", "joined by `or_issuer` or looked up by `tenants`"),
        (entra("consumers"), "entra", "`consumers` stands for many tenants"),
        (entra(""), "entra", "`` is not a tenant id"),
        (entra("contoso.onmicrosoft.com"), "entra", "give the GUID"),
        (entra(TENANT.trim_start_matches('3')), "entra", "is not a tenant id"),
        (entra(&format!("{TENANT}-0")), "entra", "is not a tenant id"),
        (entra(&TENANT.replace('f', "g")), "entra", "is not a tenant id"),
        (provider::entra(TENANT, "api://crash-api"), "entra", "`entra_v1`"),
        (provider::entra(TENANT, ""), "entra", "application (client) id, a GUID"),
        (
            provider::entra(TENANT, "00000003-0000-0000-c000-000000000000"),
            "entra",
            "Microsoft Graph cannot be validated",
        ),
        (provider::entra_v1(TENANT, "https://graph.microsoft.com/"), "entra_v1", "Microsoft Graph"),
        (provider::entra_v1("common", "api://crash-api"), "entra_v1", "one preset for each tenant"),
        (provider::okta("acme.okta.com", "", API), "okta", "make a custom authorization server"),
        (provider::okta("acme.okta.com", "a/v1", API), "okta", "give it as `default`"),
        (provider::okta("https://acme.okta.com", "default", API), "okta", "is a URL"),
        (provider::cognito("eu-west-1", POOL, NONE), "cognito", "the list of clients is empty"),
        (provider::cognito("eu-west-1", POOL, ["web", ""]), "cognito", "`` cannot be one of the clients"),
        (provider::cognito("eu-west-1", POOL, [" web"]), "cognito", "` web` cannot be one of the clients"),
        (provider::cognito(POOL, "eu-west-1", ["web"]), "cognito", "is not a region; give it as `eu-west-1`"),
        (provider::cognito("", POOL, ["web"]), "cognito", "`` is not a region"),
        (provider::cognito("eu-west-1", "AbCdEf", ["web"]), "cognito", "is not the id of a user pool"),
        (provider::cognito("eu-west-1", "eu_a/b", ["web"]), "cognito", "is not the id of a user pool"),
        (provider::google(""), "audience", "`` cannot be an audience"),
        (provider::firebase(""), "firebase", "is not the id of a project"),
        (provider::firebase("a/b"), "firebase", "give it as `acme-crashes`"),
        (provider::zitadel("https://acme.zitadel.cloud", PROJECT), "zitadel", "is a URL"),
        (provider::zitadel("acme.zitadel.cloud", ""), "zitadel", "`` is not the id of a project"),
        (provider::zitadel("acme.zitadel.cloud", "1:roles"), "zitadel", "is not the id of a project"),
        (provider::authentik("https://id.example.com", "a", "b"), "authentik", "is a URL"),
        (provider::authentik("id.example.com", "a/", "b"), "authentik", "is not the slug of an application"),
        (provider::authentik("id.example.com", "a", ""), "authentik", "cannot be one of the clients"),
        (provider::ory("acme.projects.oryapis.com", API), "ory", "give it as `https://acme"),
        (provider::ory("http://hydra.example.com", API), "ory", "must be https"),
        (provider::ory("https://hydra.example.com?a", API), "ory", "has a query"),
        (provider::kinde("https://acme.kinde.com", API), "kinde", "is a URL"),
        (provider::kinde("acme", API), "kinde", "give it as `acme.kinde.com`"),
        (provider::clerk("https://clerk.example.com", [ORIGIN]), "clerk", "is a URL"),
        (provider::clerk("clerk.example.com", NONE), "clerk", "the list of origins is empty"),
        (provider::clerk("clerk.example.com", [""]), "clerk", "`` cannot be one of the origins"),
        (provider::clerk("clerk.example.com", ["app.example.com"]), "clerk", "is not an origin"),
        (
            provider::clerk("clerk.example.com", [ORIGIN, "https://a.example.com/"]),
            "clerk",
            "without a slash",
        ),
        (provider::supabase("https://abc.supabase.co"), "supabase", "give the reference alone"),
        (provider::supabase(""), "supabase", "`` is not the reference of a project"),
    ];
    for (builder, setting, fix) in cases {
        let error = match builder.keys(keys()).build() {
            Err(error) => error,
            Ok(validator) => panic!("{setting}, {fix}: accepted as {validator:?}"),
        };
        assert_eq!(error.setting(), setting, "{error}");
        assert!(error.to_string().starts_with(&format!("{setting}: ")), "{error}");
        assert!(error.to_string().contains(fix), "{error}, expected `{fix}`");
    }
}

#[test]
fn every_preset_wants_keys_and_names_the_way_to_them() {
    for case in cases() {
        let error = (case.preset)().build().unwrap_err();
        assert_eq!(error.setting(), "keys", "{}", case.name);
        assert!(error.to_string().contains(".discover("), "{error}");
    }
}

#[test]
fn an_audience_that_nobody_would_look_at_is_a_mistake() {
    for builder in [
        provider::cognito("eu-west-1", POOL, ["web"]).audience(API),
        provider::clerk("clerk.example.com", [ORIGIN]).audience(API),
    ] {
        let error = builder.keys(keys()).build().unwrap_err();
        assert_eq!(error.setting(), "audience");
        assert!(error.to_string().contains("`https://api.example.com` would not be looked at"), "{error}");
    }
}

#[test]
fn a_mistake_in_another_issuer_is_told_too() {
    let both = provider::entra(TENANT, API_GUID).keys(keys()).or_issuer(provider::entra("common", API_GUID));
    let error = both.build().unwrap_err();
    assert_eq!(error.setting(), "entra");
    assert!(error.to_string().contains("one preset for each tenant"), "{error}");
}

#[test]
fn what_operators_run_themselves_may_be_on_loopback_and_below_a_path() {
    let issuers = [
        (provider::keycloak("http://localhost:8080", "a", API), "http://localhost:8080/realms/a"),
        (
            provider::keycloak("id.example.com:8443/auth", "a", API),
            "https://id.example.com:8443/auth/realms/a",
        ),
        (provider::authentik("http://127.0.0.1:9000", "a", "b"), "http://127.0.0.1:9000/application/o/a/"),
        (provider::zitadel("http://[::1]:8080", PROJECT), "http://[::1]:8080"),
        (provider::ory("http://localhost:4444", API), "http://localhost:4444"),
    ];
    for (builder, issuer) in issuers {
        let validator = builder.keys(keys()).build().unwrap();
        assert_eq!(validator.readiness().issuers().collect::<Vec<_>>(), [issuer]);
    }
}
