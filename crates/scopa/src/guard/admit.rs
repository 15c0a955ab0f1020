use std::borrow::Cow;

use crate::access::Access;
use crate::scope::Policy;
use crate::validator::Validator;

use super::Admission;
use super::values::with_values;

impl Validator {
    /// Sends a request through: authenticates the caller and judges him by `policy`. What a [`Guard`](crate::Guard)
    /// does, for a policy that is at hand.
    ///
    /// `authorization` and `value` are those of [`Guard::admit`](crate::Guard::admit). Of what is `known` in the request
    /// the first access counts that this validator made.
    ///
    /// ```
    /// use scopa::scopes;
    /// scopes! { fn hierarchy; Read = "read" }
    ///
    /// # let issuer = scopa_testing::TestIssuer::new();
    /// let validator = issuer.validator().hierarchy(hierarchy()?).build()?;
    /// let field = issuer.bearer_with("read");
    /// let policy = validator.policy_of::<Read>()?;
    /// let outcome = validator.admit(policy, None, [field.as_bytes()], |_| None).now_or_later().unwrap();
    /// assert!(outcome.unwrap().is_some());
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn admit<'k, 'r, 'v>(
        &self,
        policy: &Policy,
        known: impl IntoIterator<Item = &'k Access>,
        authorization: impl IntoIterator<Item = &'r [u8]>,
        value: impl FnMut(&str) -> Option<Cow<'v, str>>,
    ) -> Admission {
        let (caller, remembered) = match known.into_iter().find(|access| self.owns(access)) {
            Some(access) => (Ok(access.clone()), true),
            None => {
                let caller = self.authenticate(authorization);
                let remembered = caller.is_remembered();
                match caller.now_or_later() {
                    Ok(caller) => (caller, remembered),
                    Err(later) => {
                        let owned =
                            |(name, value): &(&str, &str)| (String::from(*name), String::from(*value));
                        let values = with_values(policy, value, |values| values.iter().map(owned).collect());
                        return Admission::waiting(later, self.clone(), policy.clone(), values);
                    }
                }
            }
        };
        let outcome = caller.and_then(|access| {
            with_values(policy, value, |values| self.authorize(&access, policy, values))?;
            Ok(Some(access))
        });
        Admission::done(outcome, remembered)
    }
}
