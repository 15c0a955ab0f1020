//! The readiness contract: whoever is polled ready is called or dropped, and nobody else is called.

use std::convert::Infallible;
use std::future::Ready;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use http::{Request, Response};
use scopa_testing::TestIssuer;
use scopa_tower::ProtectLayer;
use tower::buffer::Buffer;
use tower::limit::ConcurrencyLimit;
use tower::load_shed::LoadShed;
use tower::{Layer, Service, ServiceExt, service_fn};

use super::common::{get, hello, readiness, soon, validator};

/// Panics when it is called without having been polled ready, as the services of tower do.
struct Strict {
    ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self { ready: false }
    }
}

impl Service<Request<String>> for Strict {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<String>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called without having been polled ready");
        std::future::ready(Ok(Response::new(String::new())))
    }
}

#[tokio::test]
async fn only_the_instance_that_was_polled_ready_is_called() {
    let issuer = TestIssuer::new();
    let bearer = issuer.bearer_with("read");
    let (late, source) = TestIssuer::keys_later();
    let layers = [
        ProtectLayer::new(validator(&issuer)),
        ProtectLayer::new(issuer.validator().key_source(source).build().unwrap()),
    ];
    for layer in layers {
        let mut service = layer.layer(Strict { ready: false });
        for (authorization, status) in [(Some(&bearer), 200), (None, 401), (Some(&bearer), 200), (None, 401)]
        {
            let authorization: Vec<&str> = authorization.iter().map(|value| value.as_str()).collect();
            let answer = service.ready().await.unwrap().call(get(&authorization));
            // The service may be polled and called again while the first request waits for keys.
            let next = service.ready().await.unwrap().call(get(&[]));
            late.arrive();
            assert_eq!(soon(answer).await.unwrap().status(), status);
            assert_eq!(soon(next).await.unwrap().status(), 401);
        }
    }
}

/// Sends good and bad requests in turn, one after the other, through one instance and through clones.
async fn serves<S>(inner: S, case: &str)
where
    S: Service<Request<String>, Response = Response<String>> + Clone,
    S::Error: std::fmt::Debug,
{
    let issuer = TestIssuer::new();
    let bearer = issuer.bearer_with("read");
    let mut service = ProtectLayer::new(validator(&issuer)).layer(inner);
    for round in 0..5 {
        for (authorization, status) in [(&[][..], 401), (&[bearer.as_str()], 200), (&["Bearer forged"], 401)]
        {
            let answer = soon(async { service.ready().await.unwrap().call(get(authorization)).await });
            assert_eq!(answer.await.unwrap().status(), status, "{case}, round {round}");
            let answer = soon(service.clone().oneshot(get(authorization)));
            assert_eq!(answer.await.unwrap().status(), status, "{case}, a clone in round {round}");
        }
    }
}

#[tokio::test]
async fn services_with_one_place_are_served() {
    serves(ConcurrencyLimit::new(service_fn(hello), 1), "ConcurrencyLimit(1)").await;
    serves(Buffer::new(service_fn(hello), 1), "Buffer(1)").await;
    serves(LoadShed::new(service_fn(hello)), "LoadShed").await;
    serves(LoadShed::new(ConcurrencyLimit::new(service_fn(hello), 1)), "LoadShed over ConcurrencyLimit(1)")
        .await;
    serves(LoadShed::new(Buffer::new(service_fn(hello), 1)), "LoadShed over Buffer(1)").await;
}

/// Refuses a request on one instance, keeps it, and expects that its sibling becomes ready.
fn gives_its_permit_back<S>(inner: S, case: &str)
where
    S: Service<Request<String>, Response = Response<String>> + Clone,
    S::Error: std::fmt::Debug,
{
    let layer = ProtectLayer::new(validator(&TestIssuer::new()));
    let mut service = layer.layer(inner);
    let mut sibling = service.clone();
    assert!(readiness(&mut service).is_ready(), "{case}");
    assert!(readiness(&mut sibling).is_pending(), "{case}: there is one place only");
    let answer = service.call(get(&["Bearer forged"]));
    assert!(readiness(&mut sibling).is_ready(), "{case}: the refusal kept the place");
    assert_eq!(answer.now_or_never().unwrap().unwrap().status(), 401, "{case}");
}

#[tokio::test]
async fn a_refusal_gives_its_permit_to_a_sibling() {
    gives_its_permit_back(ConcurrencyLimit::new(service_fn(hello), 1), "ConcurrencyLimit(1)");
    gives_its_permit_back(Buffer::new(service_fn(hello), 1), "Buffer(1)");
}

#[tokio::test]
async fn a_refusal_leaves_room_under_load_shedding() {
    let issuer = TestIssuer::new();
    let layer = ProtectLayer::new(validator(&issuer));
    let mut service = layer.layer(LoadShed::new(ConcurrencyLimit::new(service_fn(hello), 1)));
    let sibling = service.clone();
    let refused = service.ready().await.unwrap().call(get(&[]));
    // Neither the answer nor the service that gave it is gone yet.
    let bearer = issuer.bearer_with("read");
    assert_eq!(soon(sibling.oneshot(get(&[&bearer]))).await.expect("shed").status(), 200);
    assert_eq!(soon(refused).await.unwrap().status(), 401);
    drop(service);
}

#[tokio::test]
async fn a_service_that_is_not_ready_holds_its_callers_back() {
    let issuer = TestIssuer::new();
    let limit = ConcurrencyLimit::new(service_fn(hello), 1);
    let mut taken = limit.clone();
    assert!(readiness(&mut taken).is_ready());
    let mut service = ProtectLayer::new(validator(&issuer)).layer(limit);
    assert!(readiness(&mut service).is_pending());
    drop(taken);
    assert!(readiness(&mut service).is_ready());
}
