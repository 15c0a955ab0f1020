use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use scopa::{BoxFuture, Fetch, FetchBody};

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
            let answer = self.inner.respond(&request.map(Bytes::from)).await;
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
