use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::{HttpMessage, HttpRequest};
use scopa::{Access, Admission, Guard, Refusal, Requirement};

use crate::Rejection;
use crate::request::{admit, validator_of};

/// What the extractors return: ready at once when the keys are at hand, boxed only when they are waited for.
#[derive(Debug)]
#[must_use = "nothing is known about the caller until this has given its outcome"]
pub struct Authorizing<T> {
    admission: Result<Admission, Refusal>,
    request: HttpRequest,
    finish: fn(Option<Access>) -> Result<T, Refusal>,
}

impl<T> Authorizing<T> {
    /// Sends the caller through the guard that `R` stands for; `finish` makes the extractor's value.
    pub(crate) fn start<R: Requirement>(
        request: &HttpRequest,
        adjust: fn(Guard) -> Guard,
        finish: fn(Option<Access>) -> Result<T, Refusal>,
    ) -> Self {
        let guard = validator_of(request).and_then(Guard::of::<R>).map_err(Refusal::from);
        let admission = guard.map(|guard| admit(request, &adjust(guard)));
        Self { admission, request: request.clone(), finish }
    }
}

impl<T> Future for Authorizing<T> {
    type Output = Result<T, Rejection>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let access = match &mut self.admission {
            Ok(admission) => ready!(Pin::new(admission).poll(context))?,
            Err(refusal) => return Poll::Ready(Err(refusal.clone().into())),
        };
        if let Some(access) = &access {
            // What a middleware left stays: it belongs to that.
            self.request.extensions_mut().get_or_insert(access.clone());
        }
        Poll::Ready((self.finish)(access).map_err(Rejection::from))
    }
}
