use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use scopa::{BoxFuture, Scopes};
use serde_json::Value;

use crate::client::{Claims, Client};
use crate::param::Params;

/// Signs people in and asks for their consent: the part of an issuer that only its host can do.
///
/// Asked for every request to the authorization endpoint whose client and redirect address are right and that asks for something it may
/// have. It looks at the request for a session, and answers with a [`Decision`]: who consented, that nobody did, or a
/// page. A page sends its form to the address it came from, as POST with the same query
/// ([`AuthorizationRequest::query`]): then it is asked again, with the form as the body of the request.
///
/// # Security
/// The form must prove that this browser was shown this page ([`is_from_own_page`](crate::is_from_own_page), or a token against CSRF),
/// or others consent in the name of who is signed in. Against framing the issuer itself sends `frame-ancestors 'none'` with every page.
pub trait Login: Send + Sync + 'static {
    /// Decides about one authorization request.
    fn decide<'a>(
        &'a self,
        request: &'a Request<Bytes>,
        asked: &'a AuthorizationRequest,
    ) -> BoxFuture<'a, Decision>;
}

/// What a [`Login`] answers.
#[non_exhaustive]
pub enum Decision {
    /// Somebody is signed in and consents.
    Approve(Approval),
    /// Somebody refused: the client is told `access_denied`.
    Deny,
    /// A page is shown first.
    Show(Response<Bytes>),
    /// It cannot be decided now: the client is told `temporarily_unavailable`.
    Unavailable,
}

impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approve(approval) => f.debug_tuple("Approve").field(approval).finish(),
            Self::Deny => f.write_str("Deny"),
            Self::Show(page) => f.debug_tuple("Show").field(&page.status()).finish(),
            Self::Unavailable => f.write_str("Unavailable"),
        }
    }
}

/// A consent: whose, and to what. For a [`Decision`], or for [`Issuer::issue`](crate::Issuer::issue).
///
/// ```
/// use scopa_issuer::{Approval, Decision};
///
/// let all = Approval::new("alice");
/// let less = Approval::new("alice").scopes("api".parse()?).claim("team", "blue");
/// # let _ = (Decision::Approve(all), less);
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a consent counts as `Decision::Approve`, or for `Issuer::issue`"]
pub struct Approval {
    pub(crate) subject: String,
    pub(crate) scopes: Option<Scopes>,
    pub(crate) claims: Claims,
}

impl Approval {
    /// Consents to all that was asked for. `subject` is the one unchanging name of the person (`sub`), and not that of a client: an API
    /// would take the person for the client (RFC 9700 §4.15). The id of the client that asks is refused.
    pub fn new(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), scopes: None, claims: Claims::new() }
    }

    /// Consents to these scopes only. What was not asked for is not given.
    pub fn scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = Some(scopes);
        self
    }

    /// Adds a claim to the tokens. One that the issuer writes itself, or that tells an API what a token may do (`scope`, `scp`, `cnf`),
    /// is left out, and the log says so.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }
}

/// What a client asks a person for (RFC 6749 §4.1.1), checked: its client, its redirect address and its scopes are right.
#[derive(Debug)]
pub struct AuthorizationRequest {
    pub(crate) client: Arc<Client>,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Scopes,
    pub(crate) audience: Vec<String>,
    pub(crate) params: Params,
    pub(crate) query: String,
}

impl AuthorizationRequest {
    /// Returns who asks.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns where the answer will go.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Returns what is asked for.
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// Returns the APIs that it is asked for.
    pub fn audience(&self) -> impl Iterator<Item = &str> {
        self.audience.iter().map(String::as_str)
    }

    /// Returns the request as a query: what follows the `?` of the address that a page sends its form to.
    ///
    /// A client may have sent its request as a form, and then the address of that had none (RFC 6749 §3.1). It is text of a stranger:
    /// escape it in HTML.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Returns another parameter of the request, such as `login_hint` or `ui_locales`: text of a stranger.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.params.get(name)
    }
}
