mod admission;
mod admit;
mod values;

use std::borrow::Cow;
use std::sync::Arc;

use crate::access::Access;
use crate::kind::RefusalKind;
use crate::refusal::Refusal;
use crate::route::Route;
use crate::scope::Policy;
use crate::validator::Validator;
use crate::{ConfigError, Requirement};

use values::with_values;

pub use admission::Admission;

/// A validator with what one route, or a whole tree of them, asks for: the decision that every adapter carries.
///
/// Adapters are thin around it: a layer or a middleware brings the headers, and sends on what comes out.
///
/// ```
/// use scopa::{Guard, RefusalKind};
///
/// # let issuer = scopa_testing::TestIssuer::new();
/// # let validator = issuer.validator().build()?;
/// let guard = Guard::new(validator).require("read")?.optional();
///
/// let anonymous = guard.admit(None, [], |_| None).now_or_later().unwrap();
/// assert!(anonymous.unwrap().is_none());
/// let forged = guard.admit(None, [&b"Bearer forged"[..]], |_| None).now_or_later().unwrap();
/// assert_eq!(forged.unwrap_err().kind(), RefusalKind::InvalidToken);
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Guard {
    validator: Validator,
    policy: Policy,
    optional: bool,
    public: Arc<[Route]>,
}

impl Guard {
    /// Asks for a token that the validator accepts.
    pub fn new(validator: Validator) -> Self {
        Self { validator, policy: Policy::authenticated(), optional: false, public: Arc::default() }
    }

    /// Makes a guard for what a handler's signature asks for: `Authorized<R>`.
    ///
    /// # Errors
    /// Names what the hierarchy does not declare.
    pub fn of<R: Requirement>(validator: &Validator) -> Result<Self, ConfigError> {
        Ok(Self { policy: validator.policy_of::<R>()?.clone(), ..Self::new(validator.clone()) })
    }

    /// Asks for this policy, too.
    ///
    /// # Errors
    /// Names what the hierarchy does not declare.
    pub fn require(self, policy: impl Into<Policy>) -> Result<Self, ConfigError> {
        let policy = self.validator.prepare(self.policy.and(policy))?;
        Ok(Self { policy, ..self })
    }

    /// Makes sure that the policy needs no value of the request, where an adapter has none to give.
    ///
    /// # Errors
    /// Names the placeholder; `instead` says what to use for it.
    pub fn unbound(self, instead: &str) -> Result<Self, ConfigError> {
        let refused = self
            .policy
            .placeholders()
            .next()
            .map(|name| ConfigError::new("policy", format!("`{{{name}}}` has no value here; {instead}")));
        refused.map_or(Ok(self), Err)
    }

    /// Lets callers without credentials in as anonymous: without a token, or with another scheme.
    ///
    /// A bad token is refused all the same, and so is a good one that does not meet the policy.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// Leaves these routes open to everyone, besides those named before.
    ///
    /// As the router names them: `"/health"` for `GET` and `HEAD`, `"POST /hooks/{id}"` for another method. Compared
    /// letter by letter, so a name that fits no route opens nothing.
    ///
    /// ```
    /// # let validator = scopa_testing::TestIssuer::new().validator().build()?;
    /// let guard = scopa::Guard::new(validator).public(["/health"]);
    /// assert!(guard.is_public("HEAD", "/health"));
    /// assert!(!guard.is_public("POST", "/health"));
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    #[must_use]
    pub fn public(self, routes: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let more = routes.into_iter().map(|route| Route::parse(route.as_ref()));
        Self { public: self.public.iter().cloned().chain(more).collect(), ..self }
    }

    /// Tells whether a route is open: `route` is what the router matched, or the path where there is no router.
    pub fn is_public(&self, method: &str, route: &str) -> bool {
        self.public.iter().any(|public| public.is(method, route))
    }

    /// Tells whether any route is open, so that an adapter need not look for the route otherwise.
    pub fn has_public(&self) -> bool {
        !self.public.is_empty()
    }

    /// Returns the validator.
    pub fn validator(&self) -> &Validator {
        &self.validator
    }

    /// Returns what is asked for.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Sends a request through the guard.
    ///
    /// `known` is an access that a guard further out has left; it counts if the same validator made it, and the
    /// token is then not looked at again. `authorization` are all values of the field, as bytes. `value` gives what
    /// the request has for a placeholder of the policy; it is asked only about a caller whose token was accepted, or
    /// must be waited for.
    ///
    /// ```
    /// # let issuer = scopa_testing::TestIssuer::new();
    /// # let hierarchy = scopa::Hierarchy::builder().template("team_{id}", "").build()?;
    /// # let validator = issuer.validator().hierarchy(hierarchy).build()?;
    /// let guard = scopa::Guard::new(validator).require("team_{id}")?;
    /// let field = issuer.bearer_with("team_7");
    /// let ask = |id: &'static str| {
    ///     guard.admit(None, [field.as_bytes()], |_| Some(id.into())).now_or_later().unwrap()
    /// };
    /// assert!(ask("7").unwrap().is_some());
    /// assert_eq!(ask("8").unwrap_err().status(), 403);
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn admit<'r, 'v>(
        &self,
        known: Option<&Access>,
        authorization: impl IntoIterator<Item = &'r [u8]>,
        value: impl FnMut(&str) -> Option<Cow<'v, str>>,
    ) -> Admission {
        let admission = self.validator.admit(&self.policy, known, authorization, value);
        if self.optional { admission.optional() } else { admission }
    }

    /// Sends a request through a guard that stands behind another one and authenticates nobody: at once.
    ///
    /// The same as [`admit`](Self::admit), but a token without a `known` access is not looked at, and an access that
    /// is let in stays where it is.
    ///
    /// # Errors
    /// The refusal to send; `Misconfigured` when a token came, and no guard further out has judged it.
    pub fn admit_known<'k, 'r, 'v>(
        &self,
        known: Option<&'k Access>,
        authorization: impl IntoIterator<Item = &'r [u8]>,
        value: impl FnMut(&str) -> Option<Cow<'v, str>>,
    ) -> Result<Option<&'k Access>, Refusal> {
        let Some(access) = known.filter(|access| self.validator.owns(access)) else {
            return self.decide(Err(self.validator.refuse_unjudged(authorization)), &[]).map(|_| None);
        };
        with_values(&self.policy, value, |values| self.validator.authorize(access, &self.policy, values))?;
        Ok(Some(access))
    }

    /// Decides about a caller who was authenticated elsewhere: his access, or `None` for an anonymous one.
    ///
    /// `values` are those of the request, by placeholder of the policy's templates.
    ///
    /// # Errors
    /// The refusal to send.
    pub fn decide(
        &self,
        caller: Result<Access, Refusal>,
        values: &[(&str, &str)],
    ) -> Result<Option<Access>, Refusal> {
        match caller {
            Ok(access) => self.validator.authorize(&access, &self.policy, values).map(|()| Some(access)),
            Err(refusal) if self.optional && refusal.kind() == RefusalKind::MissingToken => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }
}
