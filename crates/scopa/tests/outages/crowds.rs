use std::task::Poll;

use scopa::Algorithm;
use scopa_testing::TestAnswer;

use crate::kit::{METADATA, SECOND, Service, poll, seconds};

#[test]
fn two_hundred_first_requests_share_one_fetch() {
    let service = Service::start();
    service.provider.answer_after(2 * SECOND);
    let mut waiting: Vec<_> = (0..200).map(|_| service.present(&service.known())).collect();
    assert!(waiting.iter_mut().all(|request| poll(request).is_pending()));
    service.pass(2 * SECOND);
    assert!(waiting.iter_mut().all(|request| poll(request).is_pending()));
    service.pass(2 * SECOND);
    assert!(waiting.iter_mut().all(|request| matches!(poll(request), Poll::Ready(Ok(_)))));
    assert_eq!((service.provider.fetches(METADATA), service.key_fetches()), (1, 1));
}

#[test]
fn three_hundred_made_up_keys_cost_one_fetch_and_one_for_each_cool_down() {
    let service = Service::start();
    for kid in 0..300 {
        assert_eq!(service.status(&service.unknown(&format!("kid-{kid}"))), 401);
    }
    assert_eq!(service.all_fetches(), 2, "cold: the metadata and the keys");

    let service = Service::warm();
    for cooldown in 1..=10 {
        service.pass(seconds(30));
        for kid in 0..300 {
            assert_eq!(service.status(&service.unknown(&format!("{cooldown}-{kid}"))), 401);
        }
        assert_eq!(service.key_fetches(), 1 + cooldown);
    }
    assert_eq!(service.provider.fetches(METADATA), 1);
}

#[test]
fn made_up_keys_at_the_same_time_share_one_fetch() {
    let service = Service::warm();
    service.pass(seconds(30));
    service.provider.answer_after(SECOND);
    let made_up = |kid| service.present(&service.unknown(&format!("kid-{kid}")));
    let mut waiting: Vec<_> = (0..300).map(made_up).collect();
    assert!(waiting.iter_mut().all(|request| poll(request).is_pending()));
    assert!(service.accepts_at_once(&service.known()), "nobody else waits");
    service.pass(SECOND);
    for request in &mut waiting {
        assert!(matches!(poll(request), Poll::Ready(Err(refusal)) if refusal.status() == 401));
    }
    assert_eq!(service.key_fetches(), 2);
}

#[test]
fn callers_that_hang_up_change_nothing() {
    let service = Service::start();
    service.provider.answer_after(SECOND);
    let mut waiting: Vec<_> = (0..50).map(|_| service.present(&service.known())).collect();
    assert!(waiting.iter_mut().all(|request| poll(request).is_pending()));
    service.pass(SECOND);
    drop(waiting);
    service.pass(SECOND);
    assert!(service.accepts_at_once(&service.known()), "the fetch went on without them");
    assert_eq!(service.all_fetches(), 2);

    // Nor do those that look for a new key, the one that caused the fetch among them.
    service.pass(seconds(30));
    service.provider.publish(["es256", "es384"]);
    let mut waiting: Vec<_> = (0..50).map(|_| service.present(&service.newer())).collect();
    assert!(waiting.iter_mut().all(|request| poll(request).is_pending()));
    drop(waiting);
    service.pass(SECOND);
    assert!(service.accepts_at_once(&service.newer()));
    assert_eq!(service.all_fetches(), 3);
}

#[test]
fn a_key_that_is_missing_again_and_again_is_looked_for_less_and_less() {
    let service = Service::warm();
    let (start, mut fetched) = (service.now(), Vec::new());
    let missing = service.unknown("never-published");
    while service.now() - start < seconds(900) {
        service.pass(SECOND);
        let before = service.key_fetches();
        assert_eq!(service.status(&missing), 401);
        if service.key_fetches() > before {
            fetched.push((service.now() - start).as_secs());
        }
    }
    // After a cool-down, then after 30, 60, 120, 240 and 480 s more. No refresh was due: each fetch brings new keys.
    assert_eq!(fetched, [30, 60, 120, 240, 480]);
}

#[test]
fn a_token_that_no_new_key_could_save_asks_nobody() {
    let service = Service::warm();
    service.pass(seconds(60));
    let token = || service.token();
    for (name, token) in [
        ("a bad signature under a known kid", token().signed_by_a_stranger()),
        ("changed after it was signed", token().tampered()),
        ("expired, of a known kid", token().expired()),
        ("of another issuer", token().header("kid", "nobody").issuer("https://elsewhere.example.com")),
        (
            "of another issuer, by one character",
            token().header("kid", "nobody").issuer("https://id.example.com/"),
        ),
        ("without an issuer", token().header("kid", "nobody").without("iss")),
        ("of another type", token().header("kid", "nobody").header("typ", "logout+jwt")),
        ("with another algorithm", token().header("kid", "nobody").header("alg", "ES257")),
        ("with a secret", token().algorithm(Algorithm::HS256).header("kid", "nobody")),
        ("unsigned", token().header("kid", "nobody").unsigned()),
        ("without a kid", token().signed_by_a_stranger().without_header("kid")),
    ] {
        assert_eq!(service.status(&token.bearer()), 401, "{name}");
        assert_eq!(service.all_fetches(), 2, "{name}");
    }
}

#[test]
fn a_kid_that_is_known_to_be_missing_is_an_outage_like_any_other_while_the_provider_is_down() {
    let service = Service::warm();
    let missing = service.unknown("not-yet-published");
    for wait in [30, 30, 60] {
        service.pass(seconds(wait));
        assert_eq!(service.status(&missing), 401, "the provider was asked and says so");
    }
    // From now on it is not looked for during two minutes.
    service.provider.answer_all(TestAnswer::refused());
    service.pass(seconds(30));
    assert_eq!(service.status(&service.unknown("another")), 503);
    let fetches = service.key_fetches();
    for _ in 0..80 {
        assert_eq!(service.status(&missing), 503);
        service.pass(SECOND);
    }
    assert_eq!(service.key_fetches(), fetches);
}
