use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use scopa::Fetch as _;
use scopa_testing::{TestAnswer, TestProvider};

use crate::kit::{KEYS, SECOND, Service, seconds};

#[test]
fn readiness_tells_of_keys_before_during_and_after_an_outage() {
    let service = Service::start();
    let ready = || service.auth.readiness();
    assert_eq!((ready().is_ready(), ready().keys(), ready().age()), (false, 0, None));
    assert_eq!(ready().last_error(), None, "nothing was tried, and asking tries nothing");
    assert_eq!(service.all_fetches(), 0);
    assert_eq!(ready().to_string(), "https://id.example.com: not ready, 0 keys");

    service.provider.answer_all(TestAnswer::status(500));
    assert_eq!(service.status(&service.known()), 503);
    assert!(!ready().is_ready());
    let error = "https://id.example.com/.well-known/openid-configuration: status 500, expected 200";
    assert_eq!(ready().last_error(), Some(error));

    service.provider.heal();
    service.pass(SECOND);
    assert!(service.accepts_at_once(&service.known()));
    assert_eq!((ready().is_ready(), ready().keys(), ready().age()), (true, 2, Some(Duration::ZERO)));
    assert_eq!(ready().last_error(), None);

    service.provider.answer(KEYS, TestAnswer::refused());
    service.pass(seconds(1000));
    assert!(service.accepts_at_once(&service.known()));
    assert_eq!((ready().is_ready(), ready().keys(), ready().age()), (true, 2, Some(seconds(1000))));
    assert_eq!(ready().last_error(), Some("https://id.example.com/jwks.json: connection refused"));
    assert_eq!(
        ready().to_string(),
        "https://id.example.com: ready, 2 keys, 1000 s old, last fetch failed: https://id.example.com/jwks.json: connection refused"
    );

    service.pass(seconds(3200));
    assert_eq!((ready().is_ready(), ready().keys()), (false, 0), "too old to be used");

    service.provider.heal();
    service.pass(seconds(30));
    assert!(service.accepts_at_once(&service.known()));
    assert_eq!((ready().is_ready(), ready().age(), ready().last_error()), (true, Some(Duration::ZERO), None));
}

#[test]
fn readiness_tells_of_a_fetch_that_was_lost() {
    let panics = |it: &TestProvider| it.answer_all(TestAnswer::panicking());
    for (strike, what) in [(TestProvider::shut_down as fn(&TestProvider), "keys"), (panics, "metadata")] {
        let service = Service::start();
        strike(&service.provider);
        assert_eq!(service.status(&service.known()), 503);
        let ready = service.auth.readiness();
        let expected = format!("the fetch of the {what} was given up before its end");
        assert_eq!(ready.last_error(), Some(&*expected));
    }
    let service = Service::start();
    service.provider.answer_all(TestAnswer::hanging());
    assert!(service.present(&service.known()).now_or_later().is_err());
    assert_eq!(service.auth.readiness().last_error(), None, "it is under way");
    service.provider.drop_fetches();
    assert!(service.auth.readiness().last_error().is_some());
}

#[test]
fn keep_fresh_fetches_keys_that_nobody_uses() {
    let service = Service::start();
    service.provider.spawn(service.auth.keep_fresh());
    assert!(service.auth.readiness().is_ready(), "at the start");
    for _ in 0..(6 * 60) {
        service.pass(seconds(10));
        let age = service.auth.readiness().age().unwrap();
        assert!(age <= seconds(550), "{age:?}");
    }
    // After 480 to 540 s each.
    let fetches = service.key_fetches();
    assert!((7..=8).contains(&fetches), "{fetches} fetches in an hour");
}

#[test]
fn keep_fresh_goes_on_after_an_outage_as_often_as_callers_would() {
    let service = Service::start();
    service.provider.answer_all(TestAnswer::refused());
    service.provider.spawn(service.auth.keep_fresh());
    for _ in 0..120 {
        service.pass(SECOND);
    }
    assert!(!service.auth.readiness().is_ready());
    assert_eq!(service.all_fetches(), 8, "at once and after 1, 3, 7, 15, 31, 61 and 91 s");
    service.provider.heal();
    for _ in 0..30 {
        service.pass(SECOND);
    }
    assert!(service.auth.readiness().is_ready());
    assert!(service.accepts_at_once(&service.known()));
}

#[test]
fn keep_fresh_ends_with_the_validator() {
    let Service { provider, auth } = Service::start();
    let has_ended = Arc::new(AtomicBool::new(false));
    let (task, ended) = (auth.keep_fresh(), has_ended.clone());
    provider.spawn(Box::pin(async move {
        task.await;
        ended.store(true, Ordering::SeqCst);
    }));
    provider.advance(seconds(60));
    drop(auth);
    assert!(!has_ended.load(Ordering::SeqCst), "it sleeps");
    provider.advance(seconds(60));
    assert!(has_ended.load(Ordering::SeqCst));
    let fetches = provider.requests().len();
    provider.advance(seconds(86_400));
    assert_eq!(provider.requests().len(), fetches);
}
