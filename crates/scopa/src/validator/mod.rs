mod build;
mod check;
mod future;
mod issuer;
mod issuers;
mod limits;
mod ready;
mod remembered;
mod sources;
mod tenants;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::access::Access;
use crate::bearer::{self, BearerToken, NoToken};
use crate::realm::Realm;
use crate::refusal::Refusal;
use crate::revocation::{Revocation, Revoked};
use crate::scope::{Policy, Requirement};
use crate::{ConfigError, InvalidToken};

use issuer::{Accepted, Failure, Judgement, Step};
use issuers::Issuers;
use remembered::Remembered;
use sources::PermissionSource;

pub use build::ValidatorBuilder;
pub use future::Authenticate;
pub use ready::Readiness;

/// What an API accepts: tokens of one issuer, for its audience, under its keys and rules.
///
/// Built once, outside of any per-worker factory, and shared: cheap to clone. Adapters ask it twice for each
/// request: to [authenticate](Self::authenticate) the caller, and to [authorize](Self::authorize) what it asks.
///
/// ```
/// use scopa::{KeySet, RefusalKind, Validator};
///
/// # let jwks = scopa_testing::TestIssuer::new().jwks();
/// let validator = Validator::builder("https://id.example.com", "https://api.example.com")
///     .keys(KeySet::from_jwks(&jwks)?)
///     .build()?;
/// let refusal = validator.authenticate([&b"Bearer not-a-token"[..]]).now_or_later().unwrap().unwrap_err();
/// assert_eq!(refusal.kind(), RefusalKind::InvalidToken);
/// assert_eq!(
///     refusal.challenge().unwrap(),
///     r#"Bearer error="invalid_token", error_description="the access token is invalid or expired""#
/// );
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Validator {
    inner: Arc<Inner>,
}

struct Inner {
    realm: Arc<Realm>,
    issuers: Issuers,
    revocation: Option<Arc<dyn Revocation>>,
    permissions: Option<Arc<PermissionSource>>,
    remembered: Option<Remembered>,
}

impl Validator {
    /// Starts a validator for tokens of `issuer`, compared byte for byte with `iss`, that are meant for `audience`.
    pub fn builder(issuer: impl Into<String>, audience: impl Into<String>) -> ValidatorBuilder {
        ValidatorBuilder::new(issuer.into(), audience.into())
    }

    /// Authenticates a caller by all values of the request's `Authorization` field, as bytes.
    ///
    /// All of them: a second value is a malformed request, not to be passed over (RFC 9110 §11.6.2).
    pub fn authenticate<'r>(&self, authorization: impl IntoIterator<Item = &'r [u8]>) -> Authenticate {
        let value = match bearer::only(authorization) {
            Ok(value) => value,
            Err(why) => return self.refuse(why),
        };
        let likely = bearer::likely_token(value);
        if let Some(access) = likely.and_then(|token| self.recall(token)) {
            return self.ask(access, Seen::Before);
        }
        let token = match BearerToken::parse(value) {
            Ok(token) => token.as_str(),
            Err(why) => return self.refuse(why),
        };
        // With more spaces. Verified anew, it would take its own place each time, and count as one more that came.
        if likely.is_none_or(|likely| likely.len() != token.len())
            && let Some(access) = self.recall(token.as_bytes())
        {
            return self.ask(access, Seen::Before);
        }
        match self.inner.issuers.judge(token) {
            Step::Done(judgement) => match self.seal(judgement) {
                Ok(access) => self.ask(access, Seen::First),
                refused => Authenticate::done(refused),
            },
            Step::Later(judgement) => {
                let validator = self.clone();
                Authenticate::later(Box::pin(async move {
                    let access = validator.seal(judgement.await)?;
                    validator.ask(access, Seen::First).await
                }))
            }
        }
    }

    /// Authenticates a caller by the headers of a request. The same as [`authenticate`](Self::authenticate).
    pub fn authenticate_headers(&self, headers: &HeaderMap) -> Authenticate {
        self.authenticate(headers.get_all(AUTHORIZATION).iter().map(|value| value.as_bytes()))
    }

    /// Authorizes: judges an accepted caller by a policy. `values` are those of the request, by placeholder.
    ///
    /// # Errors
    /// `invalid_token` for the access of another validator; `insufficient_scope` or `forbidden` when the policy
    /// is not met; `Misconfigured` when it names something that is not declared or lacks a value.
    pub fn authorize(
        &self,
        access: &Access,
        policy: &Policy,
        values: &[(&str, &str)],
    ) -> Result<(), Refusal> {
        if !self.owns(access) {
            return Err(Refusal::invalid_token(InvalidToken::ForeignAccess, &self.inner.realm).log());
        }
        access.judge(policy, values)
    }

    /// Tells whether this validator made the access: the word of another is not enough.
    pub fn owns(&self, access: &Access) -> bool {
        access.is_of(&self.inner.realm)
    }

    /// Checks a policy's names against the hierarchy and prepares it, so that judging it is a few word operations.
    ///
    /// # Errors
    /// Names what is not declared.
    pub fn prepare(&self, policy: impl Into<Policy>) -> Result<Policy, ConfigError> {
        self.inner.realm.resolve(policy.into())
    }

    /// Returns the prepared policy that a type stands for; prepared at the first call, then kept.
    ///
    /// # Errors
    /// Names what is not declared.
    pub fn policy_of<R: Requirement>(&self) -> Result<&Policy, ConfigError> {
        self.inner.realm.policy_of::<R>()
    }

    /// Makes the answer for a request that brings credentials in two ways, one of them of your own beside the token: 400
    /// `invalid_request`, with the challenge of this validator (RFC 6750 §2, §3.1). Tells the log why.
    ///
    /// ```
    /// # let validator = scopa_testing::TestIssuer::new().validator().build()?;
    /// let refusal = validator.invalid_request("a key and a token");
    /// assert_eq!(refusal.status(), 400);
    /// assert!(refusal.challenge().unwrap().starts_with(r#"Bearer error="invalid_request""#));
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn invalid_request(&self, why: &'static str) -> Refusal {
        Refusal::no_token(NoToken::Malformed(why), &self.inner.realm).log()
    }

    /// Refuses a request whose token, if it has one, should have been judged further out.
    pub(crate) fn refuse_unjudged<'r>(&self, authorization: impl IntoIterator<Item = &'r [u8]>) -> Refusal {
        match bearer::only(authorization).and_then(BearerToken::parse) {
            Err(why) => Refusal::no_token(why, &self.inner.realm).log(),
            Ok(_) => Refusal::misconfigured(
                "no access of this validator was left by a guard further out; put one with the same validator there",
            ),
        }
    }

    /// Turns what was found out about a token into an access, or the answer.
    fn seal(&self, judgement: Judgement) -> Result<Access, Refusal> {
        let realm = &self.inner.realm;
        match judgement {
            Ok(Accepted { claims, rules, key }) => Ok(Access::new(claims, &rules, realm, key)),
            Err(Failure::Invalid(why)) => Err(Refusal::invalid_token(why, realm).log()),
            Err(Failure::Unavailable(why)) => Err(Refusal::unavailable(why, realm).log()),
            Err(Failure::Misconfigured(fix)) => Err(Refusal::misconfigured(fix)),
        }
    }

    fn refuse(&self, why: NoToken) -> Authenticate {
        Authenticate::done(Err(Refusal::no_token(why, &self.inner.realm).log()))
    }

    /// Returns what is remembered of a token, if it is still so.
    fn recall(&self, token: &[u8]) -> Option<Access> {
        let remembered = self.inner.remembered.as_ref()?;
        let access = remembered.find(token)?;
        if self.inner.issuers.vouch_for(&access) {
            return Some(access);
        }
        remembered.forget(&access);
        None
    }

    /// Asks what does not stand in the token, where that is wanted, each time.
    fn ask(&self, access: Access, seen: Seen) -> Authenticate {
        let answer = self.ask_revocation(access, seen);
        let Some(permissions) = self.inner.permissions.clone() else { return answer };
        let realm = self.inner.realm.clone();
        Authenticate::later(Box::pin(async move {
            let access = answer.await?;
            match permissions(&access).await {
                Ok(found) => Ok(access.with_permissions(found)),
                Err(why) => Err(Refusal::unavailable(why, &realm).log()),
            }
        }))
    }

    /// Asks whether the token was revoked, where that is wanted, each time. One that is good is remembered.
    fn ask_revocation(&self, access: Access, seen: Seen) -> Authenticate {
        let revoked = self.inner.revocation.as_ref().map(|revocation| revocation.revoked(&access));
        match revoked.unwrap_or(Revoked::No) {
            Revoked::No if seen == Seen::Before => Authenticate::remembered(access),
            Revoked::No => Authenticate::done(Ok(self.remember(access, seen))),
            Revoked::Yes => Authenticate::done(Err(self.refuse_revoked(&access))),
            Revoked::Later(answer) => {
                let validator = self.clone();
                Authenticate::later(Box::pin(async move {
                    match answer.await {
                        Ok(false) => Ok(validator.remember(access, seen)),
                        Ok(true) => Err(validator.refuse_revoked(&access)),
                        Err(why) => Err(Refusal::unavailable(why, &validator.inner.realm).log()),
                    }
                }))
            }
        }
    }

    fn remember(&self, access: Access, seen: Seen) -> Access {
        if let (Seen::First, Some(remembered)) = (seen, &self.inner.remembered) {
            remembered.note(&access);
        }
        access
    }

    fn refuse_revoked(&self, access: &Access) -> Refusal {
        if let Some(remembered) = &self.inner.remembered {
            remembered.forget(access);
        }
        Refusal::invalid_token(InvalidToken::Revoked, &self.inner.realm).log()
    }
}

/// Whether a token was accepted before, and remembered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    First,
    Before,
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers = self.inner.issuers.present();
        let issuers: Vec<&str> = issuers.iter().map(|issuer| &*issuer.rules.issuer).collect();
        f.debug_struct("Validator").field("issuers", &issuers).finish_non_exhaustive()
    }
}
