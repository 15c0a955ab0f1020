use measure::{AUDIENCE, Alg, ISSUER, Issuer, SECRET};
use scopa::{Algorithm, ConfigError, KeySet, Validator};

scopa::scopes! {
    pub(crate) fn hierarchy;
    Write = "crashes:write" { Read = "crashes:read" },
}

/// The validator of both adapters.
pub(crate) fn validator(issuer: &Issuer) -> Result<Validator, ConfigError> {
    let keys = match issuer.alg() {
        Alg::HS256 => KeySet::from_secret(Algorithm::HS256, SECRET)?.with_kid(Alg::HS256.kid())?,
        _ => KeySet::from_jwks(&issuer.jwks())?,
    };
    Validator::builder(ISSUER, AUDIENCE).keys(keys).hierarchy(hierarchy()?).build()
}
