mod build;
mod future;

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::access::Access;
use crate::bearer::BearerToken;
use crate::clock::Clock;
use crate::jws::Jws;
use crate::key::{KeySet, KeySource, KeysError};
use crate::realm::Realm;
use crate::refusal::Refusal;
use crate::rules::Rules;
use crate::scope::{Policy, Requirement};
use crate::{ConfigError, InvalidToken};

pub use build::ValidatorBuilder;
pub use future::Authenticate;

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
    rules: Rules,
    keys: Keys,
    clock: Arc<dyn Clock>,
}

enum Keys {
    Fixed(KeySet),
    Source(Arc<dyn KeySource>),
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
        match &self.inner.keys {
            Keys::Fixed(keys) => Authenticate::done(self.judge(token, keys)),
            // What no key could mend never reaches the source.
            Keys::Source(source) => {
                match Jws::parse(token).and_then(|jws| self.inner.rules.check_header(&jws)) {
                    Ok(_) => Authenticate::ask(source.keys(), token, self),
                    Err(why) => Authenticate::done(Err(Refusal::invalid_token(why, realm).log())),
                }
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
        policy.into().resolve(&self.inner.realm.hierarchy)
    }

    /// Returns the prepared policy that a type stands for; prepared at the first call, then kept.
    ///
    /// # Errors
    /// Names what is not declared.
    pub fn policy_of<R: Requirement>(&self) -> Result<Policy, ConfigError> {
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

    pub(crate) fn conclude(&self, token: &str, keys: Result<KeySet, KeysError>) -> Result<Access, Refusal> {
        match keys {
            Ok(keys) => self.judge(token, &keys),
            Err(why) => Err(Refusal::unavailable(why, &self.inner.realm).log()),
        }
    }

    fn judge(&self, token: &str, keys: &KeySet) -> Result<Access, Refusal> {
        let Inner { realm, rules, clock, .. } = &*self.inner;
        let claims = Jws::parse(token).and_then(|jws| {
            let algorithm = rules.check_header(&jws)?;
            keys.verify(algorithm, jws.kid(), jws.signing_input(), jws.signature())?;
            rules.check_claims(&jws, clock.now())
        });
        claims
            .map(|claims| Access::new(claims, realm))
            .map_err(|why| Refusal::invalid_token(why, realm).log())
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = &self.inner.rules;
        f.debug_struct("Validator")
            .field("issuer", &rules.issuer)
            .field("audiences", &rules.audiences)
            .field("algorithms", &rules.algorithms)
            .finish_non_exhaustive()
    }
}
