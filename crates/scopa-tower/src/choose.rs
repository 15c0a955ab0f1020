use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::header::{AUTHORIZATION, HeaderValue};
use http::request::Parts;
use scopa::{Admission, Guard};

type Choice = dyn Fn(&Parts) -> Option<Guard> + Send + Sync;
type Value = dyn Fn(&str, &Parts) -> Option<String> + Send + Sync;

/// The guard that a request must pass, when it depends on the request: what
/// [`ProtectLayer::choose`](crate::ProtectLayer::choose) and
/// [`ProtectLayer::require_bound`](crate::ProtectLayer::require_bound) make.
#[derive(Clone)]
pub struct ByRequest {
    by: By,
}

#[derive(Clone)]
enum By {
    Nothing(Guard),
    Value(Guard, Arc<Value>),
    Request(Arc<Choice>),
}

impl ByRequest {
    pub(crate) fn bound(guard: Guard, value: Arc<Value>) -> Self {
        Self { by: By::Value(guard, value) }
    }

    pub(crate) fn chosen(choice: Arc<Choice>) -> Self {
        Self { by: By::Request(choice) }
    }

    /// Sends a request through its guard, or tells that it is open to everyone.
    pub(crate) fn admit(&self, request: &Parts) -> Option<Admission> {
        let value = |placeholder: &str| match &self.by {
            By::Value(_, value) => value(placeholder, request),
            By::Nothing(_) | By::Request(_) => None,
        };
        Some(self.guard(request)?.admit(request.extensions.get(), fields(request), value))
    }

    fn guard(&self, request: &Parts) -> Option<Cow<'_, Guard>> {
        match &self.by {
            By::Request(choice) => choice(request).map(Cow::Owned),
            By::Nothing(guard) | By::Value(guard, _) => {
                let open = guard.is_public(request.method.as_str(), request.uri.path());
                (!open).then_some(Cow::Borrowed(guard))
            }
        }
    }
}

/// All values of `Authorization`.
pub(crate) fn fields(request: &Parts) -> impl Iterator<Item = &[u8]> {
    request.headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes)
}

impl From<Guard> for ByRequest {
    fn from(guard: Guard) -> Self {
        Self { by: By::Nothing(guard) }
    }
}

impl fmt::Debug for ByRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByRequest(…)")
    }
}
