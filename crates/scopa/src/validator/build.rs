use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::ConfigError;
use crate::claims::ClaimPath;
use crate::clock::{Clock, SystemClock};
use crate::key::{Algorithm, Algorithms, KeySet, KeySource};
use crate::kind::RefusalKind;
use crate::realm::Realm;
use crate::rules::{Profile, Rules};
use crate::scope::Hierarchy;

use super::{Inner, Keys, Validator};

const DEFAULT_LEEWAY: Duration = Duration::from_secs(30);
const MOST_LEEWAY: Duration = Duration::from_secs(300);

/// Sets up a [`Validator`]. The required decisions are taken at the start; everything here has a safe default
/// but the keys.
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
    issuer: String,
    audiences: Vec<String>,
    skip_audience: bool,
    keys: Option<Keys>,
    algorithms: Option<Vec<Algorithm>>,
    leeway: Duration,
    max_age: Option<Duration>,
    profile: Profile,
    scope_claim: ClaimPath,
    permission_claim: Option<ClaimPath>,
    client_claim: Option<String>,
    hierarchy: Hierarchy,
    realm: Option<String>,
    resource_metadata: Option<String>,
    statuses: Vec<(RefusalKind, u16)>,
    clock: Arc<dyn Clock>,
}

impl ValidatorBuilder {
    pub(super) fn new(issuer: String, audience: String) -> Self {
        Self {
            issuer,
            audiences: vec![audience],
            skip_audience: false,
            keys: None,
            algorithms: None,
            leeway: DEFAULT_LEEWAY,
            max_age: None,
            profile: Profile::Compatible,
            scope_claim: ClaimPath::from("scope"),
            permission_claim: None,
            client_claim: None,
            hierarchy: Hierarchy::default(),
            realm: None,
            resource_metadata: None,
            statuses: Vec::new(),
            clock: Arc::new(SystemClock),
        }
    }

    /// Accepts tokens for another identifier of this API, too: any one of ours is enough (RFC 7519 §4.1.3).
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Sets the keys that tokens are verified with. Required, unless [`key_source`](Self::key_source) is given.
    pub fn keys(mut self, keys: KeySet) -> Self {
        self.keys = Some(Keys::Fixed(keys));
        self
    }

    /// Sets a source of keys that change while the service runs, in place of [`keys`](Self::keys).
    pub fn key_source(mut self, source: impl KeySource) -> Self {
        self.keys = Some(Keys::Source(Arc::new(source)));
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

    /// Sets the declared scopes. Without it every scope stands for itself, and any may be asked for.
    pub fn hierarchy(mut self, hierarchy: Hierarchy) -> Self {
        self.hierarchy = hierarchy;
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
        self.clock = Arc::new(clock);
        self
    }

    /// Accepts tokens that were issued for any API.
    ///
    /// # Security
    /// A token that a caller gave to another service then opens this one (RFC 9700 §4.8, §4.9). Only for issuers
    /// that write no audience, and with an issuer that serves this API alone.
    pub fn dangerously_skip_audience(mut self) -> Self {
        self.skip_audience = true;
        self
    }

    /// Checks the settings and makes the validator. Does no input or output.
    ///
    /// # Errors
    /// Names the setting that is wrong, and what would be right.
    pub fn build(self) -> Result<Validator, ConfigError> {
        let audiences = self.checked_audiences()?;
        if self.issuer.is_empty() || self.issuer.trim() != self.issuer {
            let issuer = self.issuer.escape_debug();
            return Err(ConfigError::new(
                "issuer",
                format!(
                    "`{issuer}` cannot be an issuer; give the very text of `iss`, such as `https://id.example.com`"
                ),
            ));
        }
        let Some(keys) = self.keys else {
            return Err(ConfigError::new(
                "keys",
                "no keys to verify with; give `.keys(KeySet::from_jwks(..)?)`, `from_pem` or `from_secret`",
            ));
        };
        let algorithms = chosen_algorithms(self.algorithms, &keys)?;
        if self.leeway > MOST_LEEWAY {
            return Err(ConfigError::new(
                "leeway",
                format!("{} s is too long; use at most {} s", self.leeway.as_secs(), MOST_LEEWAY.as_secs()),
            ));
        }
        for (setting, claim) in
            [("scope_claim", Some(&self.scope_claim)), ("permission_claim", self.permission_claim.as_ref())]
        {
            if claim.is_some_and(|claim| !claim.is_well_formed()) {
                return Err(ConfigError::new(
                    setting,
                    "a step of the path is empty; write it as `realm_access.roles`",
                ));
            }
        }
        if self.permission_claim.as_ref() == Some(&self.scope_claim) {
            return Err(ConfigError::new(
                "permission_claim",
                "is the scope claim; no scope may satisfy a permission",
            ));
        }
        if self.client_claim.as_deref() == Some("") {
            return Err(ConfigError::new("client_claim", "is empty; name the claim, such as `cid`"));
        }
        if self.max_age.is_some_and(|age| age.as_secs() == 0) {
            return Err(ConfigError::new(
                "max_age",
                "is under a second, which no token meets; use at least 1 s",
            ));
        }
        printable("realm", self.realm.as_deref())?;
        printable("resource_metadata", self.resource_metadata.as_deref())?;
        let rules = Rules {
            issuer: self.issuer,
            audiences,
            algorithms,
            leeway: self.leeway.as_secs(),
            max_age: self.max_age.map(|age| age.as_secs()),
            profile: self.profile,
            scope_claim: self.scope_claim,
            permission_claim: self.permission_claim,
            client_claims: self
                .client_claim
                .map_or_else(|| vec!["client_id".into(), "azp".into()], |name| vec![name]),
        };
        let mut realm = Realm::new(self.hierarchy);
        realm.name = self.realm;
        realm.resource_metadata = self.resource_metadata;
        realm.statuses = checked_statuses(&self.statuses)?;
        Ok(Validator { inner: Arc::new(Inner { realm: Arc::new(realm), rules, keys, clock: self.clock }) })
    }

    fn checked_audiences(&self) -> Result<Vec<String>, ConfigError> {
        if self.skip_audience {
            return Ok(Vec::new());
        }
        match self.audiences.iter().find(|audience| audience.is_empty() || audience.trim() != *audience) {
            None => Ok(self.audiences.clone()),
            Some(audience) => Err(ConfigError::new(
                "audience",
                format!(
                    "`{}` cannot be an audience; give the identifier that your issuer writes into `aud`, such as `https://api.example.com`",
                    audience.escape_debug()
                ),
            )),
        }
    }
}

fn chosen_algorithms(chosen: Option<Vec<Algorithm>>, keys: &Keys) -> Result<Algorithms, ConfigError> {
    let possible = match keys {
        Keys::Fixed(keys) => Some(keys.algorithms()),
        Keys::Source(_) => None,
    };
    let Some(chosen) = chosen else {
        return Ok(match possible {
            Some(possible) if possible.iter().any(Algorithm::is_hmac) => possible,
            _ => Algorithms::asymmetric(),
        });
    };
    let mut set = Algorithms::default();
    for algorithm in &chosen {
        set.insert(*algorithm);
    }
    // RFC 8725 §3.1 and the confusion of a public key with a secret: the two kinds never share a list.
    if set.iter().any(Algorithm::is_hmac) && !set.iter().all(Algorithm::is_hmac) {
        return Err(ConfigError::new(
            "algorithms",
            format!("{set}: secrets (HS*) and public keys cannot be mixed; build two validators"),
        ));
    }
    match possible {
        _ if chosen.is_empty() => Err(ConfigError::new(
            "algorithms",
            "the list is empty; name the algorithm of your issuer, such as `ES256`",
        )),
        Some(possible) if !set.iter().any(|algorithm| possible.contains(algorithm)) => {
            Err(ConfigError::new("algorithms", format!("no key can do {set}; the keys are for {possible}")))
        }
        _ => Ok(set),
    }
}

fn checked_statuses(statuses: &[(RefusalKind, u16)]) -> Result<Vec<(RefusalKind, StatusCode)>, ConfigError> {
    let check = |(kind, status): &(RefusalKind, u16)| match StatusCode::from_u16(*status) {
        _ if *kind == RefusalKind::Misconfigured => Err(ConfigError::new(
            "status",
            "a service that is set up wrongly always answers 500; mend what the log says",
        )),
        // RFC 9110 §15.5.2: a 401 carries a challenge.
        Ok(StatusCode::UNAUTHORIZED) if !kind.has_challenge() => Err(ConfigError::new(
            "status",
            format!("{kind:?} has no challenge, which 401 must have; use 403 or another"),
        )),
        Ok(code) if code.is_client_error() || code.is_server_error() => Ok((*kind, code)),
        _ => Err(ConfigError::new("status", format!("{status} for {kind:?} is no refusal; use 400 to 599"))),
    };
    // The last word on a class counts.
    statuses.iter().rev().map(check).collect()
}

fn printable(setting: &'static str, value: Option<&str>) -> Result<(), ConfigError> {
    match value {
        Some(value) if value.is_empty() || !value.chars().all(|c| matches!(c, ' '..='~')) => {
            let value = value.escape_debug();
            Err(ConfigError::new(setting, format!("`{value}` cannot stand in a header; use visible ASCII")))
        }
        _ => Ok(()),
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
