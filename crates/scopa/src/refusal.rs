use std::error::Error;
use std::fmt;
use std::sync::Arc;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use crate::bearer::{LONGEST_TOKEN, NoToken};
use crate::challenge::Challenge;
use crate::invalid::quoted;
use crate::kind::RefusalKind;
use crate::realm::Realm;
use crate::scope::{Scopes, Verdict};
use crate::{ConfigError, InvalidToken};

/// What a caller is told when a request is not let through: one type for every adapter.
///
/// Knows its status, its `WWW-Authenticate` challenge and its body, and gives them as one
/// [`response`](Self::response). Its `Display` may be shown to strangers; its [`source`](Error::source) says what
/// was wrong with the token and is for logs. Nothing in the answer is taken from the token.
///
/// ```
/// use scopa::{Refusal, RefusalKind};
///
/// let refusal = Refusal::forbidden();
/// assert_eq!(refusal.kind(), RefusalKind::Forbidden);
/// assert_eq!(refusal.status(), 403);
/// assert_eq!(refusal.response().body(), r#"{"error":"forbidden","error_description":"not allowed for this caller"}"#);
/// ```
#[derive(Clone)]
pub struct Refusal {
    kind: RefusalKind,
    scope: Scopes,
    realm: Option<Arc<Realm>>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// Seconds after which a caller may try again when the keys are out of reach.
const RETRY_SECONDS: &str = "5";

impl Refusal {
    pub(crate) fn new(kind: RefusalKind, realm: &Arc<Realm>) -> Self {
        Self { kind, scope: Scopes::default(), realm: Some(realm.clone()), source: None }
    }

    pub(crate) fn invalid_token(why: InvalidToken, realm: &Arc<Realm>) -> Self {
        Self { source: Some(Arc::new(why)), ..Self::new(RefusalKind::InvalidToken, realm) }
    }

    pub(crate) fn no_token(why: NoToken, realm: &Arc<Realm>) -> Self {
        match why {
            NoToken::Missing => Self::new(RefusalKind::MissingToken, realm),
            NoToken::Malformed(why) => {
                Self { source: Some(detail(why)), ..Self::new(RefusalKind::InvalidRequest, realm) }
            }
            NoToken::BadCharacters => {
                Self::invalid_token(InvalidToken::NotAJwt("a character no token has"), realm)
            }
            NoToken::TooLong => Self::invalid_token(InvalidToken::TooLong(LONGEST_TOKEN), realm),
        }
    }

    pub(crate) fn unavailable(why: Box<dyn Error + Send + Sync>, realm: &Arc<Realm>) -> Self {
        Self { source: Some(why.into()), ..Self::new(RefusalKind::Unavailable, realm) }
    }

    /// Turns the outcome of a policy into an answer; what the token holds is for the log.
    pub(crate) fn from_verdict(verdict: Verdict, held: &Scopes, realm: &Arc<Realm>) -> Result<(), Self> {
        match verdict {
            Verdict::Granted => Ok(()),
            Verdict::Scopes(scope) => {
                let source = Some(detail(format!("the token holds `{}`", quoted(held.as_str()))));
                Err(Self { scope, source, ..Self::new(RefusalKind::InsufficientScope, realm) })
            }
            Verdict::Permission => Err(Self::new(RefusalKind::Forbidden, realm)),
            Verdict::Unbound(name) => Err(Self::misconfigured_by(format!(
                "the policy is bound to `{{{name}}}`, but the request gave no such value; name the path parameter `{name}`"
            ))),
        }
    }

    pub(crate) fn misconfigured_by(fix: impl ToString) -> Self {
        Self { source: Some(detail(fix.to_string())), kind: RefusalKind::Misconfigured, ..Self::forbidden() }
    }

    /// Makes the answer for a good token and an object that is not the caller's: 403 without a challenge.
    ///
    /// For handlers that know more than scopes say, such as the tenant that owns a record. With the caller at hand,
    /// [`Access::forbidden`](crate::Access::forbidden) keeps to the validator's own status.
    pub fn forbidden() -> Self {
        Self { kind: RefusalKind::Forbidden, scope: Scopes::default(), realm: None, source: None }
    }

    /// Makes the answer for a service that is set up wrongly: 500, and tells the log how to mend it.
    ///
    /// `fix` starts lower-case and says what to change.
    pub fn misconfigured(fix: impl Into<String>) -> Self {
        Self::misconfigured_by(fix.into()).log()
    }

    /// Returns the class of this refusal.
    pub fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// Returns the error code: one of RFC 6750 §3.1, or a word of ours where that has none.
    pub fn error(&self) -> Option<&'static str> {
        self.kind.error()
    }

    /// Returns the scopes that would do, all of them together, for `insufficient_scope`; otherwise none.
    pub fn scope(&self) -> &Scopes {
        &self.scope
    }

    /// Returns the status: the class's own, or what
    /// [`ValidatorBuilder::status`](crate::ValidatorBuilder::status) put in its place.
    pub fn status(&self) -> StatusCode {
        let changed =
            self.realm.iter().flat_map(|realm| &realm.statuses).find(|(kind, _)| *kind == self.kind);
        changed.map_or_else(|| self.kind.status(), |(_, status)| *status)
    }

    /// Returns the value of `WWW-Authenticate`: one `Bearer` challenge, its parameters separated by commas.
    ///
    /// `Forbidden`, `Unavailable` and `Misconfigured` have none: no other token could help.
    pub fn challenge(&self) -> Option<String> {
        if !self.kind.has_challenge() {
            return None;
        }
        let error = self.error();
        let description = error.map(|_| self.kind.description());
        let realm = self.realm.as_deref();
        let scope = (!self.scope.is_empty()).then_some(self.scope.as_str());
        let challenge = Challenge::bearer()
            .with("realm", realm.and_then(|realm| realm.name.as_deref()))
            .with("error", error)
            .with("error_description", description)
            .with("scope", scope)
            .with("resource_metadata", realm.and_then(|realm| realm.resource_metadata.as_deref()));
        Some(challenge.into_string())
    }

    /// Returns the whole answer: status, challenge, `Cache-Control: no-store`, and a JSON body
    /// `{"error", "error_description", "scope"}` without the members that have nothing to say.
    ///
    /// The refusal itself is in the response's extensions, for layers further out that write another body.
    pub fn response(&self) -> Response<String> {
        let mut response = Response::new(self.body());
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = self.challenge().and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if self.kind == RefusalKind::Unavailable {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS));
        }
        response.extensions_mut().insert(self.clone());
        response
    }

    fn body(&self) -> String {
        #[derive(Serialize)]
        struct Body<'r> {
            #[serde(skip_serializing_if = "Option::is_none")]
            error: Option<&'static str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            error_description: Option<&'static str>,
            #[serde(skip_serializing_if = "str::is_empty")]
            scope: &'r str,
        }
        let error = self.error();
        // RFC 6750 §3.1: a request without credentials is told nothing more.
        let error_description = error.map(|_| self.kind.description());
        serde_json::to_string(&Body { error, error_description, scope: self.scope.as_str() })
            .unwrap_or_default()
    }

    /// Tells the log: once for each refusal, with stable codes and no token.
    pub(crate) fn log(self) -> Self {
        let error = self.error().unwrap_or("missing_token");
        let reason = self.source().and_then(|source| source.downcast_ref()).map(InvalidToken::code);
        let detail = self.source().map(ToString::to_string);
        let scope = (!self.scope.is_empty()).then_some(self.scope.as_str());
        let status = self.status().as_u16();
        match self.kind {
            RefusalKind::MissingToken => {
                tracing::debug!(target: "scopa", { "error.type" = error, status }, "no credentials");
            }
            RefusalKind::Unavailable => {
                tracing::warn!(target: "scopa", { "error.type" = error, detail, status }, "cannot check the token now");
            }
            RefusalKind::Misconfigured => {
                tracing::error!(target: "scopa", { "error.type" = error, detail, status }, "service misconfigured");
            }
            _ => {
                tracing::info!(target: "scopa", { "error.type" = error, reason, detail, scope, status }, "request refused");
            }
        }
        self
    }
}

fn detail(text: impl Into<String>) -> Arc<dyn Error + Send + Sync> {
    Box::<dyn Error + Send + Sync>::from(text.into()).into()
}

impl From<ConfigError> for Refusal {
    /// Makes the answer for a mistake in the configuration that was found only now, and tells the log.
    fn from(error: ConfigError) -> Self {
        Self::misconfigured(error.to_string())
    }
}

impl<B: From<String>> From<Refusal> for Response<B> {
    /// Makes the [`response`](Refusal::response), so that a handler may use `?`.
    ///
    /// ```
    /// use http::Response;
    /// use scopa::{Access, Refusal};
    ///
    /// fn purge(caller: &Access) -> Result<Response<String>, Response<String>> {
    ///     caller.require("admin")?;
    ///     Ok(Response::new("purged".to_owned()))
    /// }
    /// let refused: Response<Vec<u8>> = Refusal::forbidden().into();
    /// assert_eq!(refused.status(), 403);
    /// # let _ = purge;
    /// ```
    fn from(refusal: Refusal) -> Self {
        refusal.response().map(B::from)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.description())
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Refusal");
        debug.field("kind", &self.kind).field("scope", &self.scope);
        debug.field("source", &self.source.as_ref().map(ToString::to_string)).finish_non_exhaustive()
    }
}

impl Error for Refusal {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
