//! The fixed keys, and signatures with them.

#[cfg(feature = "aws-lc-rs")]
use jsonwebtoken::crypto::aws_lc as back_end;
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
use jsonwebtoken::crypto::rust_crypto as back_end;
use jsonwebtoken::errors::Result;
use jsonwebtoken::{Algorithm as Alg, EncodingKey};
use scopa::Algorithm;

/// The public keys of the issuer.
pub(crate) const JWKS: &str = include_str!("../keys/jwks.json");

/// The shared secret for HMAC: 64 bytes, as HS512 asks for (RFC 7518 §3.2).
pub(crate) const SECRET: &[u8; 64] = b"the secret of the scopa test issuer, it is public, protects none";

/// Whose key signs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signer {
    /// The issuer, whose public keys are in [`JWKS`].
    Issuer,
    /// Somebody else, with a key of the same kind.
    Stranger,
}

impl Signer {
    /// Signs with the key that goes with the algorithm; `None` for an algorithm that cannot be signed with here.
    pub(crate) fn sign(self, algorithm: Algorithm, message: &[u8]) -> Option<Vec<u8>> {
        let (algorithm, key) = self.key(algorithm)?;
        // The process-wide provider of jsonwebtoken panics when both back ends are on: this one is named.
        let signer = (back_end::DEFAULT_PROVIDER.signer_factory)(&algorithm, &key.ok()?).ok()?;
        signer.try_sign(message).ok()
    }

    fn key(self, algorithm: Algorithm) -> Option<(Alg, Result<EncodingKey>)> {
        let [rsa, p256, p384, ed25519, secret] = match self {
            Self::Issuer => ISSUER,
            Self::Stranger => STRANGER,
        };
        let rsa = || EncodingKey::from_rsa_pem(rsa);
        let secret = || Ok(EncodingKey::from_secret(secret));
        Some(match algorithm {
            Algorithm::RS256 => (Alg::RS256, rsa()),
            Algorithm::RS384 => (Alg::RS384, rsa()),
            Algorithm::RS512 => (Alg::RS512, rsa()),
            Algorithm::PS256 => (Alg::PS256, rsa()),
            Algorithm::PS384 => (Alg::PS384, rsa()),
            Algorithm::PS512 => (Alg::PS512, rsa()),
            Algorithm::ES256 => (Alg::ES256, EncodingKey::from_ec_pem(p256)),
            Algorithm::ES384 => (Alg::ES384, EncodingKey::from_ec_pem(p384)),
            Algorithm::EdDSA => (Alg::EdDSA, EncodingKey::from_ed_pem(ed25519)),
            Algorithm::HS256 => (Alg::HS256, secret()),
            Algorithm::HS384 => (Alg::HS384, secret()),
            Algorithm::HS512 => (Alg::HS512, secret()),
            _ => return None,
        })
    }
}

/// Returns the `kid` of the key that goes with the algorithm, as it stands in [`JWKS`]; a secret has none.
pub(crate) fn kid(algorithm: Algorithm) -> Option<String> {
    match algorithm {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => None,
        Algorithm::EdDSA => Some("ed25519".into()),
        other => Some(other.name().to_ascii_lowercase()),
    }
}

/// RSA, P-256, P-384, Ed25519 and the secret.
type Keys = [&'static [u8]; 5];

const ISSUER: Keys = [
    include_bytes!("../keys/issuer-rsa.pem"),
    include_bytes!("../keys/issuer-p256.pem"),
    include_bytes!("../keys/issuer-p384.pem"),
    include_bytes!("../keys/issuer-ed25519.pem"),
    SECRET,
];

const STRANGER: Keys = [
    include_bytes!("../keys/stranger-rsa.pem"),
    include_bytes!("../keys/stranger-p256.pem"),
    include_bytes!("../keys/stranger-p384.pem"),
    include_bytes!("../keys/stranger-ed25519.pem"),
    b"the secret of a stranger, whom nobody in the tests may believe..",
];
