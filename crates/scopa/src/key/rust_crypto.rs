use hmac::{Hmac, Mac};
use rsa::signature::Verifier;
use rsa::{BigUint, RsaPublicKey, pkcs1v15, pss};
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::modulus::RsaNumbers;
use super::point::{Curve, EcPoint, EdPoint, has_one_spelling};

/// A key parsed once, for one algorithm: what it does with a message and a signature.
pub(super) struct VerifyingKey(Box<Verify>);

type Verify = dyn Fn(&[u8], &[u8]) -> bool + Send + Sync;

impl VerifyingKey {
    pub(super) fn rsa(algorithm: Algorithm, numbers: &RsaNumbers) -> Option<Self> {
        let (n, e) = (BigUint::from_bytes_be(numbers.modulus()), BigUint::from_bytes_be(numbers.exponent()));
        let key = RsaPublicKey::new(n, e).ok()?;
        Some(match algorithm {
            Algorithm::RS256 => verifier::<pkcs1v15::Signature>(pkcs1v15::VerifyingKey::<Sha256>::new(key)),
            Algorithm::RS384 => verifier::<pkcs1v15::Signature>(pkcs1v15::VerifyingKey::<Sha384>::new(key)),
            Algorithm::RS512 => verifier::<pkcs1v15::Signature>(pkcs1v15::VerifyingKey::<Sha512>::new(key)),
            // RFC 7518 §3.5: the salt is as long as the hash, which is what `new` asks for.
            Algorithm::PS256 => verifier::<pss::Signature>(pss::VerifyingKey::<Sha256>::new(key)),
            Algorithm::PS384 => verifier::<pss::Signature>(pss::VerifyingKey::<Sha384>::new(key)),
            Algorithm::PS512 => verifier::<pss::Signature>(pss::VerifyingKey::<Sha512>::new(key)),
            _ => return None,
        })
    }

    pub(super) fn ec(point: &EcPoint) -> Option<Self> {
        use {p256::ecdsa as es256, p384::ecdsa as es384, p521::ecdsa as es512};

        // RFC 7518 §3.4: R and S joined, of fixed length; not the ASN.1 form.
        let sec1 = point.uncompressed();
        Some(match point.curve() {
            Curve::P256 => verifier::<es256::Signature>(es256::VerifyingKey::from_sec1_bytes(sec1).ok()?),
            Curve::P384 => verifier::<es384::Signature>(es384::VerifyingKey::from_sec1_bytes(sec1).ok()?),
            Curve::P521 => verifier::<es512::Signature>(es512::VerifyingKey::from_sec1_bytes(sec1).ok()?),
        })
    }

    pub(super) fn ed25519(point: &EdPoint) -> Option<Self> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(point.encoded()).ok()?;
        Some(Self(Box::new(move |message, signature| {
            // As the other back end does: keys of small order are refused when they are read, and an R of small order, for
            // which `verify_strict` looks besides, only the holder of the key can make.
            ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|parsed| has_one_spelling(signature) && key.verify(message, &parsed).is_ok())
        })))
    }

    pub(super) fn hmac(algorithm: Algorithm, secret: &[u8]) -> Option<Self> {
        // A prepared `Hmac` would not be wiped when dropped, a secret is; preparing takes two hash blocks.
        let secret = Zeroizing::new(secret.to_vec());
        Some(match algorithm {
            Algorithm::HS256 => {
                Self(Box::new(move |message, tag| has_tag::<Hmac<Sha256>>(&secret, message, tag)))
            }
            Algorithm::HS384 => {
                Self(Box::new(move |message, tag| has_tag::<Hmac<Sha384>>(&secret, message, tag)))
            }
            Algorithm::HS512 => {
                Self(Box::new(move |message, tag| has_tag::<Hmac<Sha512>>(&secret, message, tag)))
            }
            _ => return None,
        })
    }

    /// Tells whether the signature is of this key and over this message; the length must be exact.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        (self.0)(message, signature)
    }
}

fn verifier<S>(key: impl Verifier<S> + Send + Sync + 'static) -> VerifyingKey
where
    S: for<'a> TryFrom<&'a [u8]>,
{
    VerifyingKey(Box::new(move |message, signature| {
        S::try_from(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
    }))
}

/// Compares in constant time, and the whole tag.
fn has_tag<M: Mac + hmac::digest::KeyInit>(secret: &[u8], message: &[u8], tag: &[u8]) -> bool {
    <M as Mac>::new_from_slice(secret).is_ok_and(|mac| mac.chain_update(message).verify_slice(tag).is_ok())
}

/// Returns the SHA-256 digest.
pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    Sha256::digest(bytes).into()
}

/// The longest modulus this back end verifies with.
pub(super) const MAX_RSA_BITS: usize = RsaPublicKey::MAX_SIZE;
