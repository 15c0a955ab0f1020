use std::convert::Infallible;
use std::hint::black_box;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures_util::FutureExt as _;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request, Response};
use scopa_axum::{Algorithm, Authorized, ProtectLayer};
use tower::{Layer as _, Service, service_fn};

use crate::case::Case;
use crate::{issuer, tokens};

/// A bare tower service. The request has the token, and nobody looks at it.
pub(crate) fn tower_open() -> Case {
    asking(service_fn(answer))
}

/// The same behind the layer.
pub(crate) fn tower_guarded() -> Case {
    let layer = ProtectLayer::new(issuer::validator(Algorithm::ES256)).require("crashes:read");
    asking(layer.expect("a declared scope").layer(service_fn(answer)))
}

/// A router with one route.
pub(crate) fn axum_open() -> Case {
    asking(Router::new().route("/crashes", get(async || "none")))
}

/// The same with the extractor in the handler's signature.
pub(crate) fn axum_guarded() -> Case {
    let handler = async |_: Authorized<issuer::Read>| "none";
    asking(Router::new().route("/crashes", get(handler)).with_state(issuer::validator(Algorithm::ES256)))
}

async fn answer(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    black_box(&request);
    Ok(Response::new(Body::empty()))
}

/// Sends one request after the other, all with the same token.
fn asking<S, B>(mut service: S) -> Case
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + 'static,
{
    let field: HeaderValue = tokens::fields(Algorithm::ES256)[0].parse().expect("a token fits a field");
    Box::new(move |_| {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = http::Uri::from_static("/crashes");
        request.headers_mut().insert(AUTHORIZATION, field.clone());
        let Some(Ok(response)) = service.call(request).now_or_never() else { panic!("an answer is at hand") };
        assert_eq!(response.status(), 200);
        black_box(response);
    })
}
