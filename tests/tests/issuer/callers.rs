//! Whose failures are counted together: those of the address that the host says a request came from.

use std::net::{IpAddr, SocketAddr};

use actix_web::HttpMessage as _;
use actix_web::dev::Service as _;
use actix_web::test::{TestRequest, call_service, init_service};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use scopa_axum::issuer::{CallerAddress, DevIssuer};
use tower::{Service as _, ServiceExt as _};

#[tokio::test]
async fn axum_takes_the_address_of_the_connection_unless_another_is_set() {
    let router = scopa_axum::issuer_routes::<()>(dev().issuer().clone());
    let guess = async |peer: Option<&str>, set: Option<&str>| {
        let mut request = Request::post(PATH).header("authorization", WRONG).body(Body::empty()).unwrap();
        if let Some(peer) = peer {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address(peer), 4711)));
        }
        if let Some(set) = set {
            request.extensions_mut().insert(CallerAddress(address(set)));
        }
        router.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    for _ in 0..20 {
        guess(Some("10.0.0.1"), Some("192.0.2.1")).await;
        guess(Some("10.0.0.2"), None).await;
        guess(None, None).await;
    }
    assert_eq!(guess(Some("10.0.0.1"), Some("192.0.2.1")).await, 429);
    assert_eq!(guess(Some("10.0.0.1"), Some("192.0.2.2")).await, 401);
    assert_eq!(guess(Some("10.0.0.1"), None).await, 401);
    assert_eq!(guess(Some("10.0.0.2"), None).await, 429);
    assert_eq!(guess(Some("10.0.0.2"), Some("192.0.2.3")).await, 401);
    assert_eq!(guess(None, None).await, 401);
}

#[actix_web::test]
async fn actix_takes_the_address_of_the_connection_unless_another_is_set() {
    let routes = scopa_actix::issuer_routes(dev().issuer().clone());
    // What a middleware does that knows the proxy.
    let app = actix_web::App::new().configure(routes).wrap_fn(|request, next| {
        let set = request.headers().get("x-from").map(|value| address(value.to_str().unwrap()));
        if let Some(set) = set {
            request.extensions_mut().insert(CallerAddress(set));
        }
        next.call(request)
    });
    let app = init_service(app).await;
    let guess = async |peer: &str, set: Option<&str>| {
        let request = TestRequest::post().uri(PATH).insert_header(("authorization", WRONG));
        let mut request = request.peer_addr(SocketAddr::new(address(peer), 4711));
        if let Some(set) = set {
            request = request.insert_header(("x-from", set));
        }
        call_service(&app, request.to_request()).await.status().as_u16()
    };
    for _ in 0..20 {
        guess("10.0.0.1", Some("192.0.2.1")).await;
        guess("10.0.0.2", None).await;
    }
    assert_eq!(guess("10.0.0.1", Some("192.0.2.1")).await, 429);
    assert_eq!(guess("10.0.0.1", Some("192.0.2.2")).await, 401);
    assert_eq!(guess("10.0.0.1", None).await, 401);
    assert_eq!(guess("10.0.0.2", None).await, 429);
    assert_eq!(guess("10.0.0.2", Some("192.0.2.3")).await, 401);
}

#[tokio::test]
async fn tower_takes_what_is_set() {
    let mut issuer = dev().issuer().clone();
    let mut guess = async |set: &str| {
        let mut request = Request::post(PATH).header("authorization", WRONG).body(String::new()).unwrap();
        request.extensions_mut().insert(CallerAddress(address(set)));
        issuer.call(request).await.unwrap().status().as_u16()
    };
    for _ in 0..20 {
        guess("192.0.2.1").await;
    }
    assert_eq!(guess("192.0.2.1").await, 429);
    assert_eq!(guess("192.0.2.2").await, 401);
}

fn dev() -> DevIssuer {
    DevIssuer::new("http://127.0.0.1:9000", "https://api.example.com").unwrap()
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

const PATH: &str = "/oauth2/introspect";
/// `somebody:guess`.
const WRONG: &str = "Basic c29tZWJvZHk6Z3Vlc3M=";
