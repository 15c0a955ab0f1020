//! Requests to small applications, without a server.
#![cfg(test)]

mod check;
mod cors;
mod extractors;
mod protect;
mod refusals;
mod waiting;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::test::{TestRequest, init_service, read_body};
use actix_web::{App, Error};
use scopa_testing::TestIssuer;

use scopa_actix::{KeySet, KeySource, KeysFuture, Refusal, RefusalKind, Validator, scopes};

scopes! {
    fn hierarchy;
    Admin = "admin" { Write = "write" { Read = "read" } },
    Team(id) = "team_{id}",
    Tag(tag: "[0-9+]{3}") = "tag_{tag}",
}

/// What a client sees, and the refusal that middleware further out sees.
#[derive(Debug)]
struct Answer {
    status: u16,
    /// Sorted by name.
    headers: Vec<(String, String)>,
    body: String,
    refusal: Option<RefusalKind>,
}

impl Answer {
    fn header(&self, wanted: &str) -> Option<&str> {
        self.headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }

    /// The answer that the core has for a refusal.
    fn of_core(refusal: &Refusal) -> Self {
        let (parts, body) = refusal.response().into_parts();
        let headers = parts.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let kind = Some(refusal.kind());
        Self { status: parts.status.as_u16(), headers: sorted(headers), body, refusal: kind }
    }

    fn assert_same(&self, other: &Self, case: &str) {
        assert_eq!(self.status, other.status, "{case}");
        assert_eq!(self.headers, other.headers, "{case}");
        assert_eq!(self.body, other.body, "{case}");
        assert_eq!(self.refusal, other.refusal, "{case}");
    }
}

/// Sends a request. An error of the service, other than an answer, fails the test: refusals are answers.
async fn send<T, B>(app: App<T>, request: TestRequest) -> Answer
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    let service = init_service(app).await;
    answer(actix_web::dev::Service::call(&service, request.to_request()).await).await
}

async fn answer<B: MessageBody>(response: Result<ServiceResponse<B>, Error>) -> Answer {
    let response = response.unwrap();
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let headers = sorted(headers);
    let refusal = response.response().extensions().get::<Refusal>().map(Refusal::kind);
    let body = String::from_utf8(read_body(response).await.to_vec()).unwrap();
    Answer { status, headers, body, refusal }
}

fn sorted(headers: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut headers: Vec<_> = headers.collect();
    headers.sort();
    headers
}

/// A request with the given values of `Authorization`.
fn request(method: &str, path: &str, authorization: &[&str]) -> TestRequest {
    let request = TestRequest::default().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path);
    authorization.iter().fold(request, |request, value| request.append_header(("authorization", *value)))
}

fn get(path: &str, authorization: &str) -> TestRequest {
    request("GET", path, &[authorization])
}

fn validator(issuer: &TestIssuer) -> Validator {
    issuer.validator().hierarchy(hierarchy().unwrap()).build().unwrap()
}

/// The validator of another API of the same issuer, and a token for it.
fn other_api() -> (TestIssuer, Validator) {
    let issuer = TestIssuer::new().with_audience("https://other.example.com");
    let validator = validator(&issuer);
    (issuer, validator)
}

/// Keys at hand, and how often they were asked for.
struct Counted(Arc<AtomicUsize>, KeySet);

impl KeySource for Counted {
    fn keys(&self) -> KeysFuture {
        self.0.fetch_add(1, Ordering::Relaxed);
        let keys = self.1.clone();
        Box::pin(async move { Ok(keys) })
    }
}

fn counted(issuer: &TestIssuer) -> (Arc<AtomicUsize>, Validator) {
    let count = Arc::new(AtomicUsize::new(0));
    let source = Counted(count.clone(), issuer.keys());
    let validator = issuer.validator().hierarchy(hierarchy().unwrap()).key_source(source).build().unwrap();
    (count, validator)
}
