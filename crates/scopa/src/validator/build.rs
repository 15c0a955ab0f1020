use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::ConfigError;
use crate::claim_path::ClaimPath;
use crate::clock::Clock;
use crate::key::Algorithm;
use crate::kind::RefusalKind;
use crate::rules::Profile;
use crate::scope::Hierarchy;

use super::sources::{Others, Sources};

const DEFAULT_LEEWAY: Duration = Duration::from_secs(30);

/// Sets up a [`Validator`](crate::Validator). The required decisions are taken at the start; everything here has a
/// safe default but the keys.
///
/// ```
/// use std::time::Duration;
/// use scopa::{Algorithm, KeySet, Validator};
///
/// # let jwks = scopa_testing::TestIssuer::new().jwks();
/// let validator = Validator::builder("https://id.example.com", "https://api.example.com")
///     .keys(KeySet::from_jwks(&jwks)?)
///     .algorithms([Algorithm::ES256, Algorithm::RS256])
///     .leeway(Duration::from_secs(10))
///     .scope_claim("scp")
///     .build()?;
///
/// let error = Validator::builder("https://id.example.com", "").keys(KeySet::from_jwks(&jwks)?).build().unwrap_err();
/// assert_eq!(error.setting(), "audience");
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct ValidatorBuilder {
    pub(super) issuer: String,
    pub(super) audiences: Vec<String>,
    pub(super) skip_audience: bool,
    pub(super) sources: Sources,
    pub(super) algorithms: Option<Vec<Algorithm>>,
    pub(super) leeway: Duration,
    pub(super) max_age: Option<Duration>,
    pub(super) profile: Profile,
    pub(super) scope_claim: ClaimPath,
    pub(super) permission_claim: Option<ClaimPath>,
    pub(super) client_claim: Option<String>,
    pub(super) clients: Option<Vec<String>>,
    pub(super) required: Vec<(ClaimPath, Vec<String>)>,
    pub(super) hierarchy: Option<Hierarchy>,
    pub(super) realm: Option<String>,
    pub(super) resource_metadata: Option<String>,
    pub(super) statuses: Vec<(RefusalKind, u16)>,
    pub(super) clock: Option<Arc<dyn Clock>>,
    pub(super) others: Others,
    /// A mistake in what a preset was given.
    pub(super) fault: Option<ConfigError>,
}

impl ValidatorBuilder {
    pub(super) fn new(issuer: String, audience: String) -> Self {
        Self {
            issuer,
            audiences: vec![audience],
            skip_audience: false,
            sources: Sources::default(),
            algorithms: None,
            leeway: DEFAULT_LEEWAY,
            max_age: None,
            profile: Profile::Compatible,
            scope_claim: ClaimPath::from("scope"),
            permission_claim: None,
            client_claim: None,
            clients: None,
            required: Vec::new(),
            hierarchy: None,
            realm: None,
            resource_metadata: None,
            statuses: Vec::new(),
            clock: None,
            others: Others::default(),
            fault: None,
        }
    }

    /// Accepts tokens for another identifier of this API, too: any one of ours is enough (RFC 7519 §4.1.3).
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Accepts these algorithms only. By default all asymmetric ones, or those of the shared secret.
    ///
    /// A key is tied to its own algorithm besides: the list narrows, it never widens (RFC 8725 §3.1).
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = Some(algorithms.into_iter().collect());
        self
    }

    /// Sets how far clocks may be apart, for `exp`, `nbf` and `iat`. 30 s by default, 300 s at most.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Refuses tokens that were issued longer ago than this, and those without `iat`. Off by default.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Demands the whole profile of RFC 9068: `typ` `at+jwt` and all seven required claims.
    ///
    /// By default `typ` may also be absent or `JWT`, and only `iss`, `aud` and `exp` are demanded: most identity
    /// providers send no more. ID tokens are refused either way.
    pub fn rfc9068(mut self) -> Self {
        self.profile = Profile::Rfc9068;
        self
    }

    /// Judges assertions by which a client authenticates (RFC 7523 §3), instead of access tokens: for an authorization server, whose
    /// validator has the client as `issuer`, itself as `audience`, and the client's keys.
    ///
    /// `typ` may be absent, `JWT` or `client-authentication+jwt`. That `sub` is the client and that `jti` is new, the server checks.
    ///
    /// ```
    /// # use scopa::Validator;
    /// # let client = scopa_testing::TestIssuer::new();
    /// # let keys = scopa::KeySet::from_jwks(&client.jwks())?;
    /// let validator = Validator::builder("s6BhdRkqt3", "https://id.example.com").keys(keys).client_assertions();
    /// # let validator = validator.clock(client.clock()).build()?;
    /// # let assertion = client.token().issuer("s6BhdRkqt3").audience("https://id.example.com");
    /// let accepts = |assertion: scopa_testing::TokenBuilder| {
    ///     validator.authenticate([assertion.bearer().as_bytes()]).now_or_later().unwrap().is_ok()
    /// };
    /// assert!(accepts(assertion.clone().header("typ", "client-authentication+jwt")));
    /// assert!(!accepts(assertion.header("typ", "at+jwt")));
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn client_assertions(mut self) -> Self {
        self.profile = Profile::ClientAssertion;
        self
    }

    /// Reads the scopes from this claim, instead of `scope`: `scp`, `permissions`, `realm_access.roles`.
    ///
    /// A string separated by spaces, or an array of strings. Only this claim is read, never the union of two.
    pub fn scope_claim(mut self, claim: impl Into<ClaimPath>) -> Self {
        self.scope_claim = claim.into();
        self
    }

    /// Reads permissions from this claim. Without it a token holds none.
    pub fn permission_claim(mut self, claim: impl Into<ClaimPath>) -> Self {
        self.permission_claim = Some(claim.into());
        self
    }

    /// Reads the client from this claim, instead of `client_id` or else `azp`: `cid`, `appid`.
    pub fn client_claim(mut self, name: impl Into<String>) -> Self {
        self.client_claim = Some(name.into());
        self
    }

    /// Accepts tokens of these clients only, as [`client_claim`](Self::client_claim) says who that is.
    pub fn clients(mut self, clients: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.clients = Some(clients.into_iter().map(Into::into).collect());
        self
    }

    /// Accepts tokens only in which this claim has one of these values, or lists one of them.
    ///
    /// ```
    /// # let issuer = scopa_testing::TestIssuer::new();
    /// let auth = issuer.validator().require_claim("token_use", ["access"]).build()?;
    /// let accepts = |token: scopa_testing::TokenBuilder| {
    ///     auth.authenticate([token.bearer().as_bytes()]).now_or_later().unwrap().is_ok()
    /// };
    /// assert!(accepts(issuer.token().claim("token_use", "access")));
    /// assert!(!accepts(issuer.token()));
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn require_claim(
        mut self,
        claim: impl Into<ClaimPath>,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.required.push((claim.into(), values.into_iter().map(Into::into).collect()));
        self
    }

    /// Sets the declared scopes. Without it every scope stands for itself, and any may be asked for.
    pub fn hierarchy(mut self, hierarchy: Hierarchy) -> Self {
        self.hierarchy = Some(hierarchy);
        self
    }

    /// Names the protection space in every challenge (`realm`, RFC 9110 §11.5).
    pub fn realm(mut self, name: impl Into<String>) -> Self {
        self.realm = Some(name.into());
        self
    }

    /// Names the metadata document of this API in every challenge (`resource_metadata`, RFC 9728 §5.1).
    pub fn resource_metadata(mut self, url: impl Into<String>) -> Self {
        self.resource_metadata = Some(url.into());
        self
    }

    /// Answers a class of refusals with another status, 400 to 599. Challenge and body stay.
    ///
    /// For APIs that promised something else than RFC 6750 §3.1, such as 401 for a missing scope.
    pub fn status(mut self, kind: RefusalKind, status: u16) -> Self {
        self.statuses.push((kind, status));
        self
    }

    /// Sets the clock that tokens are judged by; for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Accepts tokens that were issued for any API.
    ///
    /// # Security
    /// A token that a caller gave to another service then opens this one (RFC 9700 §4.8, §4.9). Only for issuers
    /// that write no audience, and with an issuer that serves this API alone. With a further
    /// [`audience`](Self::audience), at which nobody would look, `build` fails.
    pub fn dangerously_skip_audience(mut self) -> Self {
        self.skip_audience = true;
        self
    }

    /// Takes ID tokens, too, for issuers whose access tokens nobody else can read, or look the same.
    pub(crate) fn accept_id_tokens(mut self) -> Self {
        self.profile = Profile::IdToken;
        self
    }

    /// Lets `build` fail with what is wrong with the arguments of a preset, under the preset's name.
    pub(crate) fn checked(mut self, preset: &'static str, arguments: Result<(), String>) -> Self {
        self.fault = arguments.err().map(|why| ConfigError::new(preset, why));
        self
    }
}

impl fmt::Debug for ValidatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidatorBuilder")
            .field("issuer", &self.issuer)
            .field("audiences", &self.audiences)
            .finish_non_exhaustive()
    }
}
