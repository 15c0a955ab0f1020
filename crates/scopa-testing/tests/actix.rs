//! The route checks over actix-web applications.
#![cfg(feature = "actix")]

use actix_web::error::ErrorUnauthorized;
use actix_web::http::StatusCode;
use actix_web::{App, Error, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use futures_util::FutureExt as _;
use scopa::{Guard, Validator};
use scopa_testing::TestIssuer;
use scopa_testing::actix::{assert_authenticated, assert_protected};

async fn judge(request: &HttpRequest, validator: &Validator, scope: Option<&'static str>) -> HttpResponse {
    let caller =
        validator.authenticate(request.headers().get_all("authorization").map(|v| v.as_bytes())).await;
    let guard = Guard::new(validator.clone());
    let guard = match scope {
        Some(scope) => guard.require(scope),
        None => Ok(guard),
    };
    match guard.map(|guard| guard.decide(caller, &[])) {
        Ok(Ok(_)) => HttpResponse::Ok().finish(),
        Ok(Err(refusal)) => {
            let status = StatusCode::from_u16(refusal.status().as_u16()).unwrap_or_default();
            let mut response = HttpResponseBuilder::new(status);
            if let Some(challenge) = refusal.challenge() {
                response.insert_header(("www-authenticate", challenge));
            }
            response.finish()
        }
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

async fn crashes(request: HttpRequest, validator: web::Data<Validator>) -> HttpResponse {
    judge(&request, &validator, Some("crashes:read")).await
}

async fn me(request: HttpRequest, validator: web::Data<Validator>) -> HttpResponse {
    judge(&request, &validator, None).await
}

async fn open() -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn bare() -> Result<HttpResponse, Error> {
    Err(ErrorUnauthorized("no challenge"))
}

macro_rules! app {
    ($issuer:expr) => {
        App::new()
            .app_data(web::Data::new($issuer.validator().build().unwrap()))
            .route("/crashes", web::get().to(crashes))
            .route("/me", web::get().to(me))
            .route("/open", web::get().to(open))
            .route("/bare", web::get().to(bare))
    };
}

#[test]
fn kept_routes_pass() {
    let issuer = TestIssuer::new();
    assert_protected(app!(issuer), &issuer, &[("GET", "/crashes")]).now_or_never().unwrap();
    assert_authenticated(app!(issuer), &issuer, &[("GET", "/me")]).now_or_never().unwrap();
}

#[test]
#[should_panic(expected = "GET /open without a token: expected 401 with a `Bearer` challenge, got 200")]
fn an_open_route_is_named() {
    let issuer = TestIssuer::new();
    let routes = [("GET", "/crashes"), ("GET", "/open")];
    assert_protected(app!(issuer), &issuer, &routes).now_or_never().unwrap();
}

#[test]
#[should_panic(expected = "GET /me with a token without any scope: expected 403, got 200")]
fn a_route_that_asks_for_no_scope_is_named() {
    let issuer = TestIssuer::new();
    assert_protected(app!(issuer), &issuer, &[("GET", "/me")]).now_or_never().unwrap();
}

#[test]
#[should_panic(
    expected = "GET /bare without a token: expected 401 with a `Bearer` challenge, got 401 without"
)]
fn an_error_is_judged_by_what_the_server_would_answer() {
    let issuer = TestIssuer::new();
    assert_authenticated(app!(issuer), &issuer, &[("GET", "/bare")]).now_or_never().unwrap();
}

#[test]
#[should_panic(
    expected = "GET /two words without a token: expected 401 with a `Bearer` challenge, got no answer"
)]
fn a_path_that_cannot_be_asked_for_is_named() {
    let issuer = TestIssuer::new();
    assert_protected(app!(issuer), &issuer, &[("GET", "/two words")]).now_or_never().unwrap();
}
