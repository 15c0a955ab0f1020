//! What is checked before a validator is made.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::ConfigError;
use crate::clock::{Clock, SystemClock};
use crate::discover::{Discovery, check_issuer};
use crate::fetch::address;
use crate::introspect::{Introspection, Introspector, Memory};
use crate::key::{Algorithm, Algorithms, Keys, Place, RemoteKeys, Terms};
use crate::kind::RefusalKind;
use crate::realm::Realm;
use crate::rules::Rules;
use crate::scope::Hierarchy;

use super::issuer::Issuer;
use super::issuers::Issuers;
use super::sources::{KeysFrom, Others};
use super::tenants::Tenants;
use super::{Inner, Validator, ValidatorBuilder};

impl ValidatorBuilder {
    /// Checks the settings and makes the validator. Does no input or output.
    ///
    /// # Errors
    /// Names the setting that is wrong, and what would be right.
    pub fn build(mut self) -> Result<Validator, ConfigError> {
        printable("realm", self.realm.as_deref())?;
        printable("resource_metadata", self.resource_metadata.as_deref())?;
        let statuses = checked_statuses(&std::mem::take(&mut self.statuses))?;
        let mut realm = Realm::new(self.realm.take(), self.resource_metadata.take(), statuses);
        let clock = self.clock.clone().unwrap_or_else(|| Arc::new(SystemClock));
        let Others { issuers: others, tenants, revocation } = std::mem::take(&mut self.others);

        let first = self.into_issuer(&clock, None)?;
        let hierarchy = first.hierarchy.clone();
        let mut issuers = vec![Arc::new(first)];
        for other in others {
            let name = other.issuer.clone();
            let other =
                other.into_issuer(&clock, Some(&hierarchy)).map_err(|error| error.for_issuer(&name))?;
            issuers.push(Arc::new(other));
        }
        check_together(&issuers)?;
        for issuer in &issuers {
            if !realm.hierarchies.iter().any(|(_, known)| known.is(&issuer.hierarchy)) {
                realm.hierarchies.push((issuer.rules.issuer.clone(), issuer.hierarchy.clone()));
            }
        }
        let tenants = match tenants {
            Some((0, _)) => return Err(ConfigError::new("tenants", "of none at a time; use at least 1")),
            Some((most, resolver)) => Some(Tenants::new(resolver, most, hierarchy, clock)),
            None => None,
        };
        let issuers = Issuers::new(issuers, tenants);
        Ok(Validator { inner: Arc::new(Inner { realm: Arc::new(realm), issuers, revocation }) })
    }

    /// Makes one issuer: the first without a `hierarchy`, any other with that of the first, and its clock if it has none.
    pub(super) fn into_issuer(
        self,
        clock: &Arc<dyn Clock>,
        hierarchy: Option<&Hierarchy>,
    ) -> Result<Issuer, ConfigError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if hierarchy.is_some() {
            self.check_has_only_its_own()?;
        }
        let audiences = self.checked_audiences()?;
        self.check_claims()?;
        let clock = self.clock.as_ref().unwrap_or(clock);
        let hierarchy = self.hierarchy.or_else(|| hierarchy.cloned()).unwrap_or_default();
        let terms = checked_terms(self.sources.terms)?;
        let introspection = self.sources.introspection;
        if self.sources.keys.is_none() && introspection.is_none() {
            return Err(ConfigError::new(
                "keys",
                "no keys to verify with; give `.discover(HttpClient::new()?)`, `.keys(KeySet::from_jwks(..)?)`, `from_pem` or `from_secret`",
            ));
        }
        let rules = Arc::new(Rules {
            audiences,
            algorithms: chosen_algorithms(self.algorithms, self.sources.keys.as_ref())?,
            leeway: checked_leeway(self.leeway)?,
            max_age: self.max_age.map(|age| age.as_secs()),
            profile: self.profile,
            scope_claim: self.scope_claim,
            permission_claim: self.permission_claim,
            client_claims: self
                .client_claim
                .map_or_else(|| vec!["client_id".into(), "azp".into()], |name| vec![name]),
            clients: self.clients.unwrap_or_default(),
            required: self.required,
            issuer: self.issuer,
        });
        let keys = self.sources.keys.map(|keys| keys.checked(&rules.issuer, terms, clock)).transpose()?;
        let keys = keys.map(Arc::new);
        let introspector = match introspection {
            None => None,
            Some((settings, fetch)) => {
                check_introspection(&settings, &rules.issuer, keys.is_some())?;
                let discovery = settings
                    .endpoint
                    .is_none()
                    .then(|| Arc::new(Discovery::new(rules.issuer.clone(), fetch.clone(), clock.clone())));
                let (rules, keys, clock, memory) =
                    (rules.clone(), keys.clone(), clock.clone(), Memory::default());
                Some(Arc::new(Introspector { settings, fetch, clock, discovery, keys, rules, memory }))
            }
        };
        Ok(Issuer { rules, hierarchy, keys, introspector, clock: clock.clone() })
    }

    /// Refuses what another issuer cannot have for itself.
    fn check_has_only_its_own(&self) -> Result<(), ConfigError> {
        let settings = [
            ("realm", self.realm.is_some()),
            ("resource_metadata", self.resource_metadata.is_some()),
            ("status", !self.statuses.is_empty()),
            ("or_issuer", !self.others.issuers.is_empty()),
            ("tenants", self.others.tenants.is_some()),
            ("revocation", self.others.revocation.is_some()),
        ];
        match settings.into_iter().find(|(_, is_set)| *is_set) {
            None => Ok(()),
            Some((setting, _)) => {
                Err(ConfigError::new(setting, "is for the whole validator; set it on the first issuer alone"))
            }
        }
    }

    fn checked_audiences(&self) -> Result<Vec<String>, ConfigError> {
        if self.skip_audience {
            // The first comes with the builder, which must have one.
            return match self.audiences.get(1) {
                None => Ok(Vec::new()),
                Some(audience) => Err(ConfigError::new(
                    "audience",
                    format!(
                        "`{}` would not be looked at where any audience is accepted; say whose tokens you take with `.clients(..)`",
                        audience.escape_debug()
                    ),
                )),
            };
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

    fn check_claims(&self) -> Result<(), ConfigError> {
        if self.issuer.is_empty() || self.issuer.trim() != self.issuer {
            let issuer = self.issuer.escape_debug();
            return Err(ConfigError::new(
                "issuer",
                format!(
                    "`{issuer}` cannot be an issuer; give the very text of `iss`, such as `https://id.example.com`"
                ),
            ));
        }
        let required = self.required.iter().map(|(claim, _)| ("require_claim", Some(claim)));
        for (setting, claim) in
            [("scope_claim", Some(&self.scope_claim)), ("permission_claim", self.permission_claim.as_ref())]
                .into_iter()
                .chain(required)
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
        if self.clients.as_ref().is_some_and(|clients| clients.iter().all(String::is_empty)) {
            return Err(ConfigError::new(
                "clients",
                "the list is empty; name the clients whose tokens are taken",
            ));
        }
        if let Some((claim, _)) = self.required.iter().find(|(_, values)| values.is_empty()) {
            let text = format!("`{claim}` has no value to have; name those that will do");
            return Err(ConfigError::new("require_claim", text));
        }
        if self.max_age.is_some_and(|age| age.as_secs() == 0) {
            return Err(ConfigError::new(
                "max_age",
                "is under a second, which no token meets; use at least 1 s",
            ));
        }
        Ok(())
    }
}

impl KeysFrom {
    fn checked(self, issuer: &str, terms: Terms, clock: &Arc<dyn Clock>) -> Result<Keys, ConfigError> {
        let (place, fetch) = match self {
            Self::Set(keys) => return Ok(Keys::Fixed(keys)),
            Self::Source(source) => return Ok(Keys::Source(source)),
            Self::Discovery(fetch) => {
                check_issuer(issuer).map_err(|why| {
                    let text = format!("the issuer `{issuer}` {why}; set its key set with `.jwks_uri(..)`");
                    ConfigError::new("discover", text)
                })?;
                let discovery = Discovery::new(issuer.to_owned(), fetch.clone(), clock.clone());
                (Place::Discovered(Arc::new(discovery)), fetch)
            }
            Self::Uri(uri, fetch) => {
                check_address("jwks_uri", &uri)?;
                (Place::At(uri), fetch)
            }
        };
        Ok(Keys::Remote(RemoteKeys::new(issuer.to_owned(), place, terms, fetch, clock.clone())))
    }
}

/// Checks what no issuer can be wrong about by itself.
fn check_together(issuers: &[Arc<Issuer>]) -> Result<(), ConfigError> {
    for (at, issuer) in issuers.iter().enumerate() {
        let name = &issuer.rules.issuer;
        if issuers.iter().take(at).any(|earlier| earlier.rules.issuer == *name) {
            let text =
                format!("`{name}` is there twice; give one its several audiences with `.audience(..)`");
            return Err(ConfigError::new("or_issuer", text));
        }
    }
    if issuers.iter().filter(|issuer| issuer.introspector.is_some()).count() > 1 {
        return Err(ConfigError::new(
            "introspect",
            "only one issuer can be asked: an opaque token does not say whose it is, and must not be shown to the others; build two validators",
        ));
    }
    Ok(())
}

fn check_introspection(settings: &Introspection, issuer: &str, has_keys: bool) -> Result<(), ConfigError> {
    match &settings.endpoint {
        Some(endpoint) => check_address("introspect", endpoint)?,
        None => check_issuer(issuer).map_err(|why| {
            let text = format!("the issuer `{issuer}` {why}; set the address with `Introspection::endpoint`");
            ConfigError::new("introspect", text)
        })?,
    }
    if settings.client_id.is_empty() || settings.client_secret.is_empty() {
        return Err(ConfigError::new(
            "introspect",
            "the client or its secret is empty; the endpoint serves nobody else",
        ));
    }
    if settings.is_signed && !has_keys {
        return Err(ConfigError::new("introspect", "signed answers need keys; add `.discover(..)`"));
    }
    if !settings.scope_claim.is_well_formed() {
        return Err(ConfigError::new("introspect", "a step of the scope claim is empty"));
    }
    if settings.cache_for > MOST_CACHED {
        return Err(ConfigError::new(
            "introspect",
            "`cache_for` is more than an hour, and so long would a revoked token be good",
        ));
    }
    Ok(())
}

fn check_address(setting: &'static str, url: &str) -> Result<(), ConfigError> {
    match address(url) {
        Ok(_) => Ok(()),
        Err(why) => Err(ConfigError::new(setting, format!("`{}` {why}", url.escape_debug()))),
    }
}

fn checked_terms(terms: Terms) -> Result<Terms, ConfigError> {
    for (setting, time, least, most) in [
        ("key_freshness", terms.fresh, 1, 24 * 3600),
        ("key_stale_if_error", terms.stale_if_error, 0, 24 * 3600),
        ("key_cooldown", terms.cooldown, 1, 3600),
    ] {
        if !(Duration::from_secs(least)..=Duration::from_secs(most)).contains(&time) {
            let text = format!("is {} s; use {least} to {most} s", time.as_secs_f64());
            return Err(ConfigError::new(setting, text));
        }
    }
    Ok(terms)
}

fn checked_leeway(leeway: Duration) -> Result<u64, ConfigError> {
    if leeway > MOST_LEEWAY {
        return Err(ConfigError::new(
            "leeway",
            format!("{} s is too long; use at most {} s", leeway.as_secs(), MOST_LEEWAY.as_secs()),
        ));
    }
    Ok(leeway.as_secs())
}

fn chosen_algorithms(
    chosen: Option<Vec<Algorithm>>,
    keys: Option<&KeysFrom>,
) -> Result<Algorithms, ConfigError> {
    let possible = match keys {
        Some(KeysFrom::Set(keys)) => Some(keys.algorithms()),
        // No published set holds a secret.
        Some(KeysFrom::Discovery(_) | KeysFrom::Uri(..)) => Some(Algorithms::asymmetric()),
        Some(KeysFrom::Source(_)) | None => None,
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

const MOST_LEEWAY: Duration = Duration::from_secs(300);
const MOST_CACHED: Duration = Duration::from_secs(3600);
