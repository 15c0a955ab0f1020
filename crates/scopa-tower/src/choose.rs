use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::header::{AUTHORIZATION, HeaderValue};
use http::request::Parts;
use scopa::{Admission, Guard};

pub(crate) type Choice = dyn Fn(&Parts) -> Option<Guard> + Send + Sync;
pub(crate) type Value = dyn for<'p> Fn(&str, &'p Parts) -> Option<Cow<'p, str>> + Send + Sync;

/// The guard that a request must pass, when it depends on the request: what
/// [`choose`](crate::ProtectLayer::choose), [`by_route`](crate::ProtectLayer::by_route) and
/// [`require_bound`](crate::ProtectLayer::require_bound) of [`ProtectLayer`](crate::ProtectLayer) make.
#[derive(Clone)]
pub struct ByRequest(pub(crate) By);

#[derive(Clone)]
pub(crate) enum By {
    /// One guard, with what its public routes go by and where the values of its placeholders come from.
    Guard(Guard, fn(&Parts) -> Option<&str>, Option<Arc<Value>>),
    Choice(Arc<Choice>),
}

impl ByRequest {
    /// Sends a request through its guard, if it has one and is not open to everyone.
    pub(crate) fn admit(&self, request: &Parts) -> Option<Admission> {
        let known = request.extensions.get();
        match &self.0 {
            By::Choice(choice) => Some(choice(request)?.admit(known, fields(request), |_| None)),
            By::Guard(guard, route, value) => {
                let is_public = |route: &str| guard.is_public(request.method.as_str(), route);
                if guard.has_public() && route(request).is_some_and(is_public) {
                    return None;
                }
                let value = |placeholder: &str| value.as_ref()?(placeholder, request);
                Some(guard.admit(known, fields(request), value))
            }
        }
    }
}

/// What is public where there is no router.
pub(crate) fn path(request: &Parts) -> Option<&str> {
    Some(request.uri.path())
}

/// All values of `Authorization`.
pub(crate) fn fields(request: &Parts) -> impl Iterator<Item = &[u8]> {
    request.headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes)
}

impl From<Guard> for ByRequest {
    fn from(guard: Guard) -> Self {
        Self(By::Guard(guard, path, None))
    }
}

impl fmt::Debug for ByRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByRequest(…)")
    }
}
