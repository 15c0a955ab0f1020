//! A protection space (RFC 9110 §11.5): what all answers of one validator have in common.

use std::any::type_name;

use http::StatusCode;

use crate::ConfigError;
use crate::kind::RefusalKind;
use crate::scope::{Hierarchy, Kept, Policy, Requirement};

/// The hierarchies of a validator, and how it words its refusals.
#[derive(Debug, Default)]
pub(crate) struct Realm {
    /// Each different one, with the first issuer that has it.
    pub(crate) hierarchies: Vec<(String, Hierarchy)>,
    pub(crate) name: Option<String>,
    pub(crate) resource_metadata: Option<String>,
    pub(crate) statuses: Vec<(RefusalKind, StatusCode)>,
    /// Policies that types stand for, looked up once each.
    policies: Kept,
}

impl Realm {
    pub(crate) fn new(
        name: Option<String>,
        resource_metadata: Option<String>,
        statuses: Vec<(RefusalKind, StatusCode)>,
    ) -> Self {
        Self { name, resource_metadata, statuses, ..Self::default() }
    }

    /// Looks the names of a policy up.
    pub(crate) fn resolve(&self, policy: Policy) -> Result<Policy, ConfigError> {
        policy.resolve(&self.hierarchies)
    }

    /// Says whose hierarchy a policy does not fit, where there are several.
    pub(crate) fn name_issuer(&self, error: ConfigError, issuer: &str) -> ConfigError {
        if self.hierarchies.len() > 1 { error.for_issuer(issuer) } else { error }
    }

    /// Returns the policy that a type stands for, its names looked up.
    pub(crate) fn policy_of<R: Requirement>(&self) -> Result<&Policy, ConfigError> {
        if let Some(policy) = self.policies.find::<R>() {
            return Ok(policy);
        }
        let policy = self.resolve(R::policy()).map_err(|error| error.of(type_name::<R>()))?;
        Ok(self.policies.keep::<R>(&policy))
    }
}
