use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use scopa_tower::issuer::Issuer;
use scopa_tower::{Access, Refusal};
use serde::de::DeserializeOwned;

use crate::answer::{Answer, invalid, wrong};
use crate::notes::Notes;

/// A request that was let in.
pub(crate) struct Call {
    /// What handlers work on.
    pub(crate) service: Arc<Service>,
    /// Who calls, and what the token grants.
    pub(crate) caller: Access,
    /// What stands in the path.
    pub(crate) path: PathValues,
    headers: HeaderMap,
    body: Incoming,
}

/// What handlers work on.
#[derive(Debug)]
pub(crate) struct Service {
    /// Gives out tokens.
    pub(crate) issuer: Issuer,
    /// The notes of all teams.
    pub(crate) notes: Notes,
}

impl Call {
    /// Takes a request as its guard left it.
    pub(crate) fn new(service: Arc<Service>, request: Request<Incoming>) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let caller = parts.extensions.remove();
        let caller = caller.ok_or_else(|| Refusal::misconfigured("put the guard before the handler"))?;
        let path = parts.extensions.remove().unwrap_or_default();
        Ok(Self { service, caller, path, headers: parts.headers, body })
    }

    /// Returns the person for whom an application calls; `None` if it calls for itself (RFC 9068 §2.2).
    pub(crate) fn person(&self) -> Option<&str> {
        self.caller.subject().filter(|subject| Some(*subject) != self.caller.client_id())
    }

    /// Reads the body, which is JSON of at most 16 KiB.
    pub(crate) async fn json<T: DeserializeOwned>(&mut self) -> Result<T, Answer> {
        let field = self.headers.get(CONTENT_TYPE).and_then(|field| field.to_str().ok());
        let essence = field.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            let why = "send `application/json`";
            return Err(wrong(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request", why));
        }
        let body = Limited::new(&mut self.body, LONGEST_BODY).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                return wrong(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "send 16 KiB at most");
            }
            invalid("the body could not be read to its end")
        })?;
        serde_json::from_slice(&body.to_bytes())
            .map_err(|_| invalid("the body is not the JSON that the document describes"))
    }
}

/// What a path has for the placeholders of its route.
#[derive(Debug, Clone, Default)]
pub(crate) struct PathValues(Vec<(String, String)>);

impl PathValues {
    /// Decodes what the router found (RFC 3986 §2.1): guards and handlers see the same text.
    ///
    /// What is no UTF-8 becomes a character that no scope and no id can hold.
    pub(crate) fn decoded<'p>(found: impl Iterator<Item = (&'p str, &'p str)>) -> Self {
        let decode = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
        Self(found.map(|(name, text)| (name.to_owned(), decode(text))).collect())
    }

    /// Returns a value by the name of its placeholder.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// The same, for a handler whose route has the placeholder.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

const LONGEST_BODY: usize = 16 * 1024;
