use std::task::Poll;
use std::time::Duration;

use http::header::IF_NONE_MATCH;
use scopa::Validator;
use scopa_testing::{TestAnswer, TestProvider};

use crate::kit::{KEYS, SECOND, Service, poll, seconds};

/// Makes sure that keys that are fresh for so many seconds are fetched again after 80 to 90 percent of that, by use.
fn assert_fetched_ahead(service: &Service, fresh: u64, name: &str) {
    let fetches = service.key_fetches();
    for percent in 1..=91 {
        service.pass(seconds(fresh) / 100);
        assert!(service.accepts_at_once(&service.known()), "{name}");
        if percent < 80 {
            assert_eq!(service.key_fetches(), fetches, "{name}: after {percent} percent");
        }
        if service.key_fetches() > fetches {
            return;
        }
    }
    panic!("{name}: not after 91 percent");
}

#[test]
fn newer_keys_are_fetched_ahead_of_the_end_by_use() {
    for _ in 0..3 {
        let service = Service::warm();
        for _ in 0..3 {
            assert_fetched_ahead(&service, 600, "default");
        }
    }
    let service = Service::with(|builder| builder.key_freshness(seconds(100)));
    assert!(service.accepts_at_once(&service.known()));
    assert_fetched_ahead(&service, 100, "100 s");
}

#[test]
fn cache_control_counts_within_its_bounds() {
    for (value, fresh) in [
        ("max-age=60", 60),
        ("public, max-age=7200", 7200),
        ("max-age=1", 30),
        ("no-store", 30),
        ("max-age=315360000", 86_400),
        ("private", 600),
    ] {
        let service = Service::start();
        service
            .provider
            .answer(KEYS, TestAnswer::json(service.provider.jwks()).header("cache-control", value));
        assert!(service.accepts_at_once(&service.known()));
        assert_fetched_ahead(&service, fresh, value);
    }
}

#[test]
fn one_refresh_is_under_way_and_nobody_waits_for_it() {
    let service = Service::warm();
    service.pass(seconds(550));
    service.provider.answer(KEYS, TestAnswer::json(service.provider.jwks()).after(4 * SECOND));
    for _ in 0..400 {
        assert!(service.accepts_at_once(&service.known()));
        service.pass(SECOND / 100);
    }
    assert_eq!(service.key_fetches(), 2);
    service.pass(SECOND);
    assert!(service.accepts_at_once(&service.known()));
    assert_eq!(service.auth.readiness().age(), Some(SECOND), "it has ended after four seconds");
    assert_eq!(service.key_fetches(), 2);
}

#[test]
fn old_keys_serve_for_as_long_as_is_set_and_then_it_is_503() {
    for (stale, last) in [(None, 600 + 3600), (Some(120), 600 + 120), (Some(0), 600)] {
        let service = match stale {
            None => Service::warm(),
            Some(stale) => Service::with(|builder| builder.key_stale_if_error(seconds(stale))),
        };
        assert!(service.accepts_at_once(&service.known()));
        service.provider.answer_all(TestAnswer::refused());
        for _ in 0..(last / 10 - 1) {
            service.pass(10 * SECOND);
            assert!(service.accepts_at_once(&service.known()));
        }
        service.pass(10 * SECOND - SECOND / 1000);
        assert!(service.accepts_at_once(&service.known()), "to the last moment");
        assert!(service.auth.readiness().is_ready());
        service.pass(SECOND / 1000);
        for _ in 0..60 {
            assert_eq!(service.status(&service.known()), 503, "{stale:?}");
            assert_eq!(service.status(&service.unknown("nobody")), 503, "{stale:?}");
            service.pass(SECOND);
        }
        assert!(!service.auth.readiness().is_ready());

        service.provider.heal();
        service.pass(30 * SECOND);
        assert!(service.accepts_at_once(&service.known()), "{stale:?}: healed");
    }
}

#[test]
fn an_outage_that_is_over_delays_no_refresh() {
    let brief = seconds(10);
    let service = Service::with(|builder| builder.key_freshness(brief).key_stale_if_error(Duration::ZERO));
    service.provider.answer_all(TestAnswer::refused());
    for _ in 0..100 {
        assert_eq!(service.status(&service.known()), 503);
        service.pass(SECOND);
    }
    service.provider.heal();
    service.pass(seconds(30));
    assert!(service.accepts_at_once(&service.known()));
    for _ in 0..60 {
        service.pass(SECOND);
        assert!(
            service.accepts_at_once(&service.known()),
            "fetched ahead, though attempts were 30 s apart before"
        );
    }
}

fn conditions(provider: &TestProvider) -> Vec<Option<String>> {
    let requests = provider.requests().into_iter().filter(|request| request.uri().path() == KEYS);
    let condition = |request: http::Request<_>| {
        request.headers().get(IF_NONE_MATCH).map(|etag| etag.to_str().unwrap().to_owned())
    };
    requests.map(condition).collect()
}

#[test]
fn an_etag_is_sent_back_and_304_keeps_the_keys_for_another_time() {
    let service = Service::start();
    let refresh = |answer: TestAnswer| {
        service.provider.answer(KEYS, answer);
        service.pass(seconds(550));
        assert!(service.accepts_at_once(&service.known()));
    };
    service.provider.answer(KEYS, TestAnswer::json(service.provider.jwks()).header("etag", "W/\"1\""));
    assert!(service.accepts_at_once(&service.known()));
    refresh(TestAnswer::status(304));
    assert_eq!(service.auth.readiness().age(), Some(Duration::ZERO), "as good as new");
    refresh(TestAnswer::status(304).header("etag", "\"2\""));
    // A failure and an answer that cannot be used do not change what is known.
    refresh(TestAnswer::json("{}").header("etag", "\"3\""));
    service.pass(SECOND);
    refresh(TestAnswer::json(service.provider.jwks()));
    refresh(TestAnswer::json(service.provider.jwks()));
    let expected = [None, Some("W/\"1\""), Some("W/\"1\""), Some("\"2\""), Some("\"2\""), None];
    assert_eq!(conditions(&service.provider), expected.map(|etag| etag.map(str::to_owned)));
    assert_eq!(service.auth.readiness().keys(), 2);
}

#[test]
fn a_304_says_itself_how_long_it_is_good() {
    let service = Service::start();
    service.provider.answer(KEYS, TestAnswer::json(service.provider.jwks()).header("etag", "\"1\""));
    assert!(service.accepts_at_once(&service.known()));
    service.provider.answer(KEYS, TestAnswer::status(304).header("cache-control", "max-age=60"));
    service.pass(seconds(550));
    assert!(service.accepts_at_once(&service.known()));
    assert_fetched_ahead(&service, 60, "304");
}

#[test]
fn keys_at_a_fixed_address_have_the_same_life() {
    let provider = TestProvider::new();
    let builder = || provider.issuer().validator();
    let auth: Validator =
        builder().jwks_uri("https://keys.example.com/jwks.json", provider.clone()).build().unwrap();
    let accepts = || {
        let mut request = auth.authenticate([provider.issuer().token().bearer().as_bytes()]);
        matches!(poll(&mut request), Poll::Ready(Ok(_)))
    };
    assert!(accepts());
    provider.answer_all(TestAnswer::status(500));
    for _ in 0..40 {
        provider.advance(seconds(100));
        assert!(accepts());
    }
    provider.advance(seconds(300));
    assert!(!accepts());
    provider.heal();
    provider.advance(seconds(30));
    assert!(accepts());
    let asked = provider.requests();
    assert!(asked.iter().all(|request| request.uri() == "https://keys.example.com/jwks.json"));
}
