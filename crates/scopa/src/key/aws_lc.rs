use aws_lc_rs::hmac;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters};
use ed25519_dalek::Verifier;

use super::algorithm::Algorithm;
use super::modulus::RsaNumbers;
use super::point::{Curve, EcPoint, EdPoint, has_one_spelling};
use super::signature::{LONGEST, der};

/// A key parsed once, for one algorithm.
pub(super) enum VerifyingKey {
    Rsa(ParsedPublicKey),
    /// With the length of a coordinate.
    Ec(ParsedPublicKey, usize),
    /// By ed25519-dalek, which is faster here.
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
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
        components.to_parsed_public_key(parameters).ok().map(Self::Rsa)
    }

    pub(super) fn ec(point: &EcPoint) -> Option<Self> {
        // The form of X9.62, in which aws-lc works: from the other one it would make it by itself, on the heap.
        let algorithm = match point.curve() {
            Curve::P256 => &signature::ECDSA_P256_SHA256_ASN1,
            Curve::P384 => &signature::ECDSA_P384_SHA384_ASN1,
            Curve::P521 => &signature::ECDSA_P521_SHA512_ASN1,
        };
        let key = ParsedPublicKey::new(algorithm, point.uncompressed()).ok()?;
        Some(Self::Ec(key, point.curve().size()))
    }

    pub(super) fn ed25519(point: &EdPoint) -> Option<Self> {
        ed25519_dalek::VerifyingKey::from_bytes(point.encoded()).ok().map(|key| Self::Ed25519(Box::new(key)))
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
            Self::Rsa(key) => key.verify_sig(message, signature).is_ok(),
            Self::Ec(key, coordinate) => {
                let mut space = [0; LONGEST];
                der(signature, *coordinate, &mut space)
                    .is_some_and(|signature| key.verify_sig(message, signature).is_ok())
            }
            // Not `verify_strict`, which takes a fifth longer: it looks for keys of small order, which are refused when
            // they are read, and for an R of small order, which only the holder of the key can make.
            Self::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|parsed| has_one_spelling(signature) && key.verify(message, &parsed).is_ok()),
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
