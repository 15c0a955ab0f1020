use scopa_testing::TestIssuer;
use serde_json::{Value, json};

use super::{Publisher, Service, is_one};

const KEYS: &str = "https://id.example.com/jwks.json";

/// What `signed_by_a_stranger` signs ES256 with, published as the second key of the issuer.
const SECOND: &str = r#"{"kid": "second", "alg": "ES256", "use": "sig", "kty": "EC", "crv": "P-256",
    "x": "NxIeKiIYMHYB6JmpDnIPCXU9LKaL_ItAJBie8pCqJWY", "y": "nZAhH72ch_wfnpIFOvM5rXQ1ybNjDfvV-X9n_lrcno4"}"#;

/// Picks keys of the test issuer by their `kid`, and its `second`.
fn published(kids: &[&str]) -> String {
    let mut all: Value = serde_json::from_str(&TestIssuer::new().jwks()).unwrap();
    all["keys"].as_array_mut().unwrap().push(serde_json::from_str(SECOND).unwrap());
    let keys = all["keys"].as_array().unwrap().iter().filter(|key| kids.iter().any(|kid| key["kid"] == *kid));
    json!({ "keys": keys.collect::<Vec<_>>() }).to_string()
}

/// Signs with the second key.
fn by_second(service: &Service) -> String {
    service.issuer.token().signed_by_a_stranger().header("kid", "second").sign()
}

/// Starts a service whose keys are good for ten minutes, and are fetched ahead after eight or nine.
fn service(kids: &[&str]) -> (Service, Publisher) {
    let publisher = Publisher::default();
    publisher.publish(published(kids));
    let service = Service::with(|builder| builder.jwks_uri(KEYS, publisher.clone()));
    (service, publisher)
}

#[test]
fn a_token_whose_key_stays_is_still_answered_from_memory_and_one_whose_key_left_is_refused() {
    let (service, publisher) = service(&["es256", "second"]);
    let stays = service.issuer.token().sign();
    let leaves = by_second(&service);
    let first = service.present(&stays).unwrap();
    assert!(service.present(&leaves).is_ok() && service.remembers(&leaves));
    assert_eq!(service.entries(), 2);

    publisher.publish(published(&["es384", "es256"]));
    service.time.pass(540);
    // The first request after that has newer keys fetched, and is the last one under the old ones.
    for _ in 0..3 {
        assert!(is_one(&first, &service.present(&stays).unwrap()));
        assert!(service.present(&leaves).is_err());
    }
    assert_eq!((service.entries(), publisher.fetches()), (1, 2));
}

#[test]
fn a_key_that_stayed_through_some_sets_ends_its_first_tokens_when_it_leaves() {
    let (service, publisher) = service(&["es256", "second"]);
    let (token, other) = (by_second(&service), service.issuer.token().sign());
    let first = service.present(&token).unwrap();
    for kids in [&["second", "es256", "es384"][..], &["es384", "second", "es256"], &["es256", "second"]] {
        publisher.publish(published(kids));
        service.time.pass(540);
        assert!(is_one(&first, &service.present(&token).unwrap()));
    }
    publisher.publish(published(&["es256"]));
    service.time.pass(540);
    assert!(service.present(&other).is_ok());
    assert!(service.present(&token).is_err());
    assert_eq!(publisher.fetches(), 5);
}

#[test]
fn a_key_that_comes_back_verifies_again() {
    let (service, publisher) = service(&["es256", "second"]);
    let token = by_second(&service);
    let first = service.present(&token).unwrap();
    publisher.publish(published(&["es256"]));
    service.time.pass(540);
    assert!(service.present(&token).is_err());
    publisher.publish(published(&["es256", "second"]));
    service.time.pass(540);
    let again = service.present(&token).unwrap();
    assert!(!is_one(&first, &again));
    assert!(is_one(&again, &service.present(&token).unwrap()));
}

#[test]
fn a_token_that_was_under_way_when_its_key_left_is_not_answered_from_memory() {
    let (service, publisher) = service(&["es256", "second"]);
    let token = by_second(&service);
    let under_way = service.present(&token).unwrap();
    publisher.publish(published(&["es256"]));
    service.time.pass(540);
    assert!(service.present(&token).is_err());
    assert_eq!(service.entries(), 0);
    service.auth.inner.remembered.as_ref().unwrap().note(&under_way);
    assert_eq!(service.entries(), 1);
    assert!(service.present(&token).is_err());
    assert_eq!(service.entries(), 0);
}

#[test]
fn the_same_set_from_another_answer_keeps_everything() {
    let (service, publisher) = service(&["es256", "second"]);
    let token = service.issuer.token().sign();
    let first = service.present(&token).unwrap();
    for round in 2..6 {
        service.time.pass(540);
        assert!(is_one(&first, &service.present(&token).unwrap()));
        assert_eq!(publisher.fetches(), round);
    }
}

#[test]
fn a_kid_that_stands_for_other_numbers_is_another_key() {
    let (service, publisher) = service(&["es256"]);
    let token = service.issuer.token().sign();
    assert!(service.present(&token).is_ok() && service.remembers(&token));
    let mut set: Value = serde_json::from_str(&published(&["ed25519"])).unwrap();
    set["keys"][0]["kid"] = "es256".into();
    publisher.publish(set.to_string());
    service.time.pass(540);
    assert!(service.present(&token).is_err());
    assert_eq!(service.entries(), 0);
}

#[test]
fn remembered_tokens_alone_have_newer_keys_fetched() {
    let (service, publisher) = service(&["es256"]);
    let token = service.issuer.token().expires_in(std::time::Duration::from_secs(10 * 3600)).sign();
    service.present(&token).unwrap();
    for round in 1..20 {
        service.time.pass(479);
        assert!(service.remembers(&token));
        assert_eq!(publisher.fetches(), round);
        service.time.pass(61);
        assert!(service.remembers(&token));
        assert_eq!(publisher.fetches(), round + 1);
    }
}

#[test]
fn stale_keys_are_not_kept_alive_by_what_they_verified() {
    let (service, publisher) = service(&["es256"]);
    let token = service.issuer.token().expires_in(std::time::Duration::from_secs(10 * 3600)).sign();
    service.present(&token).unwrap();
    publisher.publish("junk");
    // Ten minutes of freshness and an hour of grace.
    service.time.pass(600 + 3599);
    assert!(service.remembers(&token));
    service.time.pass(1);
    assert_eq!(service.present(&token).unwrap_err().status(), 503);
    publisher.publish(published(&["es256"]));
    service.time.pass(60);
    assert!(service.present(&token).is_ok());
    assert!(service.remembers(&token));
}
