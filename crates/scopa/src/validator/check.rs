//! What is checked before a validator is made.

use std::sync::Arc;

use crate::ConfigError;
use crate::clock::{Clock, SystemClock};
use crate::discover::{Discovery, check_issuer};
use crate::introspect::{Introspector, Memory};
use crate::jws::Headers;
use crate::key::{Keys, Place, RemoteKeys, Terms};
use crate::realm::Realm;
use crate::rules::Rules;
use crate::scope::Hierarchy;

use super::issuer::{Common, Issuer};
use super::issuers::Issuers;
use super::limits::{
    check_address, check_introspection, check_together, checked_leeway, checked_statuses, checked_terms,
    chosen_algorithms, printable,
};
use super::remembered::Remembered;
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
        let Others { issuers: others, tenants, revocation, permissions, token_cache } =
            std::mem::take(&mut self.others);
        if permissions.is_some()
            && std::iter::once(&self).chain(&others).any(|issuer| issuer.permission_claim.is_some())
        {
            return Err(ConfigError::new(
                "permission_source",
                "a `permission_claim` would not be read beside it; leave one of them out",
            ));
        }

        let token_cache = token_cache.unwrap_or_default().checked()?;
        let remembered = Remembered::new(&token_cache, &clock);
        let headers = Arc::new(Headers::new(MOST_HEADERS));
        let common = Common { clock, headers: headers.clone(), mark: token_cache.mark };

        let first = self.into_issuer(&common, None)?;
        let hierarchy = first.rules.hierarchy.clone();
        let mut issuers = vec![Arc::new(first)];
        for other in others {
            let name = other.issuer.clone();
            let other =
                other.into_issuer(&common, Some(&hierarchy)).map_err(|error| error.for_issuer(&name))?;
            issuers.push(Arc::new(other));
        }
        check_together(&issuers)?;
        for issuer in &issuers {
            let Rules { issuer, hierarchy, .. } = &*issuer.rules;
            if !realm.hierarchies.iter().any(|(_, known)| known.is(hierarchy)) {
                realm.hierarchies.push((issuer.clone(), hierarchy.clone()));
            }
        }
        let tenants = match tenants {
            Some((0, _)) => return Err(ConfigError::new("tenants", "of none at a time; use at least 1")),
            Some((most, resolver)) => Some(Tenants::new(resolver, most, hierarchy, common)),
            None => None,
        };
        let issuers = Issuers::new(issuers, tenants, headers);
        let realm = Arc::new(realm);
        Ok(Validator { inner: Arc::new(Inner { realm, issuers, revocation, permissions, remembered }) })
    }

    /// Makes one issuer: the first without a `hierarchy`, any other with that of the first, and its clock if it has none.
    pub(super) fn into_issuer(
        self,
        common: &Common,
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
        let clock = self.clock.as_ref().unwrap_or(&common.clock);
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
            hierarchy,
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
        let common = Common { clock: clock.clone(), ..common.clone() };
        Ok(Issuer { rules, keys, introspector, common })
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
            ("permission_source", self.others.permissions.is_some()),
            ("token_cache", self.others.token_cache.is_some()),
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

/// A service sees a handful of headers: one for each key of its issuers.
const MOST_HEADERS: usize = 64;
