//! The answers are those of the core, whatever carries them.

use actix_web::{App, HttpResponse, web};
use futures_util::FutureExt;
use scopa_testing::TestIssuer;

use crate::{Admin, Answer, Read, get, hierarchy, request, send, validator};
use scopa_actix::{
    Authorized, Guard, OptionalAuthorized, Protect, Refusal, RefusalKind, Rejection, Validator,
};

fn expected(validator: &Validator, authorization: &[&str]) -> Answer {
    let guard = Guard::new(validator.clone()).require(Admin).unwrap();
    let fields = authorization.iter().map(|value| value.as_bytes());
    // Keys that must be asked for are at hand, or out of reach, at once.
    let outcome = guard.admit(None, fields, |_| None).now_or_never().unwrap();
    Answer::of_core(&outcome.unwrap_err())
}

#[actix_web::test]
async fn every_refusal_is_the_cores_byte_for_byte() {
    let issuer = TestIssuer::new();
    let all =
        |builder: scopa_actix::ValidatorBuilder| builder.hierarchy(hierarchy().unwrap()).build().unwrap();
    let plain = all(issuer.validator());
    let rich = all(issuer
        .validator()
        .realm("crashes")
        .resource_metadata("https://api.example.com/.well-known/oauth-protected-resource")
        .status(RefusalKind::InsufficientScope, 401));
    let unreachable = all(issuer.validator().key_source(TestIssuer::keys_out_of_reach()));

    let read = issuer.bearer_with("read");
    let admin = issuer.bearer_with("admin");
    let forged = issuer.token().scope("admin").signed_by_a_stranger().bearer();
    let expired = issuer.token().scope("admin").expired().bearer();
    for (validator, authorization, status) in [
        (&plain, &[][..], 401),
        (&plain, &["Basic dXNlcjpwYXNz"], 401),
        (&plain, &["Bearer"], 400),
        (&plain, &[&admin, &admin], 400),
        (&plain, &["Bearer forged"], 401),
        (&plain, &[&forged], 401),
        (&plain, &[&expired], 401),
        (&plain, &[&read], 403),
        (&rich, &[], 401),
        (&rich, &[&read], 401),
        (&unreachable, &[&admin], 503),
    ] {
        let expected = expected(validator, authorization);
        assert_eq!(expected.status, status);

        let extractor = App::new()
            .app_data(validator.clone())
            .route("/", web::get().to(async |_: Authorized<Admin>| HttpResponse::Ok()));
        let answer = send(extractor, request("GET", "/", authorization)).await;
        answer.assert_same(&expected, &format!("extractor: {authorization:?}"));

        let guard = Protect::new(validator.clone()).require(Admin).unwrap();
        let middleware = App::new().route("/", web::get().to(HttpResponse::Ok)).wrap(guard);
        let answer = send(middleware, request("GET", "/", authorization)).await;
        answer.assert_same(&expected, &format!("middleware: {authorization:?}"));

        let optional = App::new()
            .app_data(validator.clone())
            .route("/", web::get().to(async |_: OptionalAuthorized<Admin>| HttpResponse::Ok()));
        let answer = send(optional, request("GET", "/", authorization)).await;
        if expected.refusal == Some(RefusalKind::MissingToken) {
            assert_eq!(answer.status, 200);
        } else {
            answer.assert_same(&expected, &format!("optional: {authorization:?}"));
        }
    }
}

#[actix_web::test]
async fn a_handler_refuses_with_the_same_bytes() {
    async fn by_scope(caller: Authorized) -> Result<HttpResponse, Rejection> {
        caller.require(Admin)?;
        Ok(HttpResponse::Ok().finish())
    }
    async fn by_object(_: Authorized) -> Result<HttpResponse, Rejection> {
        Err(Refusal::forbidden().into())
    }
    async fn as_any_error(_: Authorized) -> actix_web::Result<HttpResponse> {
        Err(Rejection::from(Refusal::forbidden()).into())
    }
    let issuer = TestIssuer::new();
    let validator = validator(&issuer);
    let bearer = issuer.bearer_with("read");
    let missing_scope = expected(&validator, &[&bearer]);
    let forbidden = Answer::of_core(&Refusal::forbidden());
    for (path, expected) in [("/scope", &missing_scope), ("/object", &forbidden), ("/error", &forbidden)] {
        let app = App::new()
            .app_data(validator.clone())
            .route("/scope", web::get().to(by_scope))
            .route("/object", web::get().to(by_object))
            .route("/error", web::get().to(as_any_error));
        send(app, get(path, &bearer)).await.assert_same(expected, path);
    }
}

#[actix_web::test]
async fn what_is_printed_holds_no_token() {
    async fn printed(caller: Authorized<Read>, other: OptionalAuthorized<Read>) -> String {
        format!("{caller:?} {other:?} {:?}", *caller)
    }
    let issuer = TestIssuer::new();
    let app = || {
        App::new()
            .app_data(validator(&issuer))
            .wrap(Protect::new(validator(&issuer)))
            .route("/", web::get().to(printed))
    };
    let token = issuer.token().scope("read").sign();
    let answer = send(app(), get("/", &format!("Bearer {token}"))).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("client-1") && !answer.body.contains(&token), "{}", answer.body);

    let forged = issuer.token().scope("read").tampered().sign();
    let answer = send(app(), get("/", &format!("Bearer {forged}"))).await;
    assert_eq!(answer.status, 401);
    let all = format!("{answer:?}");
    assert!(forged.split('.').all(|part| !all.contains(part)), "{all}");
}
