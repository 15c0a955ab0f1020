use std::time::Duration;

use scopa::Scopes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Asked, Choice, Claims, Confidentiality, GrantType, TokenFormat, optional_scopes_text, scopes_text,
    seconds,
};

/// What a client will be: of which kind, and what it may have.
///
/// ```
/// use std::time::Duration;
/// use scopa_issuer::ClientDraft;
///
/// // A program that asks for itself.
/// let uploader = ClientDraft::machine("CI uploader").scopes("symbols".parse()?).exactly_one_scope().claim("database", "Fred");
/// // A web application: people sign in, it keeps a secret.
/// let terminal = ClientDraft::web("terminal", ["http://localhost:9876/callback"]).scopes("api api:v1".parse()?);
/// // An application in the hands of its user: it cannot keep one.
/// let phone = ClientDraft::public("phone", ["com.example.app:/callback"]).access_lifetime(Duration::from_secs(600));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[must_use = "a draft is no client until `Clients::create`"]
pub struct ClientDraft {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) confidentiality: Confidentiality,
    pub(crate) grants: Vec<GrantType>,
    #[serde(default)]
    pub(crate) redirect_uris: Vec<String>,
    #[serde(with = "scopes_text")]
    pub(crate) scopes: Scopes,
    /// `None`: all of `scopes`. Empty: a request without `scope` is refused.
    #[serde(default, with = "optional_scopes_text")]
    pub(crate) default_scopes: Option<Scopes>,
    #[serde(default)]
    pub(crate) choice: Choice,
    #[serde(default)]
    pub(crate) asked: Asked,
    #[serde(default)]
    pub(crate) audience: Vec<String>,
    #[serde(default)]
    pub(crate) format: Option<TokenFormat>,
    #[serde(default)]
    pub(crate) access_lifetime: Option<u64>,
    #[serde(default)]
    pub(crate) refresh_lifetime: Option<u64>,
    /// A JWK Set of the client's public keys: it signs assertions instead of showing a secret.
    #[serde(default)]
    pub(crate) jwks: Option<Value>,
    #[serde(default)]
    pub(crate) claims: Claims,
    /// What the host knows of the client; no token says it.
    #[serde(default)]
    pub(crate) metadata: Claims,
}

impl ClientDraft {
    /// Starts a confidential client that asks for itself: `client_credentials`.
    pub fn machine(name: impl Into<String>) -> Self {
        Self::new(name, Confidentiality::Confidential, [GrantType::ClientCredentials].into())
    }

    /// Starts a confidential client that people send tokens to: `authorization_code` and `refresh_token`, and the
    /// addresses that codes may go to (RFC 6749 §3.1.2).
    ///
    /// Addresses are compared byte for byte (RFC 9700 §4.1.3); only of a loopback address the port may differ (RFC 8252 §7.3).
    pub fn web(name: impl Into<String>, redirect_uris: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let grants = [GrantType::AuthorizationCode, GrantType::RefreshToken].into();
        Self::new(name, Confidentiality::Confidential, grants).redirecting(redirect_uris)
    }

    /// Starts a client that cannot keep a secret, in a browser or on a phone: as [`web`](Self::web), without one.
    pub fn public(
        name: impl Into<String>,
        redirect_uris: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let grants = [GrantType::AuthorizationCode, GrantType::RefreshToken].into();
        Self::new(name, Confidentiality::Public, grants).redirecting(redirect_uris)
    }

    /// Starts the client that stands for the host itself: it has no secret, and nobody can ask for tokens as it. The host gives them
    /// out, to people whom it has signed in ([`Issuer::issue`](crate::Issuer::issue)).
    pub fn host(name: impl Into<String>) -> Self {
        Self::new(name, Confidentiality::Public, Vec::new())
    }

    fn new(name: impl Into<String>, confidentiality: Confidentiality, grants: Vec<GrantType>) -> Self {
        Self {
            name: name.into(),
            confidentiality,
            grants,
            redirect_uris: Vec::new(),
            scopes: Scopes::default(),
            default_scopes: None,
            choice: Choice::Any,
            asked: Asked::Heard,
            audience: Vec::new(),
            format: None,
            access_lifetime: None,
            refresh_lifetime: None,
            jwks: None,
            claims: Claims::new(),
            metadata: Claims::new(),
        }
    }

    fn redirecting(mut self, redirect_uris: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.redirect_uris = redirect_uris.into_iter().map(Into::into).collect();
        self
    }

    /// Sets which grants it may use, instead of those of its kind.
    pub fn grants(mut self, grants: impl IntoIterator<Item = GrantType>) -> Self {
        self.grants = grants.into_iter().collect();
        self
    }

    /// Sets the most that its tokens may hold: what it asks for must be among these, or included by one of them.
    ///
    /// A template with its value (`team_7`) is for that value; with its placeholder (`team_{id}`), for any value.
    pub fn scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// Sets what a request without `scope` is given (RFC 6749 §3.3): by default all of its scopes. With none, such a
    /// request is refused with `invalid_scope`.
    pub fn default_scopes(mut self, scopes: Scopes) -> Self {
        self.default_scopes = Some(scopes);
        self
    }

    /// Demands that each token holds exactly one scope.
    pub fn exactly_one_scope(mut self) -> Self {
        self.choice = Choice::ExactlyOne;
        self
    }

    /// Gives the default scopes whatever the request asks for: for old programs that always send the same.
    pub fn ignore_requested_scope(mut self) -> Self {
        self.asked = Asked::Ignored;
        self
    }

    /// Adds an API that its tokens may be for (`aud`), to be chosen by `resource` (RFC 8707). Without any: those of the
    /// issuer.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience.push(audience.into());
        self
    }

    /// Sets how its access tokens look, instead of the issuer's way.
    pub fn token_format(mut self, format: TokenFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Sets how long its access tokens are good, to the second, up to ten years.
    pub fn access_lifetime(mut self, lifetime: Duration) -> Self {
        self.access_lifetime = Some(seconds(lifetime));
        self
    }

    /// Sets how long a refresh token is good that is not used, to the second, up to ten years.
    pub fn refresh_lifetime(mut self, lifetime: Duration) -> Self {
        self.refresh_lifetime = Some(seconds(lifetime));
        self
    }

    /// Lets it sign assertions with one of these keys (`private_key_jwt`, RFC 7523 §2.2) instead of showing a secret: a JWK Set
    /// (RFC 7517 §5) of public keys.
    pub fn jwks(mut self, jwks: Value) -> Self {
        self.jwks = Some(jwks);
        self
    }

    /// Adds a claim to its signed tokens, and to what introspection says of opaque ones. One that is for your service to read alone
    /// [`TokenShape::without`](crate::TokenShape::without) keeps out of signed tokens.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Adds what your service knows of the client, and tokens do not say: whose it is, or what it may do beside its scopes (client
    /// metadata, RFC 7591 §2). [`Client::metadata`](crate::Client::metadata) reads it.
    ///
    /// ```
    /// # futures_util::FutureExt::now_or_never(async {
    /// use scopa_issuer::{ClientDraft, DevIssuer};
    ///
    /// let dev = DevIssuer::new("http://127.0.0.1:9000", "https://api.example.com")?;
    /// let draft = ClientDraft::machine("nightly export").metadata("owner", "alice");
    /// let (client, _) = dev.issuer().clients().create(draft).await?;
    /// assert_eq!(client.metadata("owner").and_then(|owner| owner.as_str()), Some("alice"));
    /// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }
}
