use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

/// Stands for a value that is not UTF-8. No scope can hold it (RFC 6749 §3.3), so no caller has the scope.
const UNREADABLE: &str = "\u{FFFD}";

/// The path parameters of a request, percent-decoded.
pub(crate) struct PathValues {
    params: Result<RawPathParams, RawPathParamsRejection>,
}

impl PathValues {
    pub(crate) async fn of(parts: &mut Parts) -> Self {
        Self { params: RawPathParams::from_request_parts(parts, &()).await }
    }

    /// Returns the value of that name, if the path has one.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let params = match &self.params {
            Ok(params) => params,
            Err(RawPathParamsRejection::InvalidUtf8InPathParam(_)) => return Some(UNREADABLE),
            Err(_) => return None,
        };
        let mut found = params.iter().filter(|(key, _)| *key == name);
        let (_, value) = found.next()?;
        // Nested routers can use a name twice, and nobody knows which of them the handler means.
        found.next().is_none().then_some(value)
    }
}
