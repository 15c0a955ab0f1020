//! What the route checks find, and what they let pass.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use http::{Request, Response, StatusCode};
use scopa::{Guard, Validator};
use scopa_testing::{TestIssuer, assert_authenticated, assert_protected};
use tower::Service;

/// A service with one well kept route, one that asks only for a token, and a few with holes.
///
/// Its handlers must be asked whether they are ready before each call, as every tower service may demand.
struct Api {
    validator: Validator,
    ready: bool,
}

impl Clone for Api {
    fn clone(&self) -> Self {
        Self { validator: self.validator.clone(), ready: false }
    }
}

impl Api {
    fn answer(&self, request: &Request<String>) -> Response<String> {
        let caller = self.validator.authenticate_headers(request.headers()).now_or_never();
        let with = |status: StatusCode| {
            let mut response = Response::new(String::new());
            *response.status_mut() = status;
            response
        };
        let Some(caller) = caller else { return with(StatusCode::GATEWAY_TIMEOUT) };
        let guard = Guard::new(self.validator.clone());
        let outcome = match request.uri().path() {
            "/crashes" => guard.require("crashes:read").map(|guard| guard.decide(caller, &[])),
            "/me" => Ok(guard.decide(caller, &[])),
            "/optional" => Ok(guard.optional().decide(caller, &[])),
            "/bare" => return with(caller.map_or(StatusCode::UNAUTHORIZED, |_| StatusCode::FORBIDDEN)),
            "/closed" => {
                Ok(guard.decide(self.validator.authenticate([]).now_or_never().unwrap_or(caller), &[]))
            }
            "/open" => return with(StatusCode::OK),
            _ => return with(StatusCode::NOT_FOUND),
        };
        match outcome {
            Ok(Ok(_)) => with(StatusCode::OK),
            Ok(Err(refusal)) => refusal.response(),
            Err(_) => with(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

impl Service<Request<String>> for Api {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<String>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called before it was ready");
        ready(Ok(self.answer(&request)))
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Protected,
    Authenticated,
}

/// Runs a check, and returns the message of the failed assertion.
fn check(kind: Kind, routes: &[(&str, &str)]) -> Option<String> {
    let issuer = TestIssuer::new();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let api = Api { validator: issuer.validator().build()?, ready: false };
        let done = match kind {
            Kind::Protected => assert_protected(api, &issuer, routes).now_or_never(),
            Kind::Authenticated => assert_authenticated(api, &issuer, routes).now_or_never(),
        };
        assert!(done.is_some(), "nothing here waits");
        Ok::<(), scopa::ConfigError>(())
    }));
    match outcome {
        Ok(result) => result.err().map(|error| error.to_string()),
        Err(message) => Some(message.downcast_ref::<String>().cloned().unwrap_or_default()),
    }
}

#[test]
fn kept_routes_pass() {
    assert_eq!(check(Kind::Protected, &[("GET", "/crashes"), ("DELETE", "/crashes")]), None);
    assert_eq!(check(Kind::Authenticated, &[("GET", "/me"), ("POST", "/me")]), None);
}

#[test]
fn each_hole_is_named_with_its_route_and_what_was_asked() {
    let (protected, authenticated) = (Kind::Protected, Kind::Authenticated);
    let table = [
        (protected, "/open", "without a token: expected 401 with a `Bearer` challenge, got 200"),
        (protected, "/open", "with a forged token: expected 401 with a `Bearer` challenge, got 200"),
        (protected, "/open", "with a token without any scope: expected 403, got 200"),
        (protected, "/me", "with a token without any scope: expected 403, got 200"),
        (protected, "/optional", "without a token: expected 401 with a `Bearer` challenge, got 200"),
        (protected, "/bare", "without a token: expected 401 with a `Bearer` challenge, got 401 without"),
        (protected, "/closed", "with a token without any scope: expected 403, got 401"),
        (protected, "/gone", "with a token without any scope: expected 403, got 404 (is the route there?)"),
        (protected, "/two words", "without a token: expected 401 with a `Bearer` challenge, got no answer"),
        (authenticated, "/open", "without a token: expected 401 with a `Bearer` challenge, got 200"),
        (authenticated, "/optional", "without a token: expected 401 with a `Bearer` challenge, got 200"),
        (authenticated, "/closed", "with a good token: expected anything but 401, got 401"),
        (authenticated, "/gone", "without a token: expected 401 with a `Bearer` challenge, got 404"),
    ];
    for (kind, path, expected) in table {
        let message = check(kind, &[("GET", path)]).unwrap_or_default();
        assert!(message.contains(&format!("GET {path} {expected}")), "{path}: {message}");
        assert!(message.contains(file!()), "{message}");
    }
}

#[test]
fn every_hole_is_listed_and_no_kept_route() {
    let message = check(
        Kind::Protected,
        &[("GET", "/open"), ("GET", "/crashes"), ("POST", "/me"), ("GET", "/optional")],
    )
    .unwrap();
    for hole in ["GET /open", "POST /me", "GET /optional"] {
        assert!(message.contains(hole), "{message}");
    }
    assert!(!message.contains("/crashes"), "{message}");
    assert!(!message.contains("eyJ"), "a token shows: {message}");
}

#[test]
fn no_routes_prove_nothing() {
    for kind in [Kind::Protected, Kind::Authenticated] {
        assert!(check(kind, &[]).unwrap().contains("no routes to check"));
    }
}

#[test]
#[should_panic(expected = "got no answer: the service failed: \"broken\"")]
fn a_service_that_fails_is_a_hole() {
    let service = tower::service_fn(|_: Request<String>| ready(Err::<Response<()>, _>("broken")));
    let _ = assert_protected(service, &TestIssuer::new(), &[("GET", "/")]).now_or_never();
}
