use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaKeyPair, RsaSignatureEncoding,
};
use base64_simd::URL_SAFE_NO_PAD;
use scopa::Algorithm;
use zeroize::Zeroizing;

use super::der;
use super::jwk::PublicJwk;
use super::kind::Kind;
use super::pem::{Form, PrivateDer};

/// A private key or a secret, prepared once, for one algorithm.
pub(super) enum PrivateKey {
    Ec(EcdsaKeyPair, Kind),
    Rsa(RsaKeyPair, &'static RsaSignatureEncoding),
    Ed25519(Ed25519KeyPair),
    Secret(Box<hmac::Key>),
}

impl PrivateKey {
    /// Makes a new one; `None` for HMAC, or if the back end cannot.
    pub(super) fn generate(algorithm: Algorithm) -> Option<Self> {
        let kind = Kind::of(algorithm)?;
        if let Some(form) = ecdsa(kind) {
            return EcdsaKeyPair::generate(form).ok().map(|key| Self::Ec(key, kind));
        }
        if let Some(encoding) = rsa(algorithm) {
            return RsaKeyPair::generate(KeySize::Rsa2048).ok().map(|key| Self::Rsa(key, encoding));
        }
        Ed25519KeyPair::generate().ok().map(Self::Ed25519)
    }

    /// Reads one; `None` if the back end refuses the numbers.
    pub(super) fn read(algorithm: Algorithm, private: &PrivateDer) -> Option<Self> {
        let (kind, bytes) = (Kind::of(algorithm)?, private.der.as_slice());
        if let Some(form) = ecdsa(kind) {
            let key = match private.form {
                Form::Pkcs8 => EcdsaKeyPair::from_pkcs8(form, bytes),
                _ => EcdsaKeyPair::from_private_key_der(form, bytes),
            };
            return key.ok().map(|key| Self::Ec(key, kind));
        }
        if let Some(encoding) = rsa(algorithm) {
            let key = match private.form {
                Form::Pkcs8 => RsaKeyPair::from_pkcs8(bytes),
                _ => RsaKeyPair::from_der(bytes),
            };
            return key.ok().map(|key| Self::Rsa(key, encoding));
        }
        Ed25519KeyPair::from_pkcs8(bytes).ok().map(Self::Ed25519)
    }

    /// Takes a secret; `None` if the algorithm is not HMAC.
    pub(super) fn secret(algorithm: Algorithm, secret: &[u8]) -> Option<Self> {
        let hash = match algorithm {
            Algorithm::HS256 => hmac::HMAC_SHA256,
            Algorithm::HS384 => hmac::HMAC_SHA384,
            Algorithm::HS512 => hmac::HMAC_SHA512,
            _ => return None,
        };
        Some(Self::Secret(Box::new(hmac::Key::new(hash, secret))))
    }

    /// Signs what stands in `token`, and adds a dot and the signature (RFC 7515 §5.1); `None` if the back end cannot.
    pub(super) fn sign(&self, token: &mut String) -> Option<()> {
        let message = token.as_bytes();
        match self {
            // RFC 7518 §3.4: R and S joined, of fixed length; not the ASN.1 form.
            Self::Ec(key, _) => {
                let signature = key.sign(&SystemRandom::new(), message).ok()?;
                append(token, signature.as_ref());
            }
            Self::Rsa(key, encoding) => {
                let mut space = [0; MOST_RSA_BITS / 8];
                let signature = space.get_mut(..key.public_modulus_len())?;
                key.sign(*encoding, &SystemRandom::new(), message, signature).ok()?;
                append(token, signature);
            }
            Self::Ed25519(key) => {
                let signature = key.try_sign(message).ok()?;
                append(token, signature.as_ref());
            }
            Self::Secret(key) => {
                let tag = hmac::sign(key, message);
                append(token, tag.as_ref());
            }
        }
        Some(())
    }

    /// Returns the public half; a secret has none.
    pub(super) fn public(&self) -> Option<PublicJwk> {
        match self {
            Self::Ec(key, kind) => PublicJwk::ec(*kind, key.public_key().as_ref()),
            Self::Rsa(key, _) => {
                let (modulus, exponent) = der::rsa_public_key(key.public_key().as_ref())?;
                Some(PublicJwk::rsa(modulus, exponent))
            }
            Self::Ed25519(key) => Some(PublicJwk::ed25519(key.public_key().as_ref())),
            Self::Secret(_) => None,
        }
    }

    /// Writes the private key as PKCS#8; `None` for a secret.
    pub(super) fn pkcs8(&self) -> Option<Zeroizing<Vec<u8>>> {
        let copied = |der: &[u8]| Zeroizing::new(der.to_vec());
        match self {
            Self::Ec(key, _) => key.to_pkcs8v1().ok().map(|der| copied(der.as_ref())),
            Self::Rsa(key, _) => {
                let der: Pkcs8V1Der<'_> = key.as_der().ok()?;
                Some(copied(der.as_ref()))
            }
            Self::Ed25519(key) => key.to_pkcs8v1().ok().map(|der| copied(der.as_ref())),
            Self::Secret(_) => None,
        }
    }
}

fn append(token: &mut String, signature: &[u8]) {
    token.push('.');
    URL_SAFE_NO_PAD.encode_append(signature, token);
}

fn ecdsa(kind: Kind) -> Option<&'static EcdsaSigningAlgorithm> {
    Some(match kind {
        Kind::P256 => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        Kind::P384 => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        Kind::P521 => &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
        Kind::Rsa | Kind::Ed25519 => return None,
    })
}

fn rsa(algorithm: Algorithm) -> Option<&'static RsaSignatureEncoding> {
    Some(match algorithm {
        Algorithm::RS256 => &signature::RSA_PKCS1_SHA256,
        Algorithm::RS384 => &signature::RSA_PKCS1_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_SHA512,
        // RFC 7518 §3.5: the salt is as long as the hash.
        Algorithm::PS256 => &signature::RSA_PSS_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_SHA512,
        _ => return None,
    })
}

/// The longest modulus that both back end and validators take.
pub(super) const MOST_RSA_BITS: usize = 8192;
