use scopa_axum::{Algorithm, Clock, Hierarchy, KeySet, Policy, Validator, scopes};
use scopa_testing::TestIssuer;

scopes! {
    pub(crate) fn hierarchy;
    Admin = "admin" { Write = "crashes:write" { Read = "crashes:read" }, Symbols = "symbols:read" },
    Team(id) = "team_{id}",
}

/// A validator for the tokens of one algorithm, with the whole key set of the issuer.
pub(crate) fn validator(algorithm: Algorithm) -> Validator {
    with_hierarchy(algorithm, hierarchy().expect("a well-formed hierarchy"))
}

/// The same, with other scopes.
pub(crate) fn with_hierarchy(algorithm: Algorithm, hierarchy: Hierarchy) -> Validator {
    let issuer = TestIssuer::new();
    let keys = match algorithm {
        Algorithm::HS256 => KeySet::from_secret(algorithm, TestIssuer::secret()).expect("a long secret"),
        _ => issuer.keys(),
    };
    Validator::builder(issuer.issuer(), issuer.audience())
        .keys(keys)
        .hierarchy(hierarchy)
        .clock(Standing)
        .build()
        .expect("a complete validator")
}

/// Prepares a policy.
pub(crate) fn policy(validator: &Validator, policy: impl Into<Policy>) -> Policy {
    validator.prepare(policy).expect("declared scopes")
}

/// Stands at the moment that the tokens were signed at, some seconds later.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> u64 {
        1_795_333_660
    }
}
