use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::cache::{BLOCK, Entry};
use crate::claims::{Audience, Claims};
use crate::json::Object;
use crate::jws::DEEPEST_CLAIMS;
use crate::key::SigningKey;
use crate::kind::RefusalKind;
use crate::memo::Noted;
use crate::realm::Realm;
use crate::refusal::Refusal;
use crate::rules::Rules;
use crate::scope::{Authority, Explanation, Policy, Scopes, Values, Verdict};
use crate::{ConfigError, InvalidToken};

/// Proof that a token was accepted: who calls, and what the token grants.
///
/// Only a [`Validator`](crate::Validator) makes one, and it is good for that validator alone: a nested API with
/// another audience does not take it. Cheap to clone. Its `Debug` shows no subject and no claim of the token
/// beyond issuer, client and scopes.
///
/// ```
/// # use scopa_testing::TestIssuer;
/// # let issuer = TestIssuer::new();
/// # let validator = issuer.validator().build()?;
/// # let token = issuer.token().subject("user-1").client_id("web").scope("read team_7").claim("tier", 3).sign();
/// # let header = format!("Bearer {token}");
/// let access = validator.authenticate([header.as_bytes()]).now_or_later().unwrap()?;
/// assert_eq!(access.subject(), Some("user-1"));
/// assert_eq!(access.client_id(), Some("web"));
/// assert!(access.scopes().contains("team_7"));
/// assert_eq!(access.claim::<u8>("tier")?, Some(3));
/// assert!(access.require("read").is_ok());
/// assert_eq!(access.require("write").unwrap_err().scope().as_str(), "write");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Access {
    inner: Arc<Sealed>,
}

/// What an [`Access`] shares with its clones, and a cache keeps.
pub(crate) struct Sealed {
    realm: Arc<Realm>,
    rules: Arc<Rules>,
    claims: Claims,
    /// What the token was verified with, unless it was taken on its issuer's word.
    key: Option<SigningKey>,
}

impl Access {
    /// Seals judged claims. The one constructor.
    pub(crate) fn new(
        claims: Claims,
        rules: &Arc<Rules>,
        realm: &Arc<Realm>,
        key: Option<SigningKey>,
    ) -> Self {
        Self { inner: Arc::new(Sealed { realm: realm.clone(), rules: rules.clone(), claims, key }) }
    }

    fn authority(&self) -> &Authority {
        &self.inner.claims.authority.value
    }

    /// Returns the subject: the person, or the client itself (`sub`, RFC 9068 §2.2).
    pub fn subject(&self) -> Option<&str> {
        self.inner.claims.subject()
    }

    /// Returns the client that asked for the token: `client_id`, or else `azp`, or what
    /// [`client_claim`](crate::ValidatorBuilder::client_claim) names.
    pub fn client_id(&self) -> Option<&str> {
        self.inner.claims.client_id()
    }

    /// Returns the issuer (`iss`).
    pub fn issuer(&self) -> &str {
        &self.inner.rules.issuer
    }

    /// Returns the audiences (`aud`), ours among them.
    pub fn audience(&self) -> impl Iterator<Item = &str> {
        let Sealed { rules, claims, .. } = &*self.inner;
        let (ours, listed) = match &claims.audience {
            Audience::Ours(at) => (rules.audiences.get(*at), &[][..]),
            Audience::Listed(names) => (None, &**names),
        };
        ours.map(String::as_str).into_iter().chain(listed.iter().map(|name| &**name))
    }

    /// Returns the identifier of the token (`jti`), if it has one.
    pub fn token_id(&self) -> Option<&str> {
        self.inner.claims.token_id()
    }

    /// Returns the time from which the token is no longer good, in seconds since 1970-01-01T00:00:00Z (`exp`).
    pub fn expires_at(&self) -> u64 {
        self.inner.claims.expires_at
    }

    /// Returns the time of issue, in seconds since 1970-01-01T00:00:00Z (`iat`), if the token says it.
    pub fn issued_at(&self) -> Option<u64> {
        self.inner.claims.issued_at
    }

    /// Returns the scopes as the token lists them, without what they include.
    pub fn scopes(&self) -> &Scopes {
        &self.authority().scopes
    }

    /// Returns the values for which the token grants a declared template: `7` of `team_{id}`, if it holds `team_7` or what includes
    /// that.
    ///
    /// A scope that grants a template for every value, as `admin` may, brings none: which there are only the service knows.
    /// [`Policy::any_value`] asks for one at least.
    ///
    /// ```
    /// # let issuer = scopa_testing::TestIssuer::new();
    /// # let hierarchy = scopa::Hierarchy::builder().template("team_{id}", "[0-9]+").scopes(["read"]).build()?;
    /// # let guard = scopa::Guard::new(issuer.validator().hierarchy(hierarchy).build()?);
    /// # let field = issuer.bearer_with("read team_7 team_9 team_x");
    /// # let access = guard.admit(None, [field.as_bytes()], |_| None).now_or_later().unwrap().unwrap().unwrap();
    /// assert!(access.values("team_{id}").eq(["7", "9"]));
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn values(&self, template: &str) -> impl Iterator<Item = &str> {
        self.inner.rules.hierarchy.values(&self.authority().grants, template)
    }

    /// Returns the permissions, from the claim that
    /// [`permission_claim`](crate::ValidatorBuilder::permission_claim) names or from
    /// [`with_permissions`](Self::with_permissions).
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        self.authority().permissions.iter().map(|permission| &**permission)
    }

    /// Reads one claim into a type of yours; `None` when the token does not have it.
    ///
    /// # Errors
    /// `invalid_token` when the claim does not fit the type.
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let payload = self.inner.claims.payload();
        // Read before, when the token was accepted.
        let claims = Object::parse(&payload, DEEPEST_CLAIMS).map_err(|_| self.malformed(name))?;
        let Some(value) = claims.get(name) else { return Ok(None) };
        value.read_into().map(Some).map_err(|_| self.malformed(name))
    }

    /// Reads the claims into a type of yours, those that scopa reads included.
    ///
    /// # Errors
    /// `invalid_token` when the claims do not fit the type.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        let wanted = std::any::type_name::<T>();
        serde_json::from_slice(&self.inner.claims.payload()).map_err(|_| self.malformed(wanted))
    }

    fn malformed(&self, claim: &str) -> Refusal {
        Refusal::invalid_token(InvalidToken::MalformedClaim(claim.to_owned()), &self.inner.realm).log()
    }

    /// Authorizes: asks for a scope or a policy, now, in a handler.
    ///
    /// # Errors
    /// `insufficient_scope` with the narrowest scopes that would do, or `forbidden` when a permission is missing.
    pub fn require(&self, policy: impl Into<Policy>) -> Result<(), Refusal> {
        self.judge(&policy.into(), &[])
    }

    /// Makes the answer for an object that is not this caller's: 403, or what
    /// [`ValidatorBuilder::status`](crate::ValidatorBuilder::status) says for `Forbidden`.
    ///
    /// ```
    /// # use scopa::RefusalKind;
    /// # let issuer = scopa_testing::TestIssuer::new();
    /// // An API that does not tell whether an object exists.
    /// let auth = issuer.validator().status(RefusalKind::Forbidden, 404).build()?;
    /// # let guard = scopa::Guard::new(auth);
    /// # let field = issuer.bearer_with("read");
    /// # let access = guard.admit(None, [field.as_bytes()], |_| None).now_or_later().unwrap().unwrap().unwrap();
    /// assert_eq!(access.forbidden().status(), 404);
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn forbidden(&self) -> Refusal {
        Refusal::new(RefusalKind::Forbidden, &self.inner.realm)
    }

    /// Tells whether a policy is met, for what a handler shows or leaves out. Refuses nothing and logs nothing.
    ///
    /// ```
    /// # let issuer = scopa_testing::TestIssuer::new();
    /// # let guard = scopa::Guard::new(issuer.validator().build()?);
    /// # let field = issuer.bearer_with("read");
    /// # let access = guard.admit(None, [field.as_bytes()], |_| None).now_or_later().unwrap().unwrap().unwrap();
    /// assert!(access.holds("read")?);
    /// assert!(!access.holds("admin")?);
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`] when the policy names something that is not declared.
    pub fn holds(&self, policy: impl Into<Policy>) -> Result<bool, ConfigError> {
        Ok(self.check(&policy.into(), &[])? == Verdict::Granted)
    }

    /// Explains how a policy comes out for this caller, for a log or a tool. `values` are those of the request, by
    /// placeholder.
    ///
    /// # Errors
    /// [`ConfigError`] when the policy names something that is not declared.
    pub fn explain(&self, policy: &Policy, values: &[(&str, &str)]) -> Result<Explanation, ConfigError> {
        let Authority { scopes, grants, .. } = self.authority();
        let Sealed { realm, rules, .. } = &*self.inner;
        rules
            .hierarchy
            .explain_with(scopes, grants, policy, values)
            .map_err(|error| realm.name_issuer(error, &rules.issuer))
    }

    /// Returns the same access with other permissions, for services that keep them outside the token.
    ///
    /// Permissions that the hierarchy does not declare grant nothing.
    #[must_use]
    pub fn with_permissions(&self, permissions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let permissions =
            permissions.into_iter().map(|permission| permission.into().into_boxed_str()).collect();
        let Sealed { realm, rules, claims, key } = &*self.inner;
        let authority = rules.hierarchy.authority(self.scopes().clone(), permissions);
        Self::new(claims.with_authority(Noted::of(authority)), rules, realm, key.clone())
    }

    /// Tells whether these very rules have accepted the token.
    pub(crate) fn is_under(&self, rules: &Arc<Rules>) -> bool {
        Arc::ptr_eq(&self.inner.rules, rules)
    }

    /// Tells whether the token has begun and not ended.
    pub(crate) fn is_good_at(&self, now: u64) -> bool {
        self.inner.claims.window.contains(now)
    }

    /// Returns what the token was verified with, unless it was taken on its issuer's word.
    pub(crate) fn key(&self) -> Option<&SigningKey> {
        self.inner.key.as_ref()
    }

    /// Tells whether something was kept that a cache can know the token by.
    pub(crate) fn is_marked(&self) -> bool {
        !self.inner.claims.key().is_empty()
    }

    pub(crate) fn sealed(&self) -> &Arc<Sealed> {
        &self.inner
    }

    /// Returns all texts as they are in memory.
    #[cfg(test)]
    pub(crate) fn text(&self) -> &str {
        self.inner.claims.text()
    }

    pub(crate) fn is_of(&self, realm: &Arc<Realm>) -> bool {
        Arc::ptr_eq(&self.inner.realm, realm)
    }

    pub(crate) fn judge(&self, policy: &Policy, values: &Values<'_>) -> Result<(), Refusal> {
        let Authority { scopes, grants, .. } = self.authority();
        if policy.is_met(&self.inner.rules.hierarchy, grants, scopes, values) {
            return Ok(());
        }
        self.check(policy, values)
            .map_err(Refusal::misconfigured_by)
            .and_then(|verdict| Refusal::from_verdict(verdict, self.scopes(), &self.inner.realm))
            .map_err(Refusal::log)
    }

    fn check(&self, policy: &Policy, values: &Values<'_>) -> Result<Verdict, ConfigError> {
        let Authority { scopes, grants, .. } = self.authority();
        let Sealed { realm, rules, .. } = &*self.inner;
        policy
            .check(&rules.hierarchy, grants, scopes, values)
            .map_err(|error| realm.name_issuer(error, &rules.issuer))
    }
}

impl From<Arc<Sealed>> for Access {
    fn from(inner: Arc<Sealed>) -> Self {
        Self { inner }
    }
}

impl Entry for Sealed {
    fn token(&self) -> &[u8] {
        self.claims.key().as_bytes()
    }

    fn weight(&self) -> usize {
        size_of::<Self>() - size_of::<Claims>() + self.claims.weight() + 2 * size_of::<usize>() + BLOCK
    }

    fn ends_at(&self) -> u64 {
        self.claims.window.until
    }

    fn replica(&self) -> Self {
        let Self { realm, rules, claims, key } = self;
        Self { realm: realm.clone(), rules: rules.clone(), claims: claims.clone(), key: key.clone() }
    }

    fn is(&self, other: &Self) -> bool {
        self.claims.has_text_of(&other.claims)
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("issuer", &self.issuer())
            .field("client_id", &self.client_id())
            .field("scopes", self.scopes())
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}
