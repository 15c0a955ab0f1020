mod build;
mod check;
mod future;
mod issuer;
mod issuers;
mod ready;
mod sources;
mod tenants;

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::access::Access;
use crate::bearer::BearerToken;
use crate::realm::Realm;
use crate::refusal::Refusal;
use crate::revocation::{Revocation, Revoked};
use crate::scope::{Policy, Requirement};
use crate::{ConfigError, InvalidToken};

use issuer::{Failure, Judgement, Step};
use issuers::Issuers;

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
        let realm = &self.inner.realm;
        let token = match BearerToken::read(authorization) {
            Ok(token) => token.as_str(),
            Err(why) => return Authenticate::done(Err(Refusal::no_token(why, realm).log())),
        };
        match self.inner.issuers.judge(token) {
            Step::Done(judgement) => match self.seal(judgement) {
                Ok(access) => self.ask_revocation(access),
                refused => Authenticate::done(refused),
            },
            Step::Later(judgement) => {
                let validator = self.clone();
                Authenticate::later(Box::pin(async move {
                    let access = validator.seal(judgement.await)?;
                    validator.ask_revocation(access).await
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

    /// Refuses a request whose token, if it has one, should have been judged further out.
    pub(crate) fn refuse_unjudged<'r>(&self, authorization: impl IntoIterator<Item = &'r [u8]>) -> Refusal {
        match BearerToken::read(authorization) {
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
            Ok(accepted) => Ok(Access::new(accepted.claims, &accepted.hierarchy, realm)),
            Err(Failure::Invalid(why)) => Err(Refusal::invalid_token(why, realm).log()),
            Err(Failure::Unavailable(why)) => Err(Refusal::unavailable(why, realm).log()),
            Err(Failure::Misconfigured(fix)) => Err(Refusal::misconfigured(fix)),
        }
    }

    /// Asks whether the token was revoked, where that is wanted.
    fn ask_revocation(&self, access: Access) -> Authenticate {
        let Some(revocation) = &self.inner.revocation else { return Authenticate::done(Ok(access)) };
        match revocation.revoked(&access) {
            Revoked::No => Authenticate::done(Ok(access)),
            Revoked::Yes => Authenticate::done(Err(self.refuse_revoked())),
            Revoked::Later(answer) => {
                let validator = self.clone();
                Authenticate::later(Box::pin(async move {
                    match answer.await {
                        Ok(false) => Ok(access),
                        Ok(true) => Err(validator.refuse_revoked()),
                        Err(why) => Err(Refusal::unavailable(why, &validator.inner.realm).log()),
                    }
                }))
            }
        }
    }

    fn refuse_revoked(&self) -> Refusal {
        Refusal::invalid_token(InvalidToken::Revoked, &self.inner.realm).log()
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers = self.inner.issuers.present();
        let issuers: Vec<&str> = issuers.iter().map(|issuer| &*issuer.rules.issuer).collect();
        f.debug_struct("Validator").field("issuers", &issuers).finish_non_exhaustive()
    }
}
