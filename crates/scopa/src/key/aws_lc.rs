use aws_lc_rs::hmac;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters};

use super::algorithm::Algorithm;
use super::modulus::RsaNumbers;
use super::point::{Curve, EcPoint, EdPoint};

/// A key parsed once, for one algorithm.
pub(super) enum VerifyingKey {
    Public(ParsedPublicKey),
    Secret(Box<hmac::Key>),
}

impl VerifyingKey {
    pub(super) fn rsa(algorithm: Algorithm, numbers: &RsaNumbers) -> Option<Self> {
        let parameters: &'static RsaParameters = match algorithm {
            Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
            Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
            Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
            _ => return None,
        };
        let components = PublicKeyComponents { n: numbers.modulus(), e: numbers.exponent() };
        components.to_parsed_public_key(parameters).ok().map(Self::Public)
    }

    pub(super) fn ec(point: &EcPoint) -> Option<Self> {
        // RFC 7518 §3.4: R and S joined, of fixed length; not the ASN.1 form.
        let algorithm = match point.curve() {
            Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED,
            Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED,
            Curve::P521 => &signature::ECDSA_P521_SHA512_FIXED,
        };
        ParsedPublicKey::new(algorithm, point.uncompressed()).ok().map(Self::Public)
    }

    pub(super) fn ed25519(point: &EdPoint) -> Option<Self> {
        ParsedPublicKey::new(&signature::ED25519, point.encoded()).ok().map(Self::Public)
    }

    pub(super) fn hmac(algorithm: Algorithm, secret: &[u8]) -> Option<Self> {
        let hash = match algorithm {
            Algorithm::HS256 => hmac::HMAC_SHA256,
            Algorithm::HS384 => hmac::HMAC_SHA384,
            Algorithm::HS512 => hmac::HMAC_SHA512,
            _ => return None,
        };
        Some(Self::Secret(Box::new(hmac::Key::new(hash, secret))))
    }

    /// Tells whether the signature is of this key and over this message; the length must be exact.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Public(key) => key.verify_sig(message, signature).is_ok(),
            Self::Secret(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

/// Returns the SHA-256 digest.
pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref());
    digest
}

/// The longest modulus this back end verifies with.
pub(super) const MAX_RSA_BITS: usize = 8192;
