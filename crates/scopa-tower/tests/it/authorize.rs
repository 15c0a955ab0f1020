//! Guards behind an authenticating layer.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use http::{Request, Response};
use scopa_testing::TestIssuer;
use scopa_tower::{Access, AuthorizeLayer, Guard, ProtectLayer, Validator};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};

use super::common::{Counted, challenge, get, hello, soon, validator};

/// A service that cannot be cloned.
struct Single;

impl Service<Request<String>> for Single {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<String>) -> Self::Future {
        ready(Ok(Response::new(String::new())))
    }
}

fn access(validator: &Validator, bearer: &str) -> Access {
    validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap().unwrap()
}

#[test]
fn a_service_that_cannot_be_cloned_is_guarded_at_once() {
    let issuer = TestIssuer::new();
    let validator = validator(&issuer);
    let layer = AuthorizeLayer::from(Guard::new(validator.clone()).require("read").unwrap());
    let mut service = layer.layer(Single);
    for (scope, status) in [(Some("read"), 200), (Some("other"), 403), (None, 401), (Some("read"), 200)] {
        let mut request = get(&[]);
        if let Some(scope) = scope {
            request.extensions_mut().insert(access(&validator, &issuer.bearer_with(scope)));
        }
        service.ready().now_or_never().unwrap().unwrap();
        let answer = service.call(request).now_or_never().unwrap().unwrap();
        assert_eq!(answer.status(), status, "{scope:?}");
    }
}

#[tokio::test]
async fn it_asks_for_more_than_the_layer_around_it() {
    let issuer = TestIssuer::new();
    let (validator, asked) = Counted::validator(&issuer);
    let service = ServiceBuilder::new()
        .layer(ProtectLayer::new(validator.clone()).optional())
        .layer(AuthorizeLayer::from(Guard::new(validator).require("read").unwrap()))
        .service_fn(hello);
    let [good, poor] = ["read", "other"].map(|scope| issuer.bearer_with(scope));
    for (authorization, status, expected) in [
        (&[good.as_str()][..], 200, None),
        (&[poor.as_str()], 403, Some("insufficient_scope")),
        (&[], 401, Some("Bearer")),
        (&["Basic dTpw"], 401, Some("Bearer")),
    ] {
        let answer = soon(service.clone().oneshot(get(authorization))).await.unwrap();
        assert_eq!(answer.status(), status, "{authorization:?}");
        let challenge = challenge(&answer);
        assert!(expected.is_none_or(|text| challenge.unwrap().contains(text)), "{challenge:?}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 2, "each token is checked once");
}

#[tokio::test]
async fn a_missing_outer_layer_is_our_mistake_and_never_a_way_in() {
    let issuer = TestIssuer::new();
    let bearer = issuer.token().bearer();
    let (counted, _) = Counted::validator(&issuer);
    for validator in [validator(&issuer), counted] {
        let layer = AuthorizeLayer::from(Guard::new(validator));
        for (authorization, status) in [
            (&[bearer.as_str()][..], 500),
            (&["Bearer forged"], 500),
            (&[], 401),
            (&["Basic dTpw"], 401),
            (&["Bearer"], 400),
        ] {
            let answer = soon(layer.layer(service_fn(hello)).oneshot(get(authorization))).await.unwrap();
            assert_eq!(answer.status(), status, "{authorization:?}");
        }
    }
}

#[tokio::test]
async fn the_access_of_another_validator_is_passed_over() {
    let issuer = TestIssuer::new();
    let mut request = get(&[]);
    request.extensions_mut().insert(access(&validator(&issuer), &issuer.token().bearer()));
    let layer = AuthorizeLayer::from(Guard::new(validator(&issuer)));
    assert_eq!(soon(layer.layer(service_fn(hello)).oneshot(request)).await.unwrap().status(), 401);
}

#[tokio::test]
async fn paths_that_its_guard_names_as_public_are_open() {
    let guard = Guard::new(validator(&TestIssuer::new())).public(["/health"]);
    let layer = AuthorizeLayer::from(guard);
    for (path, status) in [("/health", 200), ("/other", 401)] {
        let request = super::common::request("GET", path, &[]);
        let answer = soon(layer.layer(service_fn(hello)).oneshot(request)).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
}
