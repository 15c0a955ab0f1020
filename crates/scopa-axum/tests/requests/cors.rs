use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::routing::get;
use scopa_axum::{Authorized, Guard, protect_all};
use scopa_testing::TestIssuer;
use tower_http::cors::{Any, CorsLayer};

use crate::kit::*;

const PAGE: &str = "https://app.example.com";

fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(Any)
        .allow_headers([AUTHORIZATION])
        .expose_headers([WWW_AUTHENTICATE])
}

fn preflight() -> Request<Body> {
    Request::options("/")
        .header("origin", PAGE)
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization")
        .body(Body::empty())
        .unwrap()
}

fn from_page(authorization: &[&str]) -> Request<Body> {
    let mut request = request("GET", "/", authorization);
    request.headers_mut().insert("origin", PAGE.parse().unwrap());
    request
}

#[tokio::test]
async fn with_cors_outside_a_page_can_ask_first_and_read_refusals() {
    let issuer = TestIssuer::new();
    let auth = validator(&issuer);
    let router = Router::new().route("/", get(async |_: Authorized<Read>| "in"));
    let guarded = protect_all(router.clone(), Guard::new(auth.clone())).unwrap();
    let (good, poor) = (issuer.bearer_with("admin"), issuer.bearer_with("audit"));
    for app in [guarded, router] {
        let app = app.with_state(auth.clone()).layer(cors());
        let answer = send(&app, preflight()).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-headers"), Some("authorization"));

        let rows: [(&[&str], u16); 5] =
            [(&[], 401), (&["Bearer forged"], 401), (&[&good, &good], 400), (&[&poor], 403), (&[&good], 200)];
        for (credentials, status) in rows {
            let answer = send(&app, from_page(credentials)).await;
            assert_eq!(answer.status, status, "{credentials:?}");
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
            assert_eq!(answer.header("access-control-expose-headers"), Some("www-authenticate"));
            assert_eq!(answer.challenge().is_some(), status != 200);
        }
    }
}

#[tokio::test]
async fn with_cors_inside_a_page_cannot_even_ask() {
    let auth = validator(&TestIssuer::new());
    let app = Router::new().route("/", get(async || "in")).layer(cors());
    let app = protect_all(app, Guard::new(auth)).unwrap();
    let answer = send(&app, preflight()).await;
    assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (401, None));
}
