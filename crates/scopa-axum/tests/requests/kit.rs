//! An issuer, scopes, and requests without a server.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::sync::Once;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use scopa_axum::{Validator, scopes};
use scopa_testing::TestIssuer;
use tower::ServiceExt as _;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

scopes! {
    pub(crate) fn hierarchy;
    Admin = "admin" { Write = "crashes:write" { Read = "crashes:read" } },
    Audit = "audit",
    Team(id) = "team_{id}",
}

pub(crate) const MISSING: &str = "Bearer";
pub(crate) const FORGED: &str =
    r#"Bearer error="invalid_token", error_description="the access token is invalid or expired""#;
pub(crate) const MALFORMED: &str =
    r#"Bearer error="invalid_request", error_description="the credentials are malformed""#;

/// The challenge for a missing scope; of none, when no scope could be named.
pub(crate) fn lacking(scope: &str) -> String {
    let text = r#"Bearer error="insufficient_scope", error_description="the access token lacks the scope that is needed""#;
    if scope.is_empty() { text.to_owned() } else { format!(r#"{text}, scope="{scope}""#) }
}

pub(crate) fn validator(issuer: &TestIssuer) -> Validator {
    issuer.validator().hierarchy(hierarchy().unwrap()).build().unwrap()
}

/// What a caller sees.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn challenge(&self) -> Option<&str> {
        self.header("www-authenticate")
    }
}

pub(crate) fn request(method: &str, path: &str, authorization: &[&str]) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for value in authorization {
        request = request.header("authorization", *value);
    }
    request.body(Body::empty()).unwrap()
}

pub(crate) async fn send(app: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body).unwrap() }
}

pub(crate) async fn ask(app: &Router, method: &str, path: &str, authorization: &[&str]) -> Answer {
    send(app, request(method, path, authorization)).await
}

pub(crate) async fn status(app: &Router, method: &str, path: &str) -> u16 {
    ask(app, method, path, &[]).await.status.as_u16()
}

thread_local! {
    static TOLD: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps what is told to the log, for the thread that tells it.
pub(crate) struct Log;

impl Log {
    /// Listens for the whole process: scoped subscribers come and go, and tests that run side by side then miss events.
    pub(crate) fn listen() {
        static LISTENING: Once = Once::new();
        LISTENING.call_once(|| tracing::subscriber::set_global_default(Self).unwrap());
        TOLD.take();
    }

    pub(crate) fn text() -> String {
        TOLD.take()
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = String::new();
        let metadata = event.metadata();
        write!(text, "{} {}", metadata.level(), metadata.target()).unwrap();
        event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
            write!(text, " {field}={value:?}").unwrap();
        });
        TOLD.with_borrow_mut(|told| *told += &(text + "\n"));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
