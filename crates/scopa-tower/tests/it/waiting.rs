//! Requests whose keys are not there yet.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use futures_util::FutureExt;
use http::header::RETRY_AFTER;
use scopa_testing::{LateKeys, TestIssuer};
use scopa_tower::{ProtectLayer, Validator};
use tower::limit::ConcurrencyLimit;
use tower::load_shed::LoadShed;
use tower::{Layer, Service, ServiceExt, service_fn};

use super::common::{challenge, get, hello, readiness, soon};

fn later(issuer: &TestIssuer) -> (LateKeys, Validator) {
    let (late, source) = TestIssuer::keys_later();
    (late, issuer.validator().key_source(source).build().unwrap())
}

fn is_pending(future: &mut (impl Future + Unpin)) -> bool {
    pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

#[tokio::test]
async fn a_request_goes_on_when_its_keys_arrive() {
    let issuer = TestIssuer::new();
    let (late, validator) = later(&issuer);
    let service = ProtectLayer::new(validator).require("read").unwrap().layer(service_fn(hello));
    let cases = [("read", 200), ("other", 403)].map(|(scope, status)| (issuer.bearer_with(scope), status));
    let answers =
        cases.map(|(bearer, status)| (tokio::spawn(service.clone().oneshot(get(&[&bearer]))), status));
    tokio::task::yield_now().await;
    assert!(answers.iter().all(|(answer, _)| !answer.is_finished()));
    late.arrive();
    for (answer, status) in answers {
        assert_eq!(soon(answer).await.unwrap().unwrap().status(), status);
    }
}

#[tokio::test]
async fn keys_out_of_reach_are_our_fault_and_not_the_callers() {
    let issuer = TestIssuer::new();
    let bearer = issuer.bearer_with("read");
    let (late, validator) = later(&issuer);
    let service = ProtectLayer::new(validator).optional().layer(service_fn(hello));
    let mut answer = Box::pin(service.clone().oneshot(get(&[&bearer])));
    assert!(is_pending(&mut answer));
    late.fail();
    let never = issuer.validator().key_source(TestIssuer::keys_out_of_reach()).build().unwrap();
    let never = ProtectLayer::new(never).layer(service_fn(hello));
    for answer in [soon(answer).await, soon(never.oneshot(get(&[&bearer]))).await] {
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key(RETRY_AFTER));
        assert_eq!(challenge(&answer), None);
        assert!(!format!("{answer:?}").contains(&bearer));
    }
}

#[tokio::test]
async fn what_no_key_could_mend_is_refused_at_once() {
    let (_late, validator) = later(&TestIssuer::new());
    let mut service = ProtectLayer::new(validator).layer(service_fn(hello));
    for (authorization, status) in
        [(&[][..], 401), (&["Bearer forged"], 401), (&["Bearer a", "Bearer b"], 400)]
    {
        let answer = service.ready().await.unwrap().call(get(authorization)).now_or_never();
        let answer = answer.expect("nothing to wait for").unwrap();
        assert_eq!(answer.status(), status, "{authorization:?}");
    }
}

#[tokio::test]
async fn a_client_that_leaves_gives_its_permit_back() {
    let issuer = TestIssuer::new();
    let (late, validator) = later(&issuer);
    let bearer = issuer.bearer_with("read");
    let mut service = ProtectLayer::new(validator).layer(ConcurrencyLimit::new(service_fn(hello), 1));
    let mut sibling = service.clone();

    let mut answer = Box::pin(service.ready().await.unwrap().call(get(&[&bearer])));
    assert!(is_pending(&mut answer));
    assert_eq!(format!("{answer:?}"), "ResponseFuture(waiting)");
    assert!(readiness(&mut sibling).is_pending(), "the one that waits holds the only permit");
    drop(answer);
    assert!(readiness(&mut sibling).is_ready());

    let answer = sibling.call(get(&[&bearer]));
    late.arrive();
    assert_eq!(soon(answer).await.unwrap().body(), "user-1");
}

#[tokio::test]
async fn a_refusal_after_waiting_gives_its_permit_back_before_the_answer_is_dropped() {
    let issuer = TestIssuer::new();
    let (late, validator) = later(&issuer);
    let bearer = issuer.bearer_with("read");
    let mut service = ProtectLayer::new(validator).layer(ConcurrencyLimit::new(service_fn(hello), 1));
    let mut sibling = service.clone();
    let mut answer = Box::pin(service.ready().await.unwrap().call(get(&[&bearer])));
    assert!(is_pending(&mut answer));
    late.fail();
    assert_eq!(soon(&mut answer).await.unwrap().status(), 503);
    assert!(readiness(&mut sibling).is_ready());
    // Polled after completion: never again ready, and no panic.
    assert!(is_pending(&mut answer));
}

#[tokio::test]
async fn load_is_shed_while_the_only_place_waits_for_keys() {
    let issuer = TestIssuer::new();
    let (late, validator) = later(&issuer);
    let bearer = issuer.bearer_with("read");
    let mut service =
        LoadShed::new(ProtectLayer::new(validator).layer(ConcurrencyLimit::new(service_fn(hello), 1)));
    let sibling = service.clone();
    let mut answer = Box::pin(service.ready().await.unwrap().call(get(&[&bearer])));
    assert!(is_pending(&mut answer));
    let shed = soon(sibling.clone().oneshot(get(&[&bearer]))).await.unwrap_err();
    assert!(shed.is::<tower::load_shed::error::Overloaded>());
    late.arrive();
    assert_eq!(soon(answer).await.unwrap().status(), 200);
    assert_eq!(soon(sibling.oneshot(get(&[&bearer]))).await.unwrap().status(), 200);
}
