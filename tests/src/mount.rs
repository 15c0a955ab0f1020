use std::sync::Arc;

use scopa::{Access, ConfigError, Policy, Refusal, Requirement, Validator};
use scopa_issuer::Issuer;

/// What a handler asks of a caller whose token was accepted, given the `{id}` of the path.
pub type Judge = Arc<dyn Fn(&Access, &str) -> Result<(), Refusal> + Send + Sync>;

/// A way to offer routes, one for each framework. Every route answers every method, and shows who calls.
///
/// # Errors
/// Each method names what the hierarchy of the validator does not declare, if the framework asks for that early.
pub trait Mount: Sized {
    /// Offers a route to everyone.
    fn open(self, path: &'static str) -> Result<Self, ConfigError>;

    /// Offers a route whose handler asks for `R`, its placeholders bound to the path.
    fn needs<R: Requirement>(self, path: &'static str, auth: &Validator) -> Result<Self, ConfigError>;

    /// Offers a route that callers without credentials may use, too.
    fn optional(self, path: &'static str, auth: &Validator) -> Result<Self, ConfigError>;

    /// Offers a route behind a layer or middleware that asks for the policy.
    fn guarded(
        self,
        path: &'static str,
        auth: &Validator,
        policy: impl Into<Policy>,
    ) -> Result<Self, ConfigError>;

    /// Offers a route with an `{id}` whose handler decides by itself.
    fn judged(self, path: &'static str, auth: &Validator, judge: Judge) -> Result<Self, ConfigError>;

    /// Offers two routes behind one guard, which lets everyone use the first of them.
    fn tree(self, open: &'static str, closed: &'static str, auth: &Validator) -> Result<Self, ConfigError>;

    /// Offers the endpoints of an issuer.
    fn issues(self, issuer: &Issuer) -> Result<Self, ConfigError>;
}

/// Writes the page that every route shows, as JSON: who calls.
pub(crate) fn page(caller: Option<&Access>) -> String {
    serde_json::json!({ "sub": caller.and_then(Access::subject) }).to_string()
}

/// The type of every page.
pub(crate) const JSON: &str = "application/json";
