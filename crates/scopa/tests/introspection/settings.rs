//! Settings that cannot be meant: each error names the setting and what would be right.

use std::time::Duration;

use scopa::{ClaimPath, Introspection, Validator, ValidatorBuilder};
use scopa_testing::TestProvider;

use super::{AUDIENCE, ISSUER, SECOND, by_default};

fn builder(how: Introspection) -> ValidatorBuilder {
    Validator::builder(ISSUER, AUDIENCE).introspect(how, TestProvider::new())
}

#[test]
fn every_mistake_says_what_would_be_right() {
    let endpoint = |url: &str| builder(by_default().endpoint(url));
    let empty = "introspect: the client or its secret is empty; the endpoint serves nobody else";
    let keyless = "introspect: signed answers need keys; add `.discover(..)`";
    for (builder, text) in [
        (builder(Introspection::new("", "secret")), empty),
        (builder(Introspection::new("crash-api", "")), empty),
        (builder(by_default().signed()), keyless),
        (
            builder(by_default().cache_for(Duration::from_millis(3_600_001))),
            "introspect: `cache_for` is more than an hour, and so long would a revoked token be good",
        ),
        (builder(by_default().cache_for(Duration::MAX)), "introspect: `cache_for` is more than an hour"),
        (
            endpoint("http://id.example.com/introspect"),
            "introspect: `http://id.example.com/introspect` must be https",
        ),
        (endpoint("ftp://id.example.com"), "introspect: `ftp://id.example.com` must be https"),
        (endpoint("/introspect"), "introspect: `/introspect` is not an absolute URL"),
        (endpoint(""), "introspect: `` is not"),
        (endpoint("https://id.example.com/ a"), "is not a plain URL"),
        (
            endpoint("https://id.example.com/\n"),
            "introspect: `https://id.example.com/\\n` is not a plain URL",
        ),
        (endpoint("https://id.example.com/#x"), "is not a plain URL"),
        (endpoint("https://user@id.example.com/"), "has a user name in it"),
        (builder(by_default().scope_claim("")), "introspect: a step of the scope claim is empty"),
        (
            builder(by_default().scope_claim(ClaimPath::from([""; 0]))),
            "introspect: a step of the scope claim is empty",
        ),
        (
            Validator::builder("acme", AUDIENCE).introspect(by_default(), TestProvider::new()),
            "introspect: the issuer `acme` must be https; set the address with `Introspection::endpoint`",
        ),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.setting(), "introspect", "{error}");
        assert!(error.to_string().contains(text), "{error}, expected {text}");
        assert!(!error.to_string().contains("s3cr3t"), "{error}");
    }
}

#[test]
fn what_is_allowed_is_allowed_at_its_limit() {
    let endpoint = |url: &str| by_default().endpoint(url);
    for builder in [
        builder(by_default().cache_for(SECOND * 3600)),
        builder(by_default().cache_for(Duration::ZERO)),
        builder(endpoint("http://127.0.0.1:8080/introspect")),
        builder(endpoint("http://localhost/introspect")),
        builder(endpoint("http://[::1]/introspect")),
        builder(endpoint("https://id.example.com/introspect?tenant=7")),
        builder(by_default().signed()).discover(TestProvider::new()),
        builder(by_default().signed()).keys(TestProvider::new().issuer().keys()),
        Validator::builder("acme", AUDIENCE)
            .introspect(endpoint("https://id.example.com/introspect"), TestProvider::new()),
    ] {
        let built = builder.build();
        assert!(built.is_ok(), "{built:?}");
    }
}

#[test]
fn building_asks_nobody() {
    let provider = TestProvider::new();
    let validator = builder(by_default()).introspect(by_default(), provider.clone()).build().unwrap();
    assert!(provider.requests().is_empty());
    assert!(validator.readiness().is_ready(), "there is nothing to be fetched ahead");
}
