//! What the layer lets through, and what it leaves in the request.

use std::convert::Infallible;
use std::sync::atomic::Ordering;

use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use http::{Request, Response};
use scopa_testing::TestIssuer;
use scopa_tower::{Access, Guard, Hierarchy, Policy, ProtectLayer, Refusal, RefusalKind};
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};

use super::common::{Counted, challenge, get, hello, request, soon, validator};

fn token_of(bearer: &str) -> &str {
    bearer.strip_prefix("Bearer ").unwrap()
}

#[tokio::test]
async fn each_request_has_its_answer() {
    let issuer = TestIssuer::new();
    let [good, poor] = ["read other", "other"].map(|scope| issuer.bearer_with(scope));
    let expired = issuer.token().scope("read").expired().bearer();
    let forged = issuer.token().scope("read").signed_by_a_stranger().bearer();
    let invalid =
        r#"Bearer error="invalid_token", error_description="the access token is invalid or expired""#;
    let lacking = r#"Bearer error="insufficient_scope", error_description="the access token lacks the scope that is needed", scope="read""#;
    let malformed = r#"Bearer error="invalid_request", error_description="the credentials are malformed""#;
    let layer = ProtectLayer::new(validator(&issuer)).require("read").unwrap();
    for (authorization, status, expected) in [
        (&[good.as_str()][..], 200, None),
        (&[], 401, Some("Bearer")),
        (&["Basic dTpw"], 401, Some("Bearer")),
        (&["Bearer"], 400, Some(malformed)),
        (&[good.as_str(), good.as_str()], 400, Some(malformed)),
        (&["Bearer forged"], 401, Some(invalid)),
        (&[expired.as_str()], 401, Some(invalid)),
        (&[forged.as_str()], 401, Some(invalid)),
        (&[poor.as_str()], 403, Some(lacking)),
    ] {
        let answer = soon(layer.layer(service_fn(hello)).oneshot(get(authorization))).await.unwrap();
        assert_eq!(answer.status(), status, "{authorization:?}");
        assert_eq!(challenge(&answer), expected, "{authorization:?}");
        if status == 200 {
            assert_eq!(answer.body(), "user-1");
            continue;
        }
        let refusal = answer.extensions().get::<Refusal>().unwrap();
        let whole = refusal.response();
        assert_eq!((answer.headers(), answer.body()), (whole.headers(), whole.body()));
        assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/json");
    }
}

#[tokio::test]
async fn a_refused_request_never_reaches_the_service() {
    let issuer = TestIssuer::new();
    let service = service_fn(|_: Request<String>| async {
        if true {
            panic!("reached");
        }
        Ok::<_, Infallible>(Response::new(String::new()))
    });
    let layer = ProtectLayer::new(validator(&issuer)).require("read").unwrap();
    let poor = issuer.bearer_with("other");
    for authorization in [&[][..], &["Bearer forged"], &[poor.as_str()]] {
        assert!(
            soon(layer.layer(service).oneshot(get(authorization))).await.unwrap().status().is_client_error()
        );
    }
}

#[tokio::test]
async fn optional_lets_strangers_in_but_no_bad_token() {
    let issuer = TestIssuer::new();
    let layer = ProtectLayer::new(validator(&issuer)).require("read").unwrap().optional();
    let [good, poor] = ["read", "other"].map(|scope| issuer.bearer_with(scope));
    for (authorization, status, body) in [
        (&[][..], 200, Some("anonymous")),
        (&["Basic dTpw"], 200, Some("anonymous")),
        (&[good.as_str()], 200, Some("user-1")),
        (&[poor.as_str()], 403, None),
        (&["Bearer forged"], 401, None),
        (&["Bearer a", "Bearer b"], 400, None),
    ] {
        let answer = soon(layer.layer(service_fn(hello)).oneshot(get(authorization))).await.unwrap();
        assert_eq!(answer.status(), status, "{authorization:?}");
        assert!(body.is_none_or(|body| body == answer.body()), "{authorization:?}");
    }
}

#[tokio::test]
async fn another_validators_word_is_not_enough() {
    let issuer = TestIssuer::new();
    let bearer = issuer.bearer_with("read");
    let outer = validator(&issuer);
    let access = outer.authenticate([bearer.as_bytes()]).now_or_later().unwrap().unwrap();
    // The same rules and keys, and yet another validator.
    let layer = ProtectLayer::new(validator(&issuer));

    let mut stranger = get(&[]);
    stranger.extensions_mut().insert(access.clone());
    let answer = soon(layer.layer(service_fn(hello)).oneshot(stranger)).await.unwrap();
    assert_eq!(answer.status(), 401);

    let mut anonymous = get(&[]);
    anonymous.extensions_mut().insert(access);
    let answer = soon(layer.optional().layer(service_fn(hello)).oneshot(anonymous)).await.unwrap();
    assert_eq!(answer.body(), "anonymous", "the handler took the word of another validator");
}

#[tokio::test]
async fn nested_validators_each_judge_for_themselves() {
    let issuer = TestIssuer::new();
    let inner = issuer.clone().with_audience("https://inner.example.com");
    let both = ["https://api.example.com", "https://inner.example.com"];
    let service = ServiceBuilder::new()
        .layer(ProtectLayer::new(validator(&issuer)))
        .layer(ProtectLayer::new(validator(&inner)))
        .service_fn(hello);
    for (bearer, status) in [
        (issuer.token().bearer(), 401),
        (inner.token().bearer(), 401),
        (issuer.token().claim("aud", both).bearer(), 200),
    ] {
        assert_eq!(soon(service.clone().oneshot(get(&[&bearer]))).await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn the_same_validator_checks_a_token_once() {
    let issuer = TestIssuer::new();
    let bearer = issuer.bearer_with("read");
    let (validator, asked) = Counted::validator(&issuer);
    let service = ServiceBuilder::new()
        .layer(ProtectLayer::new(validator.clone()))
        .layer(ProtectLayer::new(validator.clone()).require("read").unwrap())
        .layer(ProtectLayer::new(validator).optional())
        .service_fn(hello);
    assert_eq!(soon(service.clone().oneshot(get(&[&bearer]))).await.unwrap().body(), "user-1");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let poor = issuer.bearer_with("other");
    assert_eq!(soon(service.oneshot(get(&[&poor]))).await.unwrap().status(), 403);
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_layer_between_may_add_permissions() {
    let issuer = TestIssuer::new();
    let hierarchy = Hierarchy::builder().permissions(["OWNER"]).build().unwrap();
    let validator = issuer.validator().hierarchy(hierarchy).build().unwrap();
    let owners = ProtectLayer::new(validator.clone()).require(Policy::permission("OWNER")).unwrap();
    let add = |mut request: Request<String>| {
        let access = request.extensions().get::<Access>().unwrap().with_permissions(["OWNER"]);
        request.extensions_mut().insert(access);
        request
    };
    let service = ServiceBuilder::new()
        .layer(ProtectLayer::new(validator))
        .map_request(add)
        .layer(&owners)
        .service_fn(hello);
    let bearer = issuer.token().bearer();
    assert_eq!(soon(service.oneshot(get(&[&bearer]))).await.unwrap().status(), 200);
    let answer = soon(owners.layer(service_fn(hello)).oneshot(get(&[&bearer]))).await.unwrap();
    assert_eq!(answer.extensions().get::<Refusal>().unwrap().kind(), RefusalKind::Forbidden);
}

#[tokio::test]
async fn credentials_are_kept_out_of_what_others_print() {
    let issuer = TestIssuer::new();
    let bearer = issuer.bearer_with("read");
    let prints = service_fn(|request: Request<String>| async move {
        assert!(request.headers().get_all(AUTHORIZATION).iter().all(http::HeaderValue::is_sensitive));
        Ok::<_, Infallible>(Response::new(format!("{request:?}")))
    });
    let guard = Guard::new(validator(&issuer));
    let public = guard.clone().public(["/"]);
    for (layer, authorization) in [
        (ProtectLayer::from(guard), &[bearer.as_str()][..]),
        (ProtectLayer::from(public), &[bearer.as_str(), bearer.as_str()]),
    ] {
        let answer = soon(layer.layer(prints).oneshot(get(authorization))).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.body().contains("Sensitive") && !answer.body().contains(token_of(&bearer)));
    }
}

#[tokio::test]
async fn debug_output_says_what_is_there_and_no_token() {
    let issuer = TestIssuer::new();
    let bearer = issuer.bearer_with("read");
    let layer = ProtectLayer::new(validator(&issuer)).public(["/"]);
    let mut service = layer.layer(service_fn(hello));
    let answer = tower::Service::call(&mut service, get(&[&bearer]));
    let all = format!("{layer:?} {service:?} {answer:?}");
    assert!(all.starts_with("ProtectLayer") && all.ends_with("ResponseFuture(decided)"), "{all}");
    assert!(!all.contains(token_of(&bearer)));
    assert_eq!(soon(answer).await.unwrap().body(), "anonymous");
}

#[tokio::test]
async fn every_method_is_guarded() {
    let layer = ProtectLayer::new(validator(&TestIssuer::new()));
    for method in ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY", "get"] {
        let answer = soon(layer.layer(service_fn(hello)).oneshot(request(method, "/", &[]))).await.unwrap();
        assert_eq!(answer.status(), 401, "{method}");
    }
}
