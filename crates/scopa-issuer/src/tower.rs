//! An issuer as a tower service.

use std::convert::Infallible;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use scopa::BoxFuture;
use tower_service::Service;

use crate::issuer::Issuer;

/// An issuer is a tower service for all its [`paths`](Issuer::paths), whatever the body of a request is.
///
/// Always ready. It finds the caller's address as [`CallerAddress`](crate::CallerAddress) in the request's extensions, where the
/// server that accepted the connection puts it.
///
/// ```
/// use http::Request;
/// use http_body_util::{BodyExt as _, Empty};
/// use scopa_issuer::DevIssuer;
/// use tower_service::Service as _;
///
/// # futures_util::FutureExt::now_or_never(async {
/// let mut issuer = DevIssuer::new("http://127.0.0.1:9000", "https://api.example.com")?.issuer().clone();
/// let request = Request::get("/oauth2/jwks").body(Empty::<bytes::Bytes>::new())?;
/// let keys = issuer.call(request).await?.into_body().collect().await?.to_bytes();
/// assert!(keys.starts_with(b"{\"keys\":["));
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<B> Service<Request<B>> for Issuer
where
    B: Body<Data: Send> + Send + 'static,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let answer = self.receive(request);
        Box::pin(async { Ok(answer.await.map(Full::new)) })
    }
}
