use scopa_testing::{TestAnswer, TestIssuer, TestProvider};
use serde_json::json;

use crate::kit::{KEYS, METADATA, SECOND, Service, seconds, status};

/// Metadata of the issuer of these tests that says where the keys are.
fn metadata(jwks_uri: &str) -> TestAnswer {
    TestAnswer::json(json!({"issuer": "https://id.example.com", "jwks_uri": jwks_uri}).to_string())
}

fn asked(provider: &TestProvider) -> Vec<String> {
    provider.requests().iter().map(|request| request.uri().to_string()).collect()
}

#[test]
fn the_places_of_metadata_are_asked_in_their_order() {
    const APPENDED: &str = "/realms/a/.well-known/openid-configuration";
    const INSERTED: &str = "/.well-known/oauth-authorization-server/realms/a";
    const OPENID_INSERTED: &str = "/.well-known/openid-configuration/realms/a";

    // Not there, moved to a page for logging in, a page in HTML: it may be at the next place.
    let elsewhere = [
        TestAnswer::status(404),
        TestAnswer::status(302),
        TestAnswer::text(200, "<html>"),
        TestAnswer::status(500),
    ];
    for nothing in elsewhere {
        for (at, place) in [APPENDED, INSERTED, OPENID_INSERTED].into_iter().enumerate() {
            let issuer = "https://id.example.com/realms/a";
            let provider = TestProvider::of(TestIssuer::new().with_issuer(issuer));
            let there = json!({"issuer": issuer, "jwks_uri": format!("{issuer}/certs/jwks.json")});
            for other in [APPENDED, INSERTED, OPENID_INSERTED] {
                provider.answer(other, nothing.clone());
            }
            provider.answer(place, TestAnswer::json(there.to_string()));

            let auth = provider.issuer().validator().discover(provider.clone()).build().unwrap();
            let bearer = provider.issuer().token().bearer();
            let outcome = auth.authenticate([bearer.as_bytes()]).now_or_later().unwrap();
            assert_eq!(status(&outcome), 200, "{place} after {nothing:?}");
            let places =
                [APPENDED, INSERTED, OPENID_INSERTED].map(|path| format!("https://id.example.com{path}"));
            let mut expected = places[..=at].to_vec();
            expected.push(format!("{issuer}/certs/jwks.json"));
            assert_eq!(asked(&provider), expected);
        }
    }
}

#[test]
fn a_host_that_is_out_of_reach_is_asked_once_for_each_attempt() {
    for fault in [TestAnswer::refused(), TestAnswer::hanging()] {
        let service = Service::start();
        service.provider.answer_all(fault);
        assert_eq!(service.status(&service.known()), 503);
        assert_eq!(asked(&service.provider), [format!("https://id.example.com{METADATA}")]);
    }
}

#[test]
fn metadata_is_kept_for_an_hour_and_no_failure_is() {
    let service = Service::start();
    service.provider.answer(METADATA, TestAnswer::status(404));
    assert_eq!(service.status(&service.known()), 503);
    service.provider.heal();
    service.pass(SECOND);
    assert_eq!(service.status(&service.known()), 200, "the failure is forgotten");

    let fetches = service.provider.fetches(METADATA);
    for _ in 0..5 {
        service.pass(seconds(600));
        assert!(service.accepts_at_once(&service.known()));
    }
    assert_eq!(service.provider.fetches(METADATA), fetches, "within the hour");
    for _ in 0..3 {
        service.pass(seconds(600));
        assert!(service.accepts_at_once(&service.known()));
    }
    assert_eq!(service.provider.fetches(METADATA), fetches + 1);
}

#[test]
fn metadata_is_read_again_when_the_keys_are_not_where_it_says() {
    let gone = [
        TestAnswer::status(404),
        TestAnswer::status(410),
        TestAnswer::status(301),
        TestAnswer::text(200, "<html>This site is for sale"),
        TestAnswer::refused(),
        TestAnswer::hanging(),
        TestAnswer::text(200, "x").endless(),
    ];
    for gone in gone {
        let service = Service::warm();
        service.pass(seconds(550));
        service.provider.answer(KEYS, gone.clone());
        service.provider.answer("/new/jwks.json", TestAnswer::json(service.provider.jwks()));
        service.provider.answer(METADATA, metadata("https://keys.example.com/new/jwks.json"));
        for _ in 0..10 {
            assert!(service.accepts_at_once(&service.known()), "{gone:?}");
            service.pass(SECOND);
        }
        let ready = service.auth.readiness();
        assert!(ready.age() < Some(seconds(10)), "{gone:?}: {ready}");
        assert_eq!(service.provider.fetches(METADATA), 2, "{gone:?}");
        assert_eq!(service.provider.fetches("/new/jwks.json"), 1, "{gone:?}");
    }
}

#[test]
fn metadata_that_named_no_keys_is_read_again() {
    let service = Service::start();
    let without = json!({"issuer": "https://id.example.com"}).to_string();
    service.provider.answer(METADATA, TestAnswer::json(without));
    assert_eq!(service.status(&service.known()), 503);
    service.provider.heal();
    service.pass(SECOND);
    assert_eq!(service.status(&service.known()), 200);
}

#[test]
fn a_key_address_that_an_issuer_on_the_network_cannot_mean_is_never_asked() {
    for (uri, why) in [
        ("http://id.example.com/jwks.json", "must be https: http is for loopback only"),
        ("http://10.0.0.7/jwks.json", "must be https: http is for loopback only"),
        ("https://localhost/jwks.json", "is on loopback and the issuer is not"),
        ("https://127.0.0.1:8443/jwks.json", "is on loopback and the issuer is not"),
        ("https://[::1]/jwks.json", "is on loopback and the issuer is not"),
        ("http://127.0.0.1/jwks.json", "is on loopback and the issuer is not"),
        ("file:///etc/jwks.json", "is not"),
        ("ftp://id.example.com/jwks.json", "must be https"),
        ("//id.example.com/jwks.json", "is not"),
        ("/jwks.json", "is not an absolute URL"),
        ("https://user@id.example.com/jwks.json", "has a user name in it"),
        ("https://id.example.com\\@evil.example.com/jwks.json", "is not a plain URL"),
        ("https://id.example.com/jwks.json#keys", "is not a plain URL"),
        ("", "is not"),
    ] {
        let service = Service::start();
        service.provider.answer(METADATA, metadata(uri));
        assert_eq!(service.status(&service.known()), 503, "{uri}");
        assert_eq!(service.key_fetches(), 0, "{uri}");
        let ready = service.auth.readiness();
        let error = ready.last_error().unwrap();
        assert!(error.contains("`jwks_uri` of the metadata") && error.contains(why), "{uri}: {error}");
    }
}

#[test]
fn an_issuer_on_loopback_may_have_its_keys_there() {
    let provider = TestProvider::of(TestIssuer::new().with_issuer("http://127.0.0.1:8080"));
    let auth = provider.issuer().validator().discover(provider.clone()).build().unwrap();
    let bearer = provider.issuer().token().bearer();
    let outcome = auth.authenticate([bearer.as_bytes()]).now_or_later().unwrap();
    assert_eq!(status(&outcome), 200);
}

#[test]
fn a_document_of_another_issuer_hides_no_right_one() {
    let issuer = "https://id.example.com/realms/a";
    let provider = TestProvider::of(TestIssuer::new().with_issuer(issuer));
    // Some hosts answer every path with what they have.
    provider
        .answer("/realms/a/.well-known/openid-configuration", metadata("https://id.example.com/jwks.json"));
    let there = json!({"issuer": issuer, "jwks_uri": format!("{issuer}/jwks.json")}).to_string();
    provider.answer("/.well-known/oauth-authorization-server/realms/a", TestAnswer::json(there));
    let auth = provider.issuer().validator().discover(provider.clone()).build().unwrap();
    let bearer = provider.issuer().token().bearer();
    assert!(auth.authenticate([bearer.as_bytes()]).now_or_later().unwrap().is_ok());
}

#[test]
fn an_endpoint_that_nobody_wants_may_be_wrong() {
    let service = Service::start();
    for endpoint in [json!("http://id.example.com/introspect"), json!(7), json!("")] {
        let there = json!({
            "issuer": "https://id.example.com",
            "jwks_uri": "https://id.example.com/jwks.json",
            "introspection_endpoint": endpoint,
        });
        service.provider.answer(METADATA, TestAnswer::json(there.to_string()));
        assert_eq!(service.status(&service.known()), 200, "{endpoint}");
    }
}

#[test]
fn a_tag_of_one_address_is_not_sent_to_another() {
    let service = Service::start();
    service.provider.answer(KEYS, TestAnswer::json(service.provider.jwks()).header("etag", "\"1\""));
    assert!(service.accepts_at_once(&service.known()));
    service.pass(seconds(550));
    assert!(service.accepts_at_once(&service.known()));
    let tags = |path: &str| -> Vec<bool> {
        let requests = service.provider.requests();
        let to = requests.iter().filter(|request| request.uri().path() == path);
        to.map(|request| request.headers().contains_key("if-none-match")).collect()
    };
    assert_eq!(tags(KEYS), [false, true]);

    service.provider.answer(METADATA, metadata("https://keys.example.com/new/jwks.json"));
    service.provider.answer(KEYS, TestAnswer::status(404));
    service.provider.answer("/new/jwks.json", TestAnswer::json(service.provider.jwks()));
    for _ in 0..6 {
        service.pass(seconds(200));
        assert!(service.accepts_at_once(&service.known()));
    }
    let first = tags("/new/jwks.json").first().copied();
    assert_eq!(first, Some(false));
}
