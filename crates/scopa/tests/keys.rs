//! Keys that come later, or not at all.
#![cfg(test)]

use std::error::Error as _;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use futures_util::task::{ArcWake, noop_waker, waker};
use scopa::{Access, Algorithm, Authenticate, InvalidToken, KeySource, KeysFuture, Refusal, RefusalKind};
use scopa_testing::TestIssuer;

/// Counts how often it is asked, and gives what it was made with at once.
struct Counting {
    asked: Arc<AtomicUsize>,
    keys: Result<scopa::KeySet, &'static str>,
}

impl KeySource for Counting {
    fn keys(&self) -> KeysFuture {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let keys = self.keys.clone();
        Box::pin(async move { keys.map_err(Into::into) })
    }
}

fn counting(keys: Result<scopa::KeySet, &'static str>) -> (Arc<AtomicUsize>, Counting) {
    let asked = Arc::new(AtomicUsize::new(0));
    (asked.clone(), Counting { asked, keys })
}

fn poll(future: &mut Authenticate) -> Poll<Result<Access, Refusal>> {
    Pin::new(future).poll(&mut Context::from_waker(&noop_waker()))
}

fn ready(mut future: Authenticate) -> Result<Access, Refusal> {
    match poll(&mut future) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("still waiting for keys"),
    }
}

#[test]
fn a_token_that_no_key_could_mend_never_asks_the_source() {
    let issuer = TestIssuer::new();
    let (asked, source) = counting(Ok(issuer.keys()));
    let validator = issuer.validator().key_source(source).build().unwrap();
    let token = |token: scopa_testing::TokenBuilder| token.bearer();
    for header in [
        "".to_owned(),
        "Basic dXNlcjpwYXNz".to_owned(),
        "Bearer".to_owned(),
        "Bearer a b".to_owned(),
        "Bearer nonsense".to_owned(),
        "Bearer a.b.c".to_owned(),
        format!("Bearer {}", "a".repeat(20_000)),
        token(issuer.token().unsigned()),
        token(issuer.token().header("typ", "logout+jwt")),
        token(issuer.token().header("alg", "ES257")),
        token(issuer.token().algorithm(Algorithm::HS256)),
        token(issuer.token().header("crit", ["exp"])),
    ] {
        let refusal = validator.authenticate([header.as_bytes()]).now_or_later().unwrap().unwrap_err();
        assert_ne!(refusal.kind(), RefusalKind::Unavailable, "{header:.40}");
    }
    assert!(validator.authenticate([]).now_or_later().unwrap().is_err());
    assert_eq!(asked.load(Ordering::SeqCst), 0);

    let bearer = issuer.token().bearer();
    assert!(ready(validator.authenticate([bearer.as_bytes()])).is_ok());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn keys_at_hand_are_used_without_polling_and_others_are_awaited() {
    let issuer = TestIssuer::new();
    let bearer = issuer.token().scope("read").bearer();
    let fixed = issuer.validator().build().unwrap();
    assert!(fixed.authenticate([bearer.as_bytes()]).now_or_later().unwrap().is_ok());

    let (_, source) = counting(Ok(issuer.keys()));
    let validator = issuer.validator().key_source(source).build().unwrap();
    let access = validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap().unwrap();
    assert!(validator.owns(&access) && !fixed.owns(&access));
    assert!(access.require("read").is_ok());

    let (late, source) = TestIssuer::keys_later();
    let validator = issuer.validator().key_source(source).build().unwrap();
    let waiting = validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap_err();
    late.arrive();
    assert!(validator.owns(&ready(waiting).unwrap()));
}

#[test]
fn keys_out_of_reach_are_nobodys_bad_token() {
    let issuer = TestIssuer::new();
    let (_, source) = counting(Err("connection refused by 10.0.0.7"));
    let validator = issuer.validator().realm("api").key_source(source).build().unwrap();
    for token in [issuer.token(), issuer.token().expired(), issuer.token().signed_by_a_stranger()] {
        let refusal = ready(validator.authenticate([token.bearer().as_bytes()])).unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::Unavailable);
        let response = refusal.response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "5");
        assert!(!response.headers().contains_key("www-authenticate"));
        assert_eq!(
            response.body(),
            r#"{"error":"temporarily_unavailable","error_description":"the access token cannot be checked right now"}"#
        );
        assert_eq!(refusal.source().unwrap().to_string(), "connection refused by 10.0.0.7");
    }
}

#[test]
fn a_bad_signature_is_found_out_by_keys_that_came_later() {
    let issuer = TestIssuer::new();
    let (_, source) = counting(Ok(issuer.keys()));
    let validator = issuer.validator().key_source(source).build().unwrap();
    let token = issuer.token().signed_by_a_stranger().bearer();
    let refusal = ready(validator.authenticate([token.as_bytes()])).unwrap_err();
    let reason = refusal.source().unwrap().downcast_ref::<InvalidToken>();
    assert_eq!(reason, Some(&InvalidToken::BadSignature));
}

struct Wakes(AtomicUsize);

impl ArcWake for Wakes {
    fn wake_by_ref(this: &Arc<Self>) {
        this.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_waiting_request_is_woken_when_the_keys_arrive_or_fail() {
    for (arrive, accepted) in [(true, true), (false, false)] {
        let issuer = TestIssuer::new();
        let (late, source) = TestIssuer::keys_later();
        let validator = issuer.validator().key_source(source).build().unwrap();
        let wakes = Arc::new(Wakes(AtomicUsize::new(0)));
        let waker = waker(wakes.clone());
        let mut context = Context::from_waker(&waker);
        let mut future = {
            // Nothing of the request is kept but the token.
            let bearer = issuer.token().bearer();
            validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap_err()
        };
        drop(validator);
        assert!(Pin::new(&mut future).poll(&mut context).is_pending());
        assert_eq!(format!("{future:?}"), "Authenticate(waiting)");
        if arrive {
            late.arrive();
        } else {
            late.fail();
        }
        assert_eq!(wakes.0.load(Ordering::SeqCst), 1);
        match Pin::new(&mut future).poll(&mut context) {
            Poll::Ready(outcome) => assert_eq!(outcome.is_ok(), accepted),
            Poll::Pending => panic!("still waiting for keys"),
        }
        // Polled after completion: never ready again, and no panic.
        assert!(Pin::new(&mut future).poll(&mut context).is_pending());
        assert_eq!(format!("{future:?}"), "Authenticate(taken)");
    }
}

#[test]
fn the_time_is_read_when_the_keys_have_come() {
    let issuer = TestIssuer::new();
    let (late, source) = TestIssuer::keys_later();
    let validator = issuer.validator().key_source(source).build().unwrap();
    let bearer = issuer.token().bearer();
    let mut future = validator.authenticate([bearer.as_bytes()]);
    assert!(poll(&mut future).is_pending());
    issuer.clock().advance(std::time::Duration::from_secs(7200));
    late.arrive();
    let refusal = ready(future).unwrap_err();
    let reason = refusal.source().unwrap().downcast_ref::<InvalidToken>();
    assert!(matches!(reason, Some(InvalidToken::Expired { .. })), "{refusal:?}");
}

#[test]
fn a_future_can_move_to_another_thread() {
    fn assert_send<T: Send + Unpin + 'static>(_: &T) {}
    let issuer = TestIssuer::new();
    let future = issuer.validator().build().unwrap().authenticate([]);
    assert_send(&future);
    assert_eq!(format!("{future:?}"), "Authenticate(refused)");
}
