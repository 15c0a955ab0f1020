//! Refusals for gRPC clients.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{Method, Request, Version};
use scopa_testing::TestIssuer;
use scopa_tower::{AuthorizeLayer, Guard, Hierarchy, Policy, ProtectLayer, Refusal, RefusalKind, Validator};
use tonic::{Code, Status};
use tower::{Layer, ServiceExt, service_fn};

use super::common::{challenge, get, hello, soon};

fn call(content_type: &str, authorization: &[&str]) -> Request<String> {
    let mut request = get(authorization);
    request.headers_mut().insert(CONTENT_TYPE, content_type.parse().unwrap());
    *request.version_mut() = Version::HTTP_2;
    *request.method_mut() = Method::POST;
    request
}

fn scripted(issuer: &TestIssuer) -> Validator {
    let hierarchy = Hierarchy::builder().scopes(["read"]).template("team_{id}", "").permissions(["OWNER"]);
    let validator = issuer.validator().hierarchy(hierarchy.build().unwrap());
    // A changed HTTP status is none of a gRPC client's business.
    validator.status(RefusalKind::InsufficientScope, 401).build().unwrap()
}

#[tokio::test]
async fn each_refusal_has_its_status_code() {
    let issuer = TestIssuer::new();
    let good = issuer.bearer_with("read");
    let poor = issuer.bearer_with("other");
    let guard = Guard::new(scripted(&issuer));
    let read = guard.clone().require("read").unwrap();
    let owner = guard.clone().require(Policy::permission("OWNER")).unwrap();
    let team = guard.clone().require("team_{id}").unwrap();
    let away = issuer.validator().key_source(TestIssuer::keys_out_of_reach()).build().unwrap();
    for (guard, authorization, code, has_challenge) in [
        (&read, &[][..], Code::Unauthenticated, true),
        (&read, &["Bearer forged"], Code::Unauthenticated, true),
        (&read, &["Bearer"], Code::Unauthenticated, true),
        (&read, &[good.as_str(), good.as_str()], Code::Unauthenticated, true),
        (&read, &[poor.as_str()], Code::PermissionDenied, true),
        (&owner, &[good.as_str()], Code::PermissionDenied, false),
        (&team, &[good.as_str()], Code::Internal, false),
        (&Guard::new(away), &[good.as_str()], Code::Unavailable, false),
    ] {
        let layer = ProtectLayer::from(guard.clone());
        let answer = layer.layer(service_fn(hello)).oneshot(call("application/grpc+proto", authorization));
        let answer = soon(answer).await.unwrap();
        let status = Status::from_header_map(answer.headers()).unwrap();
        let refusal = answer.extensions().get::<Refusal>().unwrap();
        assert_eq!(status.code(), code, "{authorization:?}");
        assert_eq!(status.message(), refusal.to_string());
        assert_eq!(challenge(&answer).is_some(), has_challenge, "{authorization:?}");
        assert_eq!((answer.status().as_u16(), answer.body().as_str()), (200, ""));
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/grpc");
        assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
        assert_eq!(answer.headers().contains_key(RETRY_AFTER), code == Code::Unavailable);
    }
}

#[tokio::test]
async fn a_scope_layer_answers_in_the_same_form() {
    let layer = AuthorizeLayer::from(Guard::new(scripted(&TestIssuer::new())));
    let answer = soon(layer.layer(service_fn(hello)).oneshot(call("application/grpc", &[]))).await.unwrap();
    assert_eq!(Status::from_header_map(answer.headers()).unwrap().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn an_accepted_call_and_other_content_are_left_alone() {
    let issuer = TestIssuer::new();
    let bearer = issuer.bearer_with("read");
    let layer = ProtectLayer::new(scripted(&issuer)).require("read").unwrap();
    let answer = layer.layer(service_fn(hello)).oneshot(call("application/grpc", &[&bearer]));
    assert_eq!(soon(answer).await.unwrap().body(), "user-1");
    let answer = layer.layer(service_fn(hello)).oneshot(call("application/json", &[]));
    let answer = soon(answer).await.unwrap();
    assert_eq!(answer.status(), 401);
    assert!(Status::from_header_map(answer.headers()).is_none());
}
