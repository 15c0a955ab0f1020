//! One question for all who ask about a token at the same time, carried out whoever leaves.

use std::sync::Barrier;
use std::time::Duration;

use futures_util::FutureExt as _;
use scopa::{Authenticate, Validator};
use scopa_testing::{TestAnswer, TestProvider};
use serde_json::json;

use super::{SECOND, active, asked, asking, by_default, outcome, present, verdict};

/// An endpoint that takes a second, and a validator that asks it and knows where it is.
fn scene(cache_for: Duration) -> (TestProvider, Validator) {
    let provider = TestProvider::new();
    let endpoint = by_default().endpoint("https://id.example.com/introspect");
    let validator = asking(&provider, endpoint.cache_for(cache_for)).build().unwrap();
    provider.answer("/introspect", TestAnswer::json(active(json!({}))).after(SECOND));
    (provider, validator)
}

fn ended(callers: Vec<Authenticate>) -> Vec<String> {
    callers.into_iter().map(|caller| outcome(&caller.now_or_never().expect("an outcome"))).collect()
}

#[test]
fn all_who_ask_about_one_token_share_one_question() {
    for cache_for in [SECOND * 30, Duration::ZERO] {
        let (provider, validator) = scene(cache_for);
        let callers: Vec<_> = (0..200).map(|_| present(&validator, "opaque-1")).collect();
        assert_eq!(asked(&provider), 1);
        provider.advance(SECOND);
        assert_eq!(ended(callers), vec!["accepted"; 200]);
        assert_eq!(asked(&provider), 1);
    }
}

#[test]
fn callers_on_many_threads_share_it_too() {
    let (provider, validator) = scene(SECOND * 30);
    let barrier = Barrier::new(8);
    let callers: Vec<Authenticate> = std::thread::scope(|scope| {
        let threads = [(); 8].map(|()| {
            scope.spawn(|| {
                barrier.wait();
                (0..25).map(|_| present(&validator, "opaque-1")).collect::<Vec<_>>()
            })
        });
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    provider.advance(SECOND);
    assert_eq!(ended(callers), vec!["accepted"; 200]);
    assert_eq!(asked(&provider), 1);
}

#[test]
fn they_share_a_failure_and_the_next_asks_again() {
    let (provider, validator) = scene(SECOND * 30);
    provider.answer("/introspect", TestAnswer::status(500).after(SECOND));
    let callers: Vec<_> = (0..20).map(|_| present(&validator, "opaque-1")).collect();
    provider.advance(SECOND);
    assert!(ended(callers).iter().all(|outcome| outcome.starts_with("503 ")));
    assert_eq!(asked(&provider), 1);
    provider.answer("/introspect", TestAnswer::json(active(json!({}))));
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    assert_eq!(asked(&provider), 2);
}

#[test]
fn different_tokens_are_different_questions() {
    let (provider, validator) = scene(SECOND * 30);
    let tokens: Vec<String> = (0..20).map(|number| format!("opaque-{number}")).collect();
    let callers: Vec<_> = tokens.iter().map(|token| present(&validator, token)).collect();
    assert_eq!(asked(&provider), 20);
    provider.advance(SECOND);
    assert_eq!(ended(callers), vec!["accepted"; 20]);
    for (request, token) in provider.requests().iter().zip(&tokens) {
        let body = format!("token={token}&");
        assert!(request.body().starts_with(body.as_bytes()), "{request:?}");
    }
}

#[test]
fn nobody_is_given_the_verdict_on_another_token() {
    let provider = TestProvider::new();
    provider.introspects("mine", &active(json!({ "sub": "me" })));
    let validator = asking(&provider, by_default()).build().unwrap();
    // Both questions wait for the metadata, and go on together.
    let metadata = json!({
        "issuer": "https://id.example.com", "introspection_endpoint": "https://id.example.com/introspect",
    });
    let metadata = TestAnswer::json(metadata.to_string()).after(SECOND);
    provider.answer("/.well-known/openid-configuration", metadata);
    let callers =
        vec![present(&validator, "mine"), present(&validator, "stolen"), present(&validator, "mine")];
    provider.advance(SECOND);
    assert_eq!(ended(callers), ["accepted", "401 inactive", "accepted"]);
    assert_eq!(provider.fetches("/.well-known/openid-configuration"), 1);
    assert_eq!(asked(&provider), 2);
}

#[test]
fn a_question_is_carried_out_though_all_who_asked_hang_up() {
    let (provider, validator) = scene(SECOND * 30);
    let mut callers: Vec<_> = (0..50).map(|_| present(&validator, "opaque-1")).collect();
    for caller in &mut callers {
        assert!(caller.now_or_never().is_none());
    }
    drop(callers);
    provider.advance(SECOND);
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    assert_eq!(asked(&provider), 1);
}

#[test]
fn the_first_to_ask_may_leave_without_the_others() {
    let (provider, validator) = scene(SECOND * 30);
    let first = present(&validator, "opaque-1");
    let second = present(&validator, "opaque-1");
    drop(first);
    provider.advance(SECOND);
    assert_eq!(ended(vec![second]), ["accepted"]);
}

#[test]
fn a_question_that_is_lost_is_no_verdict_and_the_next_asks_again() {
    for (answer, is_dropped) in
        [(TestAnswer::hanging(), true), (TestAnswer::panicking().after(SECOND), false)]
    {
        let (provider, validator) = scene(SECOND * 30);
        provider.answer("/introspect", answer);
        let callers = vec![present(&validator, "opaque-1"), present(&validator, "opaque-1")];
        if is_dropped {
            provider.drop_fetches();
        } else {
            provider.advance(SECOND);
        }
        assert_eq!(ended(callers), vec!["503 the question was given up before its end"; 2]);
        provider.answer("/introspect", TestAnswer::json(active(json!({}))));
        assert_eq!(verdict(&validator, "opaque-1"), "accepted");
        assert_eq!(asked(&provider), 2);
    }
}

#[test]
fn a_panic_at_once_is_no_verdict_either() {
    let (provider, validator) = scene(SECOND * 30);
    provider.answer("/introspect", TestAnswer::panicking());
    for _ in 0..2 {
        assert_eq!(verdict(&validator, "opaque-1"), "503 the question was given up before its end");
    }
    provider.answer("/introspect", TestAnswer::json(active(json!({}))));
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
}

#[test]
fn more_than_1024_questions_at_a_time_are_too_many() {
    let (provider, validator) = scene(SECOND * 3600);
    provider.answer("/introspect", TestAnswer::json(active(json!({}))));
    assert_eq!(verdict(&validator, "known"), "accepted");
    provider.answer("/introspect", TestAnswer::hanging());
    let callers: Vec<_> = (0..1024).map(|number| present(&validator, &format!("junk-{number}"))).collect();
    assert_eq!(asked(&provider), 1025);

    assert_eq!(verdict(&validator, "one-more"), "503 too many tokens are being asked about");
    assert_eq!(asked(&provider), 1025);
    assert_eq!(verdict(&validator, "known"), "accepted", "what is known needs no question");
    let joining = present(&validator, "junk-7");
    assert!(joining.now_or_later().is_err(), "nor does what is asked already");

    provider.advance(SECOND * 5);
    assert!(ended(callers).iter().all(|outcome| outcome.starts_with("503 ")));
    provider.answer("/introspect", TestAnswer::json(active(json!({}))));
    assert_eq!(verdict(&validator, "one-more"), "accepted");
}

#[test]
fn lost_questions_make_room() {
    let (provider, validator) = scene(SECOND * 30);
    provider.answer("/introspect", TestAnswer::hanging());
    for round in 0..2 {
        let callers: Vec<_> =
            (0..1024).map(|number| present(&validator, &format!("junk-{round}-{number}"))).collect();
        provider.drop_fetches();
        assert_eq!(ended(callers), vec!["503 the question was given up before its end"; 1024], "{round}");
    }
}
