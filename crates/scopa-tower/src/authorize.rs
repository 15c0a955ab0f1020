use std::task::{Context, Poll};

use http::{Request, Response};
use scopa::Guard;
use tower_layer::Layer;
use tower_service::Service;

use crate::arrival::Arrival;
use crate::body::RefusalBody;
use crate::choose::fields;
use crate::future::ResponseFuture;

/// Puts a guard before a service that stands behind a [`ProtectLayer`](crate::ProtectLayer): judges the access that it left.
///
/// Authorizes only: it decides at once, never waits for keys, and the service need not be `Clone`. A caller whom
/// the outer layer let in as anonymous is refused as one without a token, unless this guard is optional, too. A
/// token that no layer of the same validator has authenticated is answered 500: the outer layer is missing.
///
/// On a refusal the service keeps the permit that `poll_ready` reserved, for its next request. Where limits are
/// shared with other services, put them outside, or use a [`ProtectLayer`](crate::ProtectLayer) here, too.
///
/// ```
/// use scopa_tower::{AuthorizeLayer, Guard, ProtectLayer};
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// # let issuer = scopa_testing::TestIssuer::new();
/// # let validator = issuer.validator().build()?;
/// # let bearer = issuer.bearer_with("read");
/// let purge = service_fn(|_: http::Request<String>| async {
///     Ok::<_, std::convert::Infallible>(http::Response::new("purged".to_owned()))
/// });
/// let service = ServiceBuilder::new()
///     .layer(ProtectLayer::new(validator.clone()))
///     .layer(AuthorizeLayer::from(Guard::new(validator).require("admin")?))
///     .service(purge);
///
/// let request = http::Request::delete("/").header("authorization", bearer).body(String::new())?;
/// assert_eq!(service.oneshot(request).await?.status(), 403);
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct AuthorizeLayer {
    guard: Guard,
}

impl From<Guard> for AuthorizeLayer {
    fn from(guard: Guard) -> Self {
        Self { guard }
    }
}

impl<S> Layer<S> for AuthorizeLayer {
    type Service = Authorize<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Authorize { inner, guard: self.guard.clone() }
    }
}

/// A service behind a guard that judges what another layer authenticated: what [`AuthorizeLayer`] makes.
#[derive(Debug, Clone)]
pub struct Authorize<S> {
    inner: S,
    guard: Guard,
}

impl<S, B, R> Service<Request<B>> for Authorize<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: RefusalBody,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let arrival = Arrival::new(request);
        let (guard, parts) = (&self.guard, &arrival.parts);
        let (known, open) =
            (parts.extensions.get(), guard.is_public(parts.method.as_str(), parts.uri.path()));
        let judged = if open { Ok(None) } else { guard.admit_known(known, fields(parts), |_| None) };
        let concluded = match judged.map(|access| access.is_some()) {
            Ok(true) => Ok(arrival.enter()),
            other => arrival.conclude(other.map(|_| None)),
        };
        ResponseFuture::decided(&mut self.inner, concluded)
    }
}
