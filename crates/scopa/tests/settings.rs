//! Settings of a validator that cannot be meant: each error names the setting and what would be right.
#![cfg(test)]

use std::time::Duration;

use scopa::{Algorithm, ClaimPath, KeySet, RefusalKind, Validator, ValidatorBuilder};
use scopa_testing::{TestIssuer, TestProvider};

const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "https://api.example.com";

fn bare(issuer: &str, audience: &str) -> ValidatorBuilder {
    Validator::builder(issuer, audience).keys(TestIssuer::new().keys())
}

fn good() -> ValidatorBuilder {
    bare(ISSUER, AUDIENCE)
}

fn with_secret() -> ValidatorBuilder {
    good().keys(KeySet::from_secret(Algorithm::HS256, TestIssuer::secret()).unwrap())
}

fn published() -> ValidatorBuilder {
    discovered(ISSUER)
}

fn discovered(issuer: &str) -> ValidatorBuilder {
    Validator::builder(issuer, AUDIENCE).discover(TestProvider::new())
}

fn at(jwks_uri: &str) -> ValidatorBuilder {
    Validator::builder("acme", AUDIENCE).jwks_uri(jwks_uri, TestProvider::new())
}

#[test]
fn every_mistake_names_its_setting_and_the_fix() {
    let cases: Vec<(ValidatorBuilder, &str, &str)> = vec![
        (bare("", AUDIENCE), "issuer", "such as `https://id.example.com`"),
        (bare(" https://id.example.com", AUDIENCE), "issuer", "the very text of `iss`"),
        (bare("https://id.example.com\n", AUDIENCE), "issuer", "`https://id.example.com\\n`"),
        (bare(ISSUER, ""), "audience", "such as `https://api.example.com`"),
        (bare(ISSUER, "x "), "audience", "`x ` cannot be an audience"),
        (good().audience(""), "audience", "`` cannot be an audience"),
        (Validator::builder(ISSUER, AUDIENCE), "keys", "KeySet::from_jwks"),
        (good().algorithms([]), "algorithms", "such as `ES256`"),
        (good().algorithms([Algorithm::HS256, Algorithm::ES256]), "algorithms", "build two validators"),
        (good().algorithms([Algorithm::HS256]), "algorithms", "no key can do HS256; the keys are for"),
        // No published set holds a secret.
        (
            good().discover(TestProvider::new()).algorithms([Algorithm::HS256]),
            "algorithms",
            "no key can do HS256; the keys are for",
        ),
        (with_secret().algorithms([Algorithm::ES256]), "algorithms", "the keys are for HS256"),
        (with_secret().algorithms([Algorithm::HS512]), "algorithms", "no key can do HS512"),
        (good().leeway(Duration::from_secs(301)), "leeway", "301 s is too long; use at most 300 s"),
        (good().leeway(Duration::MAX), "leeway", "use at most 300 s"),
        (published().key_freshness(Duration::ZERO), "key_freshness", "is 0 s; use 1 to 86400 s"),
        (
            published().key_freshness(Duration::from_millis(999)),
            "key_freshness",
            "is 0.999 s; use 1 to 86400 s",
        ),
        (published().key_freshness(Duration::from_secs(86_401)), "key_freshness", "use 1 to 86400 s"),
        (published().key_stale_if_error(Duration::MAX), "key_stale_if_error", "use 0 to 86400 s"),
        (published().key_cooldown(Duration::ZERO), "key_cooldown", "is 0 s; use 1 to 3600 s"),
        (published().key_cooldown(Duration::from_secs(3601)), "key_cooldown", "is 3601 s; use 1 to 3600 s"),
        (at("http://id.example.com/jwks.json"), "jwks_uri", "must be https: http is for loopback only"),
        (at("file:///etc/jwks.json"), "jwks_uri", "`file:///etc/jwks.json` is not"),
        (at("/jwks.json"), "jwks_uri", "`/jwks.json` is not an absolute URL"),
        (at("https://user:password@id.example.com/"), "jwks_uri", "has a user name in it"),
        (
            discovered("acme"),
            "discover",
            "the issuer `acme` must be https; set its key set with `.jwks_uri(..)`",
        ),
        (
            discovered("http://id.example.com"),
            "discover",
            "must be https: http is for loopback only; set its",
        ),
        (discovered("https://id.example.com?a=b"), "discover", "has a query, which no issuer has; set its"),
        (discovered("urn:issuer"), "discover", "set its key set with `.jwks_uri(..)`"),
        (good().scope_claim(""), "scope_claim", "a step of the path is empty"),
        (good().scope_claim("a..b"), "scope_claim", "write it as `realm_access.roles`"),
        (good().scope_claim(ClaimPath::from([""; 0])), "scope_claim", "empty"),
        (good().permission_claim("a."), "permission_claim", "write it as `realm_access.roles`"),
        (good().realm(""), "realm", "use visible ASCII"),
        (good().realm("a\r\nSet-Cookie: b"), "realm", "`a\\r\\nSet-Cookie: b` cannot stand in a header"),
        (good().realm("caf\u{e9}"), "realm", "use visible ASCII"),
        (good().resource_metadata("\n"), "resource_metadata", "cannot stand in a header"),
        (good().status(RefusalKind::InvalidToken, 200), "status", "200 for InvalidToken"),
        (good().status(RefusalKind::Forbidden, 399), "status", "use 400 to 599"),
        (good().status(RefusalKind::Forbidden, 600), "status", "use 400 to 599"),
        (good().status(RefusalKind::Forbidden, 0), "status", "use 400 to 599"),
        (good().status(RefusalKind::Forbidden, 401), "status", "no challenge, which 401 must have"),
        (good().status(RefusalKind::Unavailable, 401), "status", "no challenge, which 401 must have"),
        (good().status(RefusalKind::Misconfigured, 503), "status", "always answers 500"),
        (good().permission_claim("scope"), "permission_claim", "no scope may satisfy a permission"),
        (good().client_claim(""), "client_claim", "such as `cid`"),
        (good().max_age(Duration::from_millis(999)), "max_age", "use at least 1 s"),
        (
            good().audience("urn:api").dangerously_skip_audience(),
            "audience",
            "`urn:api` would not be looked at",
        ),
        (good().dangerously_skip_audience().audience("urn:api"), "audience", "with `.clients(..)`"),
    ];
    for (builder, setting, fix) in cases {
        let error = match builder.build() {
            Err(error) => error,
            Ok(validator) => panic!("{setting}, {fix}: accepted as {validator:?}"),
        };
        assert_eq!(error.setting(), setting, "{error}");
        assert!(error.to_string().starts_with(&format!("{setting}: ")), "{error}");
        assert!(error.to_string().contains(fix), "{error}");
    }
}

#[test]
fn what_is_allowed_is_allowed_at_its_limit() {
    let secret = KeySet::from_secret(Algorithm::HS512, TestIssuer::secret()).unwrap();
    for builder in [
        good().leeway(Duration::from_secs(300)),
        good().leeway(Duration::ZERO),
        good().max_age(Duration::from_secs(1)),
        good().status(RefusalKind::InsufficientScope, 400).status(RefusalKind::Unavailable, 599),
        good().realm("a \"quoted\" \\ realm ~"),
        good().algorithms([Algorithm::ES256, Algorithm::ES256, Algorithm::RS512]),
        with_secret().algorithms([Algorithm::HS256]),
        good().keys(secret),
        bare(ISSUER, "").dangerously_skip_audience(),
        bare("acme", "urn:api").audience("another"),
        published().key_freshness(Duration::from_secs(1)).key_cooldown(Duration::from_secs(1)),
        published().key_freshness(Duration::from_secs(86_400)).key_cooldown(Duration::from_secs(3600)),
        published().key_stale_if_error(Duration::ZERO),
        published().key_stale_if_error(Duration::from_secs(86_400)),
        at("https://id.example.com/jwks.json"),
        at("http://127.0.0.1:8080/jwks.json"),
        at("http://[::1]:8080/jwks.json"),
        at("http://localhost:8080/jwks.json"),
        Validator::builder(ISSUER, AUDIENCE).key_source(TestIssuer::keys_out_of_reach()),
    ] {
        assert!(builder.build().is_ok());
    }
}

#[test]
fn the_last_status_of_a_class_counts() {
    let statuses = good().status(RefusalKind::MissingToken, 404).status(RefusalKind::MissingToken, 403);
    let refusal = statuses.build().unwrap().authenticate([]).now_or_later().unwrap().unwrap_err();
    assert_eq!(refusal.status(), 403);
}

#[test]
fn a_policy_is_checked_when_it_is_prepared_and_kept_by_type() {
    scopa::scopes! { fn hierarchy; Read = "read" }
    scopa::scopes! { fn another; Write = "write" }
    assert!(another().is_ok());

    let validator = good().hierarchy(hierarchy().unwrap()).build().unwrap();
    assert!(validator.prepare("read").is_ok());
    for (error, name) in [
        (validator.prepare("raed").unwrap_err(), "`raed`"),
        (validator.policy_of::<Write>().unwrap_err(), "`write`"),
        (validator.policy_of::<(Read, Write)>().unwrap_err(), "`write`"),
        (scopa::Guard::of::<Write>(&validator).unwrap_err(), "`write`"),
        (scopa::Guard::new(validator.clone()).require(Write).unwrap_err(), "`write`"),
    ] {
        assert_eq!(error.setting(), "policy");
        assert!(error.to_string().contains(name), "{error}");
    }
    for _ in 0..2 {
        assert_eq!(validator.policy_of::<Read>().unwrap().to_string(), "read");
    }
}
