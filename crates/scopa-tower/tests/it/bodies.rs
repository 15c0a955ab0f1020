//! Bodies of every kind, on both sides.

use std::convert::Infallible;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::CONTENT_TYPE;
use http::{Request, Response, Version};
use http_body_util::combinators::{BoxBody, UnsyncBoxBody};
use http_body_util::{BodyExt, Full};
use scopa_testing::TestIssuer;
use scopa_tower::{ProtectLayer, RefusalBody};
use tower::{Layer, ServiceExt, service_fn};

use super::common::validator;

/// Refuses a request of any body, with a response of any body.
fn refused<B, R: RefusalBody>(body: B, content_type: &str) -> R {
    let service = service_fn(|_: Request<B>| async {
        Ok::<_, Infallible>(Response::new(R::from_text("let in".into())))
    });
    let request =
        Request::post("/").version(Version::HTTP_2).header(CONTENT_TYPE, content_type).body(body).unwrap();
    let layer = ProtectLayer::new(validator(&TestIssuer::new())).require("read").unwrap();
    layer.layer(service).oneshot(request).now_or_never().unwrap().unwrap().into_body()
}

fn collected<R: http_body::Body>(body: R) -> Bytes
where
    R::Error: std::fmt::Debug,
{
    body.collect().now_or_never().unwrap().unwrap().to_bytes()
}

#[test]
fn every_body_carries_the_same_text() {
    let text: String = refused((), "text/plain");
    assert_eq!(refused::<_, Vec<u8>>(vec![1], "text/plain"), text.as_bytes());
    assert_eq!(refused::<_, Bytes>("text", "text/plain"), text);
    assert_eq!(collected(refused::<_, Full<Bytes>>(Full::<Bytes>::default(), "text/plain")), text);
    assert_eq!(collected(refused::<_, BoxBody<Bytes, Infallible>>((), "text/plain")), text);
    assert_eq!(collected(refused::<_, UnsyncBoxBody<Bytes, std::io::Error>>((), "text/plain")), text);
    #[cfg(feature = "axum")]
    assert_eq!(collected(refused::<_, axum_core::body::Body>((), "text/plain")), text);
    #[cfg(feature = "tonic")]
    assert_eq!(collected(refused::<_, tonic::body::Body>((), "text/plain")), text);
}

#[test]
fn a_grpc_answer_ends_with_its_headers() {
    assert!(http_body::Body::is_end_stream(&refused::<_, Full<Bytes>>((), "application/grpc")));
    #[cfg(feature = "axum")]
    assert!(http_body::Body::is_end_stream(&refused::<_, axum_core::body::Body>((), "application/grpc")));
    #[cfg(feature = "tonic")]
    assert!(http_body::Body::is_end_stream(&refused::<_, tonic::body::Body>((), "application/grpc")));
}

#[test]
fn a_body_need_not_be_sent_between_threads() {
    struct Local(Rc<str>);
    impl RefusalBody for Local {
        fn from_text(text: String) -> Self {
            Self(text.into())
        }
    }
    assert_eq!(
        &*refused::<Rc<str>, Local>("request".into(), "text/plain").0,
        refused::<(), String>((), "text/plain")
    );
}
