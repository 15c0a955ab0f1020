//! Browsers: the guard stands inside of CORS.

use actix_cors::Cors;
use actix_web::http::header;
use actix_web::test::TestRequest;
use actix_web::{App, HttpResponse, web};
use scopa_testing::TestIssuer;

use crate::{Read, get, request, send, validator};
use scopa_actix::{Authorized, Protect};

const ORIGIN: (&str, &str) = ("origin", "https://app.example.com");

fn cors() -> Cors {
    Cors::default()
        .allowed_origin(ORIGIN.1)
        .allowed_methods(["GET"])
        .allowed_header(header::AUTHORIZATION)
        .expose_headers([header::WWW_AUTHENTICATE])
}

fn preflight() -> TestRequest {
    request("OPTIONS", "/", &[])
        .insert_header(ORIGIN)
        .insert_header(("access-control-request-method", "GET"))
        .insert_header(("access-control-request-headers", "authorization"))
}

#[actix_web::test]
async fn a_preflight_passes_when_cors_is_wrapped_last_and_only_then() {
    let auth = validator(&TestIssuer::new());
    let app = || App::new().route("/", web::get().to(HttpResponse::Ok));

    let answer = send(app().wrap(Protect::new(auth.clone())).wrap(cors()), preflight()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN.1));

    let answer = send(app().wrap(cors()).wrap(Protect::new(auth)), preflight()).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[actix_web::test]
async fn refusals_keep_the_headers_of_cors_and_their_own() {
    let issuer = TestIssuer::new();
    let auth = validator(&issuer);
    let late = issuer.validator().key_source(TestIssuer::keys_out_of_reach()).build().unwrap();
    let read = issuer.bearer_with("read");
    let poor = issuer.bearer_with("");
    for (auth, authorization, status, challenge) in [
        (&auth, &[][..], 401, true),
        (&auth, &["Bearer forged"], 401, true),
        (&auth, &[&poor], 403, true),
        (&auth, &[&read, &read], 400, true),
        (&late, &[&read], 503, false),
        (&auth, &[&read], 200, false),
    ] {
        let guard = Protect::new(auth.clone()).require("read").unwrap();
        let app = App::new().route("/", web::get().to(HttpResponse::Ok)).wrap(guard).wrap(cors());
        let by_guard = send(app, request("GET", "/", authorization).insert_header(ORIGIN)).await;

        let app = App::new()
            .app_data(auth.clone())
            .route("/", web::get().to(async |_: Authorized<Read>| HttpResponse::Ok()))
            .wrap(cors());
        let by_extractor = send(app, request("GET", "/", authorization).insert_header(ORIGIN)).await;

        for answer in [by_guard, by_extractor] {
            assert_eq!(answer.status, status, "{authorization:?}");
            assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN.1), "{answer:?}");
            assert_eq!(answer.header("access-control-expose-headers"), Some("www-authenticate"));
            assert_eq!(answer.header("www-authenticate").is_some(), challenge, "{answer:?}");
        }
    }
}

#[actix_web::test]
async fn an_options_request_that_is_no_preflight_is_not_let_through() {
    let app = App::new()
        .route("/", web::route().to(HttpResponse::Ok))
        .wrap(Protect::new(validator(&TestIssuer::new())));
    assert_eq!(send(app, request("OPTIONS", "/", &[])).await.status, 401);
    let app = App::new()
        .route("/", web::route().to(HttpResponse::Ok))
        .wrap(Protect::new(validator(&TestIssuer::new())));
    assert_eq!(send(app, get("/", "Bearer forged")).await.status, 401);
}
