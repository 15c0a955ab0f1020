use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use scopa::{BoxFuture, Fetch, FetchBody, Introspection};

use crate::inner::Inner;
use crate::issuer::Issuer;

impl Issuer {
    /// Lets a validator in the same process ask this issuer for metadata, for keys and about tokens without a network; every
    /// other address is asked, and every task and pause had, by `others`.
    ///
    /// ```
    /// use scopa::{Fetch, Validator};
    /// use scopa_issuer::Issuer;
    ///
    /// fn validator(issuer: &Issuer, http: impl Fetch) -> Result<Validator, scopa::ConfigError> {
    ///     Validator::builder(issuer.identifier(), "https://api.example.com").discover(issuer.local(http)).build()
    /// }
    /// ```
    pub fn local<F: Fetch>(&self, others: F) -> impl Fetch + use<F> {
        Local { inner: self.inner.clone(), others }
    }

    /// Lets a validator in the same process take this issuer's opaque tokens, over [`local`](Self::local): without being its client, and
    /// without a secret.
    ///
    /// Each request asks the store, so what was revoked is refused at once; [`Introspection::cache_for`] changes that.
    ///
    /// ```
    /// use scopa::{Fetch, Validator};
    /// use scopa_issuer::Issuer;
    ///
    /// fn validator(issuer: &Issuer, http: impl Fetch) -> Result<Validator, scopa::ConfigError> {
    ///     issuer.validator("https://api.example.com").introspect(issuer.introspection(), issuer.local(http)).build()
    /// }
    /// ```
    pub fn introspection(&self) -> Introspection {
        let endpoint = format!("{}{FOR_HOST}", self.inner.origin);
        Introspection::new("host", "no secret").endpoint(endpoint).cache_for(Duration::ZERO)
    }
}

struct Local<F> {
    inner: Arc<Inner>,
    others: F,
}

impl<F: Fetch> Fetch for Local<F> {
    fn fetch<'a>(
        &'a self,
        request: Request<Vec<u8>>,
        body: &'a mut FetchBody,
    ) -> BoxFuture<'a, Result<Response<()>, Box<dyn Error + Send + Sync>>> {
        let uri = request.uri();
        let is_ours = match (uri.scheme_str(), uri.authority()) {
            (Some(scheme), Some(authority)) => self.inner.origin == format!("{scheme}://{authority}"),
            _ => false,
        };
        if !is_ours {
            return self.others.fetch(request, body);
        }
        Box::pin(async move {
            let request = request.map(Bytes::from);
            let answer = match request.uri().path() {
                FOR_HOST => self.inner.introspect_for_host(&request).await,
                _ => self.inner.respond(&request).await,
            };
            let (head, content) = answer.into_parts();
            body.push(&content)?;
            Ok(Response::from_parts(head, ()))
        })
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.others.spawn(task);
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        self.others.sleep(time)
    }
}

/// No endpoint: it is an address of [`Local`] alone, and what comes by the network never gets there.
const FOR_HOST: &str = "/in-process/introspect";
