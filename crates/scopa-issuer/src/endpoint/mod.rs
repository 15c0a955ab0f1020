//! What each endpoint does.

mod authorize;
mod client_credentials;
mod code;
mod consent;
mod introspect;
mod metadata;
mod redirect_uri;
mod refresh;
mod revoke;
mod target;
mod token;

use bytes::Bytes;
use http::{Method, Request, StatusCode};

use crate::answer::{self, Answer};
use crate::caller::CallerAddress;
use crate::error::{ErrorCode, OAuthError};
use crate::inner::Inner;
use crate::param::Params;

pub(crate) use consent::own_claims;
pub(crate) use metadata::metadata_paths;

/// An endpoint that clients send forms to, and authenticate at.
#[derive(Debug, Clone, Copy)]
enum Posted {
    Token,
    Introspection,
    Revocation,
}

impl Inner {
    /// Answers a request to any path.
    pub(crate) async fn respond(&self, request: &Request<Bytes>) -> Answer {
        let path = request.uri().path();
        let at = |endpoint: &Option<String>| endpoint.as_deref() == Some(path);
        if path == self.endpoints.token {
            self.posted(Posted::Token, request).await
        } else if at(&self.endpoints.introspection) {
            self.posted(Posted::Introspection, request).await
        } else if at(&self.endpoints.revocation) {
            self.posted(Posted::Revocation, request).await
        } else if self.login.is_some() && path == self.endpoints.authorize {
            self.authorize(request).await
        } else if self.publishes_keys() && path == self.endpoints.jwks {
            got(request.method(), || self.jwks())
        } else if self.metadata_paths.iter().any(|metadata| metadata == path) {
            got(request.method(), || self.metadata())
        } else {
            answer::empty(StatusCode::NOT_FOUND)
        }
    }

    async fn posted(&self, endpoint: Posted, request: &Request<Bytes>) -> Answer {
        // RFC 6749 §3.2, RFC 7662 §2.1, RFC 7009 §2.1: POST.
        if request.method() != Method::POST {
            return answer::method_not_allowed("POST");
        }
        match self.answer_posted(endpoint, request).await {
            Ok(answer) => answer,
            Err(error) => answer::refusal(&error),
        }
    }

    async fn answer_posted(&self, endpoint: Posted, request: &Request<Bytes>) -> Result<Answer, OAuthError> {
        if request.body().len() > self.body_limit {
            return Err(TOO_LARGE);
        }
        // Of the query nothing is read: credentials in it stand in logs (RFC 6749 §2.3.1).
        let params = Params::from_body(request.headers(), request.body(), self.body_types)?;
        if let Posted::Token = endpoint {
            // A request that asks for nothing is malformed, whoever sends it.
            required(&params, "grant_type", "`grant_type` is missing")?;
        }
        let address = CallerAddress::of(request, &self.proxies);
        let client = self.authentication.authenticate(request.headers(), &params, address).await?;
        match endpoint {
            Posted::Token => self.token(&client, &params).await,
            Posted::Introspection => self.introspect(&client, &params).await,
            Posted::Revocation => self.revoke(&client, &params).await,
        }
    }
}

/// Shows a document to GET, and its head to HEAD.
fn got(method: &Method, document: impl FnOnce() -> Answer) -> Answer {
    match *method {
        Method::GET => document(),
        Method::HEAD => document().map(|_| Bytes::new()),
        _ => answer::method_not_allowed("GET, HEAD"),
    }
}

/// Returns a parameter that must be there.
fn required<'p>(params: &'p Params, name: &str, missing: &'static str) -> Result<&'p str, OAuthError> {
    params.get(name).ok_or(OAuthError::new(ErrorCode::InvalidRequest, missing))
}

const TOO_LARGE: OAuthError = OAuthError::new(ErrorCode::TooLarge, "the body is too large");
