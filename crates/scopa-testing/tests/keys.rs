//! The keys of the issuer: published, late, and out of reach.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::FutureExt as _;
use scopa::{KeySource as _, RefusalKind};
use scopa_testing::TestIssuer;

/// Counts how often it was woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn the_key_set_has_one_entry_for_each_algorithm_with_alg_and_use() {
    let jwks: serde_json::Value = serde_json::from_str(&TestIssuer::new().jwks()).unwrap();
    let entries = jwks["keys"].as_array().unwrap();
    let kids: Vec<&str> = entries.iter().map(|key| key["kid"].as_str().unwrap()).collect();
    let expected = ["rs256", "rs384", "rs512", "ps256", "ps384", "ps512", "es256", "es384", "ed25519"];
    assert_eq!(kids, expected);
    for key in entries {
        assert_eq!(key["use"], "sig");
        let alg = key["alg"].as_str().unwrap().to_lowercase().replace("eddsa", "ed25519");
        assert_eq!(key["kid"], alg);
        assert!(key.get("d").is_none());
    }
    assert_eq!(TestIssuer::new().keys().len(), expected.len());
}

#[test]
fn keys_out_of_reach_are_answered_503_and_only_to_callers_with_a_token() {
    let issuer = TestIssuer::new();
    let validator = issuer.validator().key_source(TestIssuer::keys_out_of_reach()).build().unwrap();
    let bearer = issuer.token().bearer();
    let refusal = validator.authenticate([bearer.as_bytes()]).now_or_never().unwrap().unwrap_err();
    assert_eq!(refusal.kind(), RefusalKind::Unavailable);
    let refusal = validator.authenticate([]).now_or_never().unwrap().unwrap_err();
    assert_eq!(refusal.kind(), RefusalKind::MissingToken);
}

#[test]
fn everyone_who_waits_for_late_keys_is_woken_once_when_they_arrive() {
    let issuer = TestIssuer::new();
    let (late, source) = TestIssuer::keys_later();
    let validator = issuer.validator().key_source(source).build().unwrap();
    let bearer = issuer.token().bearer();

    let bells: [Arc<Bell>; 2] = Default::default();
    let wakers = bells.clone().map(Waker::from);
    let mut callers: Vec<_> = wakers.iter().map(|_| validator.authenticate([bearer.as_bytes()])).collect();
    // Twice: a second poll by the same task must not be a second call.
    for _ in 0..2 {
        for (caller, waker) in callers.iter_mut().zip(&wakers) {
            assert!(pin!(caller).poll(&mut Context::from_waker(waker)).is_pending());
        }
    }
    assert!(bells.iter().all(|bell| bell.0.load(Ordering::SeqCst) == 0));

    late.arrive();
    for (bell, (caller, waker)) in bells.iter().zip(callers.iter_mut().zip(&wakers)) {
        assert_eq!(bell.0.load(Ordering::SeqCst), 1);
        match pin!(caller).poll(&mut Context::from_waker(waker)) {
            Poll::Ready(outcome) => assert_eq!(outcome.unwrap().subject(), Some("user-1")),
            Poll::Pending => panic!("the keys have arrived"),
        }
    }
}

#[test]
fn late_keys_that_fail_are_answered_503_until_they_arrive() {
    let issuer = TestIssuer::new();
    let (late, source) = TestIssuer::keys_later();
    let validator = issuer.validator().key_source(source).build().unwrap();
    let bearer = issuer.token().bearer();
    let mut waiting = validator.authenticate([bearer.as_bytes()]);
    assert!((&mut waiting).now_or_never().is_none());

    late.clone().fail();
    assert_eq!(waiting.now_or_never().unwrap().unwrap_err().kind(), RefusalKind::Unavailable);
    late.arrive();
    assert!(validator.authenticate([bearer.as_bytes()]).now_or_never().unwrap().is_ok());
}

#[test]
fn a_caller_who_went_away_does_not_disturb_the_others() {
    let (late, source) = TestIssuer::keys_later();
    let (mut gone, mut stays) = (source.keys(), source.keys());
    assert!((&mut gone).now_or_never().is_none());
    assert!((&mut stays).now_or_never().is_none());
    drop(gone);
    late.arrive();
    assert_eq!(stays.now_or_never().unwrap().unwrap().len(), TestIssuer::new().keys().len());
}
