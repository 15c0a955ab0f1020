use jsonwebtoken::Algorithm;
use measure::{Alg, SCOPE};
use serde::Deserialize;

/// The claims that a service reads, for peers that leave their type to it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ServiceClaims {
    /// Who is called for; a service that authorizes wants to know.
    #[expect(dead_code, reason = "read from the token, as a service would")]
    pub(crate) sub: String,
    /// The scopes, separated by spaces.
    scope: String,
}

impl ServiceClaims {
    /// Tells whether the one scope is among them.
    pub(crate) fn may_read(&self) -> bool {
        self.scope.split(' ').any(|scope| scope == SCOPE)
    }
}

/// The algorithm, as jsonwebtoken calls it.
pub(crate) fn algorithm(alg: Alg) -> Algorithm {
    match alg {
        Alg::RS256 => Algorithm::RS256,
        Alg::ES256 => Algorithm::ES256,
        Alg::EdDSA => Algorithm::EdDSA,
        Alg::HS256 => Algorithm::HS256,
    }
}
