//! Issuers that become known while the service runs.

use std::error::Error as _;
use std::sync::Mutex;
use std::time::Duration;

use scopa::{Algorithm, Fetch as _, Hierarchy, Introspection, KeySet, Refusal, Validator, ValidatorBuilder};
use scopa_testing::{TestAnswer, TestIssuer, TestProvider};

use crate::customers::{Customers, known, name};
use crate::{PARTNER_KEYS, PARTNERS, STAFF, Two, accepts, detail, present, reason};

#[test]
fn only_a_name_that_is_nowhere_else_is_looked_up() {
    let customers = Customers::new(2);
    let validator = customers.validator(10);
    assert!(accepts(&validator, &customers.two.staff_token()));
    assert!(accepts(&validator, &customers.two.partner_token()));
    assert_eq!(reason(&validator, &customers.two.partners.token()).code(), "bad_signature");
    assert!(customers.asked().is_empty());

    let access = present(&validator, &customers.token(0)).unwrap();
    assert_eq!(access.issuer(), name(0));
    assert_eq!(customers.asked(), [name(0)]);
    assert_eq!(customers.fetches(), [1, 0]);
    // Who is there is not looked up again.
    assert!(accepts(&validator, &customers.token(0)));
    assert!(customers.asked().is_empty());
    assert_eq!(known(&validator), [name(0)]);
    assert_eq!(customers.fetches(), [1, 0]);
}

#[test]
fn a_customer_who_left_the_list_is_out_after_a_minute() {
    let customers = Customers::new(2);
    let validator = customers.validator(10);
    assert_eq!([customers.status(&validator, 0), customers.status(&validator, 1)], [200, 200]);
    customers.leaves(0);
    customers.advance(59);
    customers.asked();
    assert_eq!(customers.status(&validator, 0), 200);
    assert!(customers.asked().is_empty());
    customers.advance(1);
    assert_eq!(customers.status(&validator, 0), 401);
    assert_eq!(known(&validator), [name(1)]);
    // Who is still a customer is asked about once a minute, and keeps his keys.
    customers.asked();
    for _ in 0..5 {
        assert_eq!(customers.status(&validator, 1), 200);
    }
    assert_eq!(customers.asked(), [name(1)]);
    assert_eq!(customers.fetches(), [1, 1]);
}

#[test]
fn the_name_is_given_as_it_stands_in_the_token() {
    let customers = Customers::new(1);
    let validator = customers.validator(10);
    let names = [
        "https://t0.id.example.com/",
        "https://T0.id.example.com",
        " https://t0.id.example.com",
        "https://t0.id.example.com\0",
        "https://id.example.com/",
        "",
        "Zo\u{eb}",
    ];
    for name in names {
        assert_eq!(reason(&validator, &customers.token(0).issuer(name)).code(), "wrong_issuer", "{name:?}");
    }
    assert_eq!(customers.asked(), names);
    let escaped =
        r#"{"iss":"https:\/\/t0.id.example.co\u006d","aud":"https://api.example.com","exp":1795337200}"#;
    assert!(accepts(&validator, &customers.token(0).raw_claims(escaped)));
    assert_eq!(customers.asked(), [name(0)]);
}

#[test]
fn whoever_is_not_in_the_list_is_refused_without_a_fetch() {
    let customers = Customers::new(1);
    let validator = customers.validator(10);
    let unknown = present(&validator, &customers.token(0).issuer("https://evil.example")).unwrap_err();
    assert_eq!((unknown.status().as_u16(), unknown.error()), (401, Some("invalid_token")));
    assert_eq!(
        detail(&unknown),
        "issuer mismatch: the token says `https://evil.example`, \
         expected `https://id.example.com` or `https://partners.example.com` or `…`"
    );
    let forged = present(&validator, &customers.two.partners.token()).unwrap_err();
    assert_eq!(unknown.response().headers(), forged.response().headers());
    assert_eq!(unknown.response().body(), forged.response().body());
    assert_eq!(customers.requests(), 0);
}

#[test]
fn what_cannot_be_read_is_not_looked_up() {
    let customers = Customers::new(1);
    let validator = customers.validator(10);
    for token in [
        customers.token(0).raw_header("{"),
        customers.token(0).raw_claims("[]"),
        customers
            .token(0)
            .raw_claims(r#"{"iss":"https://t0.id.example.com","iss":"https://t0.id.example.com"}"#),
        customers.token(0).without("iss"),
        customers.token(0).claim("iss", [name(0)]),
        customers.token(0).unsigned(),
    ] {
        assert_eq!(present(&validator, &token).unwrap_err().status(), 401);
    }
    assert!(customers.asked().is_empty());
    // Looked up, and not worth a fetch.
    assert_eq!(reason(&validator, &customers.token(0).header("typ", "logout+jwt")).code(), "wrong_type");
    assert_eq!((customers.asked(), customers.requests()), (vec![name(0)], 0));
}

#[test]
fn each_tenant_has_keys_and_rules_of_its_own() {
    let customers = Customers::new(2);
    customers.provider(1).publish(["rs256"]);
    let validator = customers.validator_with(10, |issuer, builder| {
        if issuer == name(0) {
            return builder;
        }
        builder.scope_claim("scp").audience("crashes").clients(["acme"])
    });
    let token = |number| customers.token(number).scope("read").claim("scp", ["write"]);
    let access = present(&validator, &token(0)).unwrap();
    assert_eq!(access.scopes().as_str(), "read");
    assert_eq!(reason(&validator, &token(0).audience("crashes")).code(), "wrong_audience");
    assert_eq!(reason(&validator, &token(0).signed_by_a_stranger()).code(), "bad_signature");

    assert_eq!(reason(&validator, &token(1)).code(), "unknown_key");
    let token = || token(1).algorithm(Algorithm::RS256);
    assert_eq!(reason(&validator, &token()).code(), "wrong_client");
    let access = present(&validator, &token().client_id("acme").audience("crashes")).unwrap();
    assert_eq!(access.scopes().as_str(), "write");
    assert!(validator.owns(&access));
}

#[test]
fn a_tenant_speaks_the_first_issuers_hierarchy() {
    let two = Two::new();
    let of_first =
        Hierarchy::builder().scopes(["admin", "read"]).includes("admin", ["read"]).build().unwrap();
    let of_partners = Hierarchy::builder().scopes(["admin", "read"]).build().unwrap();
    let tenant = two.staff.clone().with_issuer(name(0));
    let same = of_first.clone();
    let validator = |own: Option<Hierarchy>| {
        let tenant = tenant.clone();
        let resolve = move |_: &str| {
            let builder = tenant.validator();
            Some(own.clone().map_or(tenant.validator(), |own| builder.hierarchy(own)))
        };
        let partners = two.of_partners().hierarchy(of_partners.clone());
        two.of_staff().hierarchy(of_first.clone()).or_issuer(partners).tenants(9, resolve).build().unwrap()
    };
    for validator in [validator(None), validator(Some(same))] {
        // Prepared when no tenant was known.
        let read = validator.prepare("read").unwrap();
        let access = present(&validator, &tenant.token().scope("admin")).unwrap();
        assert!(validator.authorize(&access, &read, &[]).is_ok());
        let nothing = present(&validator, &tenant.token()).unwrap();
        let refusal = validator.authorize(&nothing, &read, &[]).unwrap_err();
        assert_eq!(refusal.scope().as_str(), "read");
        assert_eq!(access.require("raed").unwrap_err().status(), 500);
    }
    let declared_alike =
        Hierarchy::builder().scopes(["admin", "read"]).includes("admin", ["read"]).build().unwrap();
    for own in [declared_alike, of_partners.clone(), Hierarchy::default()] {
        let validator = validator(Some(own));
        let refusal = present(&validator, &tenant.token().scope("admin")).unwrap_err();
        assert_misconfigured(
            &refusal,
            "a tenant has the hierarchy of the first issuer; give it none of its own",
        );
        assert!(known(&validator).is_empty());
    }
}

#[track_caller]
fn assert_misconfigured(refusal: &Refusal, fix: &str) {
    assert_eq!((refusal.status().as_u16(), refusal.error()), (500, Some("server_error")), "{refusal:?}");
    assert!(refusal.challenge().is_none());
    let expected = format!("{fix} (issuer `https://t0.id.example.com`)");
    assert!(detail(refusal).ends_with(&expected), "{}\nlacks {expected}", detail(refusal));
}

/// Makes of a good answer of the list, and a way to the network, a wrong one.
type Wrong = fn(ValidatorBuilder, TestProvider) -> ValidatorBuilder;

#[test]
fn a_wrong_answer_of_the_list_is_our_own_mistake_and_names_the_tenant() {
    let two = Two::new();
    let of =
        |issuer: &str| Validator::builder(issuer, "https://api.example.com").keys(TestIssuer::new().keys());
    let rows: [(Wrong, &str); 8] = [
        (
            |_, _| Validator::builder(STAFF, "https://api.example.com").keys(TestIssuer::new().keys()),
            "tenants: gave the issuer `https://id.example.com` for another one; give the one that is asked for",
        ),
        (|builder, _| builder.realm("acme"), "set it on the first issuer alone"),
        (|builder, _| builder.tenants(1, |_| None), "set it on the first issuer alone"),
        (|builder, _| builder.audience(""), "such as `https://api.example.com`"),
        (|_, _| Validator::builder("https://t0.id.example.com", "a"), "`from_pem` or `from_secret`"),
        (
            |builder, http| builder.introspect(Introspection::new("crash-api", "secret"), http),
            "tenants: a tenant's tokens must be signed: an opaque token does not say whose it is",
        ),
        (
            |_, http| {
                Validator::builder("https://t0.id.example.com", "https://api.example.com")
                    .introspect(Introspection::new("crash-api", "secret"), http)
            },
            "a tenant's tokens must be signed: an opaque token does not say whose it is",
        ),
        (|_, http| Validator::builder("a\r\nb", "a").discover(http), r"set its key set with `.jwks_uri(..)`"),
    ];
    for (wrong, fix) in rows {
        let provider = TestProvider::of(two.staff.clone().with_issuer(name(0)));
        let slot = Mutex::new(Some(wrong(of(&name(0)), provider.clone())));
        let resolve = move |issuer: &str| {
            // Wrong at first, and then mended.
            let wrong = slot.lock().unwrap().take();
            Some(wrong.unwrap_or_else(|| of(issuer)))
        };
        let validator = two.of_staff().tenants(1, resolve).build().unwrap();
        assert_misconfigured(&present(&validator, &provider.issuer().token()).unwrap_err(), fix);
        assert!(known(&validator).is_empty() && provider.requests().is_empty());
        assert!(accepts(&validator, &two.staff_token()));
        assert!(accepts(&validator, &provider.issuer().token()));
    }
}

#[test]
fn a_long_name_is_cut_where_it_is_told() {
    let two = Two::new();
    let validator =
        two.of_staff().tenants(1, |_| Some(Validator::builder("x".repeat(900), "a").keys(keys())));
    let token = two.staff_token().issuer("y".repeat(900));
    let refusal = present(&validator.build().unwrap(), &token).unwrap_err();
    assert_eq!(refusal.status(), 500);
    assert!(detail(&refusal).len() < 400, "{}", detail(&refusal));
}

fn keys() -> KeySet {
    KeySet::from_jwks(PARTNER_KEYS).unwrap()
}

#[test]
fn a_tenants_outage_is_no_concern_of_anybody_else() {
    let customers = Customers::new(2);
    let validator = customers.validator(10);
    customers.provider(0).answer_all(TestAnswer::refused());
    assert_eq!([0, 1].map(|number| customers.status(&validator, number)), [503, 200]);
    assert!(accepts(&validator, &customers.two.staff_token()));
    let readiness = validator.readiness();
    let [down, up] = [0, 1].map(|number| readiness.of(&name(number)).unwrap());
    assert!(!down.is_ready() && up.is_ready());
    assert!(down.last_error().unwrap().contains("connection refused"));
    // One customer cannot take the service away from the others.
    assert!(readiness.is_ready());
    assert_eq!(readiness.last_error(), down.last_error());
    assert_eq!(readiness.keys(), up.keys() + two_fixed(&validator));
    assert_eq!(readiness.to_string().lines().count(), 4);
    customers.provider(0).heal();
    customers.advance(1);
    assert_eq!(customers.status(&validator, 0), 200);
}

fn two_fixed(validator: &Validator) -> usize {
    [STAFF, PARTNERS].iter().map(|issuer| validator.readiness().of(issuer).unwrap().keys()).sum()
}

#[test]
fn the_task_that_keeps_keys_fresh_sees_to_tenants_too() {
    let first = TestProvider::new();
    let tenant = TestProvider::of(first.issuer().clone().with_issuer(name(0)));
    let http = tenant.clone();
    let validator = first
        .issuer()
        .validator()
        .discover(first.clone())
        .tenants(1, move |issuer| {
            Some(Validator::builder(issuer, "https://api.example.com").discover(http.clone()))
        })
        .build()
        .unwrap();
    first.spawn(validator.keep_fresh());
    assert!(accepts(&validator, &tenant.issuer().token()));
    assert_eq!((first.fetches("/jwks.json"), tenant.fetches("/jwks.json")), (1, 1));
    for _ in 0..600 {
        first.advance(Duration::from_secs(1));
    }
    assert_eq!((first.fetches("/jwks.json"), tenant.fetches("/jwks.json")), (2, 2));
}

#[test]
fn a_tenant_without_a_clock_has_that_of_the_validator() {
    let customers = Customers::new(1);
    let validator = customers.validator(1);
    let token = customers.token(0).expires_in(Duration::from_secs(60));
    assert!(accepts(&validator, &token));
    customers.advance(90);
    let refusal = present(&validator, &token).unwrap_err();
    assert!(refusal.source().unwrap().to_string().starts_with("expired at"), "{refusal:?}");
}
