use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{Request, Response};
use scopa_testing::TestIssuer;
use scopa_tower::{Access, KeySet, KeySource, KeysFuture, Validator};
use tower::Service;

/// Answers with the caller's subject.
pub(crate) async fn hello(request: Request<String>) -> Result<Response<String>, Infallible> {
    let caller = request.extensions().get::<Access>().and_then(Access::subject);
    Ok(Response::new(caller.unwrap_or("anonymous").to_owned()))
}

pub(crate) fn validator(issuer: &TestIssuer) -> Validator {
    issuer.validator().build().unwrap()
}

pub(crate) fn request(method: &str, path: &str, authorization: &[&str]) -> Request<String> {
    let request = Request::builder().method(method).uri(path);
    let request = authorization.iter().fold(request, |request, value| request.header(AUTHORIZATION, *value));
    request.body(String::new()).unwrap()
}

pub(crate) fn get(authorization: &[&str]) -> Request<String> {
    request("GET", "/", authorization)
}

pub(crate) fn challenge<R>(response: &Response<R>) -> Option<&str> {
    response.headers().get(WWW_AUTHENTICATE).map(|value| value.to_str().unwrap())
}

/// Polls a service once for readiness.
pub(crate) fn readiness<S: Service<Request<String>>>(service: &mut S) -> Poll<Result<(), S::Error>> {
    service.poll_ready(&mut Context::from_waker(Waker::noop()))
}

/// Waits, but not for ever.
pub(crate) async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(10), future).await.expect("not done within ten seconds")
}

/// Keys at hand, by a source that counts how often it is asked.
pub(crate) struct Counted {
    pub(crate) keys: KeySet,
    pub(crate) asked: Arc<AtomicUsize>,
}

impl Counted {
    pub(crate) fn validator(issuer: &TestIssuer) -> (Validator, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let source = Self { keys: issuer.keys(), asked: asked.clone() };
        (issuer.validator().key_source(source).build().unwrap(), asked)
    }
}

impl KeySource for Counted {
    fn keys(&self) -> KeysFuture {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let keys = self.keys.clone();
        Box::pin(async move { Ok(keys) })
    }
}
