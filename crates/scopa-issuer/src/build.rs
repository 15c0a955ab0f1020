use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use http::Uri;
use scopa::{Clock, ConfigError, Hierarchy, SystemClock, Validator};

use crate::authenticate::ClientAuthentication;
use crate::client::TokenFormat;
use crate::crypto::DigestKey;
use crate::endpoint::metadata_paths;
use crate::endpoints::Endpoints;
use crate::inner::Inner;
use crate::issuer::Issuer;
use crate::key::SigningKeys;
use crate::login::Login;
use crate::own_keys::OwnKeys;
use crate::param::BodyTypes;
use crate::scope::ScopeRules;
use crate::store::Store;
use crate::token::{Mint, TokenShape};

/// Settings of an [`Issuer`]. What is not set has a safe default.
///
/// ```
/// use std::time::Duration;
/// use scopa::{Algorithm, Hierarchy};
/// use scopa_issuer::{DigestKey, Issuer, MemoryStore, SigningKey, SigningKeys};
///
/// let issuer = Issuer::builder("https://id.example.com", MemoryStore::new(), DigestKey::generate()?)
///     .audience("https://api.example.com")
///     .signing_keys(SigningKeys::new(SigningKey::generate(Algorithm::ES256)?))
///     .hierarchy(Hierarchy::builder().scopes(["read"]).build()?)
///     .access_lifetime(Duration::from_secs(600))
///     .build()?;
/// assert_eq!(issuer.identifier(), "https://id.example.com");
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[must_use = "an issuer is made by `build`"]
pub struct IssuerBuilder {
    identifier: String,
    store: Arc<dyn Store>,
    digest_key: DigestKey,
    endpoints: Endpoints,
    signing_keys: Option<SigningKeys>,
    clock: Arc<dyn Clock>,
    login: Option<Box<dyn Login>>,
    hierarchy: Hierarchy,
    at_most_one: Vec<String>,
    audience: Vec<String>,
    token_type: String,
    token_shape: TokenShape,
    token_format: TokenFormat,
    access_lifetime: Duration,
    longest_lifetime: Option<Duration>,
    refresh_lifetime: Duration,
    refresh_grace: Duration,
    body_types: BodyTypes,
    body_limit: usize,
    proxies: Vec<IpAddr>,
}

impl IssuerBuilder {
    pub(crate) fn new(identifier: String, store: Arc<dyn Store>, digest_key: DigestKey) -> Self {
        Self {
            identifier,
            store,
            digest_key,
            endpoints: Endpoints::default(),
            signing_keys: None,
            clock: Arc::new(SystemClock),
            login: None,
            hierarchy: Hierarchy::default(),
            at_most_one: Vec::new(),
            audience: Vec::new(),
            token_type: "Bearer".into(),
            token_shape: TokenShape::default(),
            token_format: TokenFormat::default(),
            access_lifetime: HOUR,
            longest_lifetime: None,
            refresh_lifetime: 30 * DAY,
            refresh_grace: Duration::ZERO,
            body_types: BodyTypes::default(),
            body_limit: 16 * 1024,
            proxies: Vec::new(),
        }
    }

    /// Sets the keys that sign tokens. Without any, all tokens are opaque, and [`token_format`](Self::token_format) must say so.
    pub fn signing_keys(mut self, keys: SigningKeys) -> Self {
        self.signing_keys = Some(keys);
        self
    }

    /// Sets the scopes that there are, and what they include. Without, each stands for itself and any may be given to a client.
    pub fn hierarchy(mut self, hierarchy: Hierarchy) -> Self {
        self.hierarchy = hierarchy;
        self
    }

    /// Lets one token hold one scope at most of those that this declared one stands for, as of a template: `team_{id}`.
    ///
    /// A scope that includes one of them counts under its own name: name that, too.
    pub fn at_most_one(mut self, declared: impl Into<String>) -> Self {
        self.at_most_one.push(declared.into());
        self
    }

    /// Adds an API that tokens are for (`aud`), as it calls itself: a client names one with `resource` (RFC 8707), or gets all.
    ///
    /// A client may have APIs of its own instead.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience.push(audience.into());
        self
    }

    /// Lets people sign in and consent: adds the authorization endpoint, and the grants `authorization_code` and
    /// `refresh_token`.
    pub fn login(mut self, login: impl Login) -> Self {
        self.login = Some(Box::new(login));
        self
    }

    /// Sets where the endpoints are.
    pub fn endpoints(mut self, endpoints: Endpoints) -> Self {
        self.endpoints = endpoints;
        self
    }

    /// Names the addresses that your reverse proxies ask from: of what comes from there, the caller is whom `X-Real-IP` names.
    /// Without, the caller is who connects, so behind a proxy all callers are one.
    ///
    /// # Security
    /// The proxy must write the field over whatever the caller sent: nginx by `proxy_set_header X-Real-IP $remote_addr;`. See
    /// [`CallerAddress`](crate::CallerAddress).
    pub fn behind_proxy(mut self, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        self.proxies.extend(addresses);
        self
    }

    /// Takes bodies of JSON, too: one object, of texts.
    pub fn accept_json(mut self) -> Self {
        self.body_types.json = true;
        self
    }

    /// Takes bodies of `multipart/form-data`, too (RFC 7578), without files.
    pub fn accept_multipart(mut self) -> Self {
        self.body_types.multipart = true;
        self
    }

    /// Sets the longest body that is read, in bytes: 16 KiB by default.
    pub fn body_limit(mut self, limit: usize) -> Self {
        self.body_limit = limit;
        self
    }

    /// Sets how `token_type` is written in answers: `Bearer` or, as some systems do, `bearer`.
    pub fn token_type(mut self, token_type: impl Into<String>) -> Self {
        self.token_type = token_type.into();
        self
    }

    /// Sets the header and claims of signed tokens: those of RFC 9068 by default.
    pub fn token_shape(mut self, shape: TokenShape) -> Self {
        self.token_shape = shape;
        self
    }

    /// Sets whether tokens are signed, the default, or opaque. A client may differ.
    pub fn token_format(mut self, format: TokenFormat) -> Self {
        self.token_format = format;
        self
    }

    /// Sets how long access tokens are good: an hour by default. A client may differ.
    pub fn access_lifetime(mut self, lifetime: Duration) -> Self {
        self.access_lifetime = lifetime;
        self
    }

    /// Sets how long a signed token of any client is good at most, and so for how long a retired key is published: a day by
    /// default, or the access lifetime, if that is longer.
    pub fn longest_access_lifetime(mut self, lifetime: Duration) -> Self {
        self.longest_lifetime = Some(lifetime);
        self
    }

    /// Sets how long a refresh token is good that is not used: 30 days by default. A client may differ.
    ///
    /// Never for less than the access token that came with it. Each use begins the time anew: there is no end beyond which a
    /// person must consent again.
    pub fn refresh_lifetime(mut self, lifetime: Duration) -> Self {
        self.refresh_lifetime = lifetime;
        self
    }

    /// Lets a refresh token that was just used be used again for this long, with the same successor: for clients that lose answers. None
    /// by default, and a minute at most: a thief who is as quick is not noticed.
    pub fn refresh_grace(mut self, grace: Duration) -> Self {
        self.refresh_grace = grace;
        self
    }

    /// Sets the clock; for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Makes the issuer. Reaches for neither store nor network.
    ///
    /// # Errors
    /// Names the setting that is wrong, and what would be right.
    pub fn build(self) -> Result<Issuer, ConfigError> {
        let (origin, path) = checked_identifier(&self.identifier)?;
        let metadata_paths = metadata_paths(&path);
        self.endpoints.check(&metadata_paths, self.login.is_some())?;
        self.check_settings()?;
        let longest_lifetime = self.longest_lifetime.unwrap_or_else(|| self.access_lifetime.max(DAY));
        let mint = self.signing_keys.map(|keys| Mint::new(keys, self.token_shape)).transpose()?;
        let signs = mint.is_some();
        let mint = Arc::new(ArcSwapOption::from_pointee(mint));
        let own_keys = OwnKeys::new(&mint, &self.clock, longest_lifetime.as_secs());
        let own_tokens = signs
            .then(|| {
                let validator =
                    Validator::builder(&self.identifier, &self.identifier).dangerously_skip_audience();
                own_keys.trusted_by(validator).leeway(Duration::ZERO).build()
            })
            .transpose()?;
        let token_endpoint = format!("{origin}{}", self.endpoints.token);
        let authentication = ClientAuthentication::new(
            self.store.clone(),
            self.digest_key.clone(),
            self.clock.clone(),
            vec![self.identifier.clone(), token_endpoint],
        );
        let inner = Inner {
            metadata_paths,
            identifier: self.identifier,
            origin,
            endpoints: self.endpoints,
            store: self.store,
            digest_key: self.digest_key,
            mint,
            own_keys,
            clock: self.clock,
            authentication,
            login: self.login,
            scopes: ScopeRules { hierarchy: self.hierarchy, at_most_one: self.at_most_one },
            audience: self.audience,
            token_type: self.token_type,
            token_format: self.token_format,
            access_lifetime: self.access_lifetime.as_secs(),
            longest_lifetime: longest_lifetime.as_secs(),
            refresh_lifetime: self.refresh_lifetime.as_secs(),
            refresh_grace: self.refresh_grace.as_secs(),
            body_types: self.body_types,
            body_limit: self.body_limit,
            proxies: self.proxies,
            own_tokens,
        };
        Ok(Issuer { inner: Arc::new(inner) })
    }

    fn check_settings(&self) -> Result<(), ConfigError> {
        let wrong = |setting: &'static str, problem: &str| Err(ConfigError::new(setting, problem));
        if self.signing_keys.is_none() && self.token_format == TokenFormat::Jwt {
            return wrong(
                "signing_keys",
                "no key to sign with; give `.signing_keys(SigningKeys::new(SigningKey::generate(Algorithm::ES256)?))`, or `.token_format(TokenFormat::Opaque)`",
            );
        }
        if self.audience.is_empty() || self.audience.iter().any(String::is_empty) {
            return wrong(
                "audience",
                "say for which API tokens are: `.audience(\"https://api.example.com\")`",
            );
        }
        if !self.token_type.eq_ignore_ascii_case("Bearer") {
            return wrong("token_type", "tokens are bearer tokens; write `Bearer` or `bearer`");
        }
        for (setting, lifetime) in [
            ("access_lifetime", self.access_lifetime),
            ("refresh_lifetime", self.refresh_lifetime),
            ("longest_access_lifetime", self.longest_lifetime.unwrap_or(DAY)),
        ] {
            if lifetime.as_secs() == 0 || lifetime > 3653 * DAY {
                return wrong(setting, "give a second at least, and ten years at most");
            }
        }
        if self.longest_lifetime.is_some_and(|longest| longest < self.access_lifetime) {
            return wrong("longest_access_lifetime", "give at least the access lifetime");
        }
        if self.refresh_grace > Duration::from_secs(60) {
            return wrong("refresh_grace", "give a minute at most: within it a theft is not noticed");
        }
        if !(1024..=1024 * 1024).contains(&self.body_limit) {
            return wrong("body_limit", "give 1024 bytes at least, and 1048576 at most");
        }
        for name in &self.at_most_one {
            if !self.hierarchy.scopes().any(|scope| scope == name) {
                let problem = format!("`{}` is not declared by the hierarchy", name.escape_debug());
                return wrong("at_most_one", &problem);
            }
        }
        Ok(())
    }
}

impl fmt::Debug for IssuerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerBuilder").field("identifier", &self.identifier).finish_non_exhaustive()
    }
}

/// Checks an issuer identifier (RFC 8414 §2), and returns its origin and its path.
fn checked_identifier(identifier: &str) -> Result<(String, String), ConfigError> {
    let wrong = |why: &str| {
        let problem = format!("`{}` {why}; write it as `https://id.example.com`", identifier.escape_debug());
        ConfigError::new("issuer", problem)
    };
    let uri: Uri = identifier.parse().map_err(|_| wrong("is not a URL"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(wrong("is not a URL"));
    };
    let is_loopback_v4 = |host: &str| host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    let is_loopback =
        authority.host() == "localhost" || authority.host() == "[::1]" || is_loopback_v4(authority.host());
    if scheme != "https" && !(scheme == "http" && is_loopback) {
        return Err(wrong("is not `https`, and not on the loopback interface"));
    }
    if identifier.contains(['?', '#', '@']) {
        return Err(wrong("has a query, a fragment or a user"));
    }
    let path = uri.path().trim_end_matches('/');
    Ok((format!("{scheme}://{authority}"), path.to_owned()))
}

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
