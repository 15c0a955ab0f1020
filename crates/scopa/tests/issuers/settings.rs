//! Settings of several issuers that cannot be meant: each error names the setting and the issuer.

use scopa::{
    Access, Algorithm, ConfigError, Introspection, KeySet, RefusalKind, Revocation, Revoked, Validator,
    ValidatorBuilder,
};
use scopa_testing::{TestIssuer, TestProvider};

use crate::{PARTNERS, STAFF, Settings, Two};

struct Never;

impl Revocation for Never {
    fn revoked(&self, _: &Access) -> Revoked {
        Revoked::No
    }
}

fn with(partners: impl FnOnce(ValidatorBuilder) -> ValidatorBuilder) -> Result<Validator, ConfigError> {
    let two = Two::new();
    two.of_staff().or_issuer(partners(two.of_partners())).build()
}

#[track_caller]
fn assert_error(built: Result<Validator, ConfigError>, setting: &str, parts: &[&str]) {
    let error = built.unwrap_err();
    assert_eq!(error.setting(), setting, "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "{error}\nlacks {part}");
    }
}

#[test]
fn the_same_issuer_cannot_be_there_twice() {
    let two = Two::new();
    let twice = || two.of_staff().audience("another");
    let fix = ["`https://id.example.com` is there twice", "`.audience(..)`"];
    assert_error(two.of_staff().or_issuer(twice()).build(), "or_issuer", &fix);
    let apart = two.of_staff().or_issuer(two.of_partners()).or_issuer(twice());
    assert_error(apart.build(), "or_issuer", &fix);
    // A name is what it is, byte for byte.
    let slash = two.staff.clone().with_issuer(format!("{STAFF}/"));
    assert!(two.of_staff().or_issuer(slash.validator()).build().is_ok());
}

#[test]
fn what_is_for_the_whole_validator_is_said_on_the_first_issuer() {
    let whole: [(&str, Settings); 6] = [
        ("realm", |builder| builder.realm("partners")),
        ("status", |builder| builder.status(RefusalKind::Forbidden, 404)),
        ("resource_metadata", |builder| builder.resource_metadata("https://api.example.com/metadata")),
        ("tenants", |builder| builder.tenants(1, |_| None)),
        ("revocation", |builder| builder.revocation(Never)),
        ("or_issuer", |builder| {
            builder.or_issuer(TestIssuer::new().with_issuer("https://third.example.com").validator())
        }),
    ];
    for (setting, set) in whole {
        let fix = [
            "is for the whole validator; set it on the first issuer alone",
            "(issuer `https://partners.example.com`)",
        ];
        assert_error(with(set), setting, &fix);
        let two = Two::new();
        assert!(set(two.of_staff()).or_issuer(two.of_partners()).build().is_ok(), "{setting}");
    }
}

#[test]
fn a_fault_of_another_issuer_names_it() {
    let bare =
        |issuer: &str, audience: &str| Validator::builder(issuer, audience).keys(TestIssuer::new().keys());
    let secret = KeySet::from_secret(Algorithm::HS256, TestIssuer::secret()).unwrap();
    let named = "(issuer `https://partners.example.com`)";
    for (builder, setting, part) in [
        (Validator::builder(PARTNERS, "crash-api"), "keys", "no keys to verify with"),
        (bare(PARTNERS, ""), "audience", "cannot be an audience"),
        (bare(PARTNERS, "crash-api").algorithms([]), "algorithms", "the list is empty"),
        (
            bare(PARTNERS, "crash-api").keys(secret).algorithms([Algorithm::ES256]),
            "algorithms",
            "no key can do",
        ),
        (bare(PARTNERS, "crash-api").scope_claim("a..b"), "scope_claim", "a step of the path is empty"),
        (bare(PARTNERS, "crash-api").require_claim("a", [""; 0]), "require_claim", "has no value to have"),
        (bare(PARTNERS, "crash-api").clients([""; 0]), "clients", "the list is empty"),
        (
            bare(PARTNERS, "crash-api").jwks_uri("http://partners.example.com/jwks", TestProvider::new()),
            "jwks_uri",
            "must be https",
        ),
    ] {
        assert_error(with(|_| builder), setting, &[part, named]);
    }
    assert_error(with(|_| bare("a\r\nb ", "crash-api")), "issuer", &[r"(issuer `a\r\nb `)"]);
    // A fault of the first names nobody, as if it were the only one.
    let two = Two::new();
    let error = two.of_staff().audience("").or_issuer(two.of_partners()).build().unwrap_err();
    assert!(!error.to_string().contains("(issuer"), "{error}");
}

#[test]
fn only_one_issuer_can_be_asked_about_opaque_tokens() {
    let two = Two::new();
    let asked = |builder: ValidatorBuilder| {
        builder.introspect(Introspection::new("crash-api", "secret"), TestProvider::new())
    };
    let both = asked(two.of_staff()).or_issuer(asked(two.of_partners())).build();
    assert_error(both, "introspect", &["only one issuer can be asked", "build two validators"]);
    assert!(asked(two.of_staff()).or_issuer(two.of_partners()).build().is_ok());
    assert!(two.of_staff().or_issuer(asked(two.of_partners())).build().is_ok());
}

#[test]
fn there_is_room_for_one_tenant_at_least() {
    let none = Two::new().of_staff().tenants(0, |_| None).build();
    assert_error(none, "tenants", &["of none at a time; use at least 1"]);
    assert!(Two::new().of_staff().tenants(1, |_| None).build().is_ok());
}
