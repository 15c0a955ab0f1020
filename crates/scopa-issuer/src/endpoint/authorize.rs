use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode};

use super::redirect_uri;
use crate::answer::{self, Answer};
use crate::client::{Client, GrantType, is_id};
use crate::error::{ErrorCode, OAuthError};
use crate::inner::Inner;
use crate::login::{AuthorizationRequest, Decision};
use crate::param::{BodyTypes, Params};

impl Inner {
    /// Answers a browser at the authorization endpoint (RFC 6749 §3.1).
    pub(super) async fn authorize(&self, request: &Request<Bytes>) -> Answer {
        if !matches!(*request.method(), Method::GET | Method::POST) {
            return answer::method_not_allowed("GET, POST");
        }
        match self.told_to(request).await {
            Ok((client, reply, query)) => self.authorize_for(request, client, reply, &query).await,
            // RFC 6749 §4.1.2.1: as long as nobody knows where the answer may go, it goes nowhere.
            Err(error) => answer::error_page(&error),
        }
    }

    /// Finds out who asks, and where the answer goes.
    async fn told_to<'r>(
        &self,
        request: &'r Request<Bytes>,
    ) -> Result<(Arc<Client>, Reply<'_>, Cow<'r, str>), OAuthError> {
        if request.body().len() > self.body_limit {
            return Err(OAuthError::new(ErrorCode::TooLarge, "the body is too large"));
        }
        let query = asked(request)?;
        let to = Params::some_of_query(&query, &["client_id", "redirect_uri"])?;
        let id = to.get("client_id").ok_or(UNKNOWN_CLIENT)?;
        // What is no id is not looked for: a store may not even be able to hold it.
        if !is_id(id) {
            return Err(UNKNOWN_CLIENT);
        }
        let client = self.store.client(id).await?.ok_or(UNKNOWN_CLIENT)?;
        if !client.draft.grants.contains(&GrantType::AuthorizationCode) {
            return Err(UNKNOWN_CLIENT);
        }
        let redirect_uri = redirect_uri::chosen(&client.draft, to.get("redirect_uri"))?.to_owned();
        let state = Params::some_of_query(&query, &["state"]).unwrap_or_default();
        let reply = Reply {
            redirect_uri,
            state: state.get("state").map(str::to_owned),
            issuer: &self.identifier,
            status: if request.method() == Method::GET { StatusCode::FOUND } else { StatusCode::SEE_OTHER },
        };
        Ok((client, reply, query))
    }

    async fn authorize_for(
        &self,
        request: &Request<Bytes>,
        client: Arc<Client>,
        reply: Reply<'_>,
        query: &str,
    ) -> Answer {
        let checked = Params::from_query(query).and_then(|params| {
            let (scopes, audience) = self.checked(&client, &params)?;
            Ok(AuthorizationRequest {
                client,
                redirect_uri: reply.redirect_uri.clone(),
                scopes,
                audience,
                params,
                query: query.to_owned(),
            })
        });
        let asked = match checked {
            Ok(asked) => asked,
            Err(error) => return reply.refused(&error),
        };
        let Some(login) = &self.login else { return answer::empty(StatusCode::NOT_FOUND) };
        match login.decide(request, &asked).await {
            Decision::Show(page) => answer::shielded(page),
            Decision::Deny => reply.refused(&ACCESS_DENIED),
            Decision::Unavailable => reply.refused(&OAuthError::unavailable()),
            Decision::Approve(approval) => match self.code_for(&asked, approval).await {
                Ok(code) => reply.code(&code),
                Err(error) => reply.refused(&error),
            },
        }
    }

    /// Checks what the client asks for, once it is known where to tell it.
    fn checked(&self, client: &Client, params: &Params) -> Result<(scopa::Scopes, Vec<String>), OAuthError> {
        match params.get("response_type") {
            Some("code") => {}
            None => return Err(OAuthError::new(ErrorCode::InvalidRequest, "`response_type` is missing")),
            // RFC 9700 §2.1.2: no implicit grant.
            Some(_) => {
                return Err(OAuthError::new(ErrorCode::UnsupportedResponseType, "only `code` is offered"));
            }
        }
        if params.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err(OAuthError::new(
                ErrorCode::InvalidRequest,
                "only the response mode `query` is offered",
            ));
        }
        // RFC 7636 §4.3, RFC 9700 §2.1.1: always, and `plain`, which a request without a method means, is no protection.
        if params.get("code_challenge_method") != Some("S256")
            || !params.get("code_challenge").is_some_and(is_challenge)
        {
            return Err(OAuthError::new(ErrorCode::InvalidRequest, "PKCE with S256 is required"));
        }
        let scopes = self.scopes.choose(&client.draft, params.get("scope"))?;
        Ok((scopes, self.audience(&client.draft, params)?))
    }
}

/// Returns the parameters of the request, still encoded: its query or, where that is empty, the form that was sent (RFC 6749 §3.1). With a
/// query, a form is the page's own.
fn asked(request: &Request<Bytes>) -> Result<Cow<'_, str>, OAuthError> {
    match request.uri().query() {
        Some(query) if !query.is_empty() => Ok(query.into()),
        _ if request.method() == Method::POST => {
            Params::from_body(request.headers(), request.body(), BodyTypes::default())?;
            Ok(String::from_utf8_lossy(request.body()))
        }
        _ => Ok("".into()),
    }
}

/// Where the answer to an authorization request goes, and what every answer says.
struct Reply<'i> {
    redirect_uri: String,
    state: Option<String>,
    issuer: &'i str,
    status: StatusCode,
}

impl Reply<'_> {
    fn code(&self, code: &str) -> Answer {
        self.to(&[("code", code)])
    }

    fn refused(&self, error: &OAuthError) -> Answer {
        self.to(&[("error", error.code.as_str()), ("error_description", error.description)])
    }

    fn to(&self, params: &[(&str, &str)]) -> Answer {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(params);
        if let Some(state) = &self.state {
            query.append_pair("state", state);
        }
        // RFC 9207 §2: so that a client of several issuers knows whose answer it is, in errors, too.
        query.append_pair("iss", self.issuer);
        let joint = if self.redirect_uri.contains('?') { '&' } else { '?' };
        match HeaderValue::try_from(format!("{}{joint}{}", self.redirect_uri, query.finish())) {
            Ok(location) => answer::redirect(self.status, location),
            // Registered addresses are visible ASCII.
            Err(_) => answer::error_page(&UNKNOWN_CLIENT),
        }
    }
}

/// Says whether this can be the base64url of a SHA-256 (RFC 7636 §4.2).
fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

const UNKNOWN_CLIENT: OAuthError =
    OAuthError::new(ErrorCode::InvalidRequest, "the application is unknown, or may not send people here");

const ACCESS_DENIED: OAuthError = OAuthError::new(ErrorCode::AccessDenied, "access was not granted");
