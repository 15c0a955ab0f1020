//! A request at its guard.

use http::header::{AUTHORIZATION, Entry};
use http::request::Parts;
use http::{Request, Response};
use scopa::{Access, Refusal};

use crate::body::RefusalBody;

/// A request, taken apart.
pub(crate) struct Arrival<B> {
    pub(crate) parts: Parts,
    body: B,
}

impl<B> Arrival<B> {
    pub(crate) fn new(request: Request<B>) -> Self {
        let (mut parts, body) = request.into_parts();
        // Keeps the token out of what other layers print.
        if let Entry::Occupied(mut fields) = parts.headers.entry(AUTHORIZATION) {
            fields.iter_mut().for_each(|value| value.set_sensitive(true));
        }
        Self { parts, body }
    }

    /// Leaves the access in a request that was let in, or has the refusal ready.
    pub(crate) fn conclude<R: RefusalBody>(
        mut self,
        outcome: Result<Option<Access>, Refusal>,
    ) -> Result<Request<B>, Response<R>> {
        match outcome {
            Ok(Some(access)) => drop(self.parts.extensions.insert(access)),
            // Anonymous to this guard: the word of another validator must not be taken for its own.
            Ok(None) => drop(self.parts.extensions.remove::<Access>()),
            Err(refusal) => return Err(refusal.response_to(&self.parts).map(R::from_text)),
        }
        Ok(Request::from_parts(self.parts, self.body))
    }

    /// Lets the request through as public: the word of a guard further out is not for what this one leaves open.
    pub(crate) fn open(mut self) -> Request<B> {
        self.parts.extensions.remove::<Access>();
        Request::from_parts(self.parts, self.body)
    }
}
