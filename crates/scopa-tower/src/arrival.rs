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
        let headers = &mut parts.headers;
        // Keeps the token out of what other layers print. `entry` makes room for one field more, and is needed only where
        // some field has several values.
        if headers.len() == headers.keys_len() {
            headers.get_mut(AUTHORIZATION).into_iter().for_each(|value| value.set_sensitive(true));
        } else if let Entry::Occupied(mut fields) = headers.entry(AUTHORIZATION) {
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
            // An insert allocates, also in the place of another access.
            Ok(Some(access)) => match self.parts.extensions.get_mut() {
                Some(left) => *left = access,
                None => drop(self.parts.extensions.insert(access)),
            },
            // Public, or anonymous: the word of another guard must not be taken for this one's.
            Ok(None) => drop(self.parts.extensions.remove::<Access>()),
            Err(refusal) => return Err(refusal.response_to(&self.parts).map(R::from_text)),
        }
        Ok(self.enter())
    }

    /// Lets the request through with what was left in it.
    pub(crate) fn enter(self) -> Request<B> {
        Request::from_parts(self.parts, self.body)
    }
}
