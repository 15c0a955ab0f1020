use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::{HttpMessage, HttpRequest};
use scopa::{Access, Admission, Refusal, Requirement};

use crate::Rejection;
use crate::request::{fields, path_value, validator_of};

/// What the extractors return: ready at once when the keys are at hand, boxed only when they are waited for.
#[derive(Debug)]
#[must_use = "nothing is known about the caller until this has given its outcome"]
pub struct Authorizing<T> {
    admission: Admission,
    request: HttpRequest,
    finish: fn(Option<Access>) -> Result<T, Refusal>,
}

impl<T> Authorizing<T> {
    /// Judges the caller by the policy that `R` stands for; `finish` makes the extractor's value.
    pub(crate) fn start<R: Requirement>(
        request: &HttpRequest,
        adjust: fn(Admission) -> Admission,
        finish: fn(Option<Access>) -> Result<T, Refusal>,
    ) -> Self {
        let value = |name: &str| path_value(request, name);
        let admission = validator_of(request).and_then(|validator| {
            let policy = validator.policy_of::<R>()?;
            let left = request.extensions();
            let known = left.get().into_iter().chain(left.get().map(|Left(access)| access));
            Ok(validator.admit(policy, known, fields(request), value))
        });
        let admission = admission.unwrap_or_else(|error| Refusal::from(error).into());
        Self { admission: adjust(admission), request: request.clone(), finish }
    }
}

impl<T> Future for Authorizing<T> {
    type Output = Result<T, Rejection>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let access = ready!(Pin::new(&mut self.admission).poll(context))?;
        if let (Some(access), false) = (&access, self.admission.is_remembered()) {
            self.request.extensions_mut().insert(Left(access.clone()));
        }
        Poll::Ready((self.finish)(access).map_err(Rejection::from))
    }
}

/// What an extractor leaves for those that follow. Not as an [`Access`], which is a middleware's to leave: others would
/// find one with a new token and none with a token that is remembered.
struct Left(Access);
