use base64_simd::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use hmac::{Hmac, Mac};
use p521::elliptic_curve::sec1::ToEncodedPoint as _;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::rand_core::{OsRng, RngCore as _};
use rsa::signature::{RandomizedSigner, SignatureEncoding, Signer};
use rsa::traits::PublicKeyParts as _;
use rsa::{RsaPrivateKey, pkcs1v15, pss};
use scopa::Algorithm;
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::jwk::PublicJwk;
use super::kind::Kind;
use super::pem::{Form, PrivateDer};

/// A private key or a secret, prepared once, for one algorithm: what it does with a message.
pub(super) struct PrivateKey {
    sign: Box<Sign>,
    public: Option<PublicJwk>,
    pkcs8: Option<Zeroizing<Vec<u8>>>,
}

type Sign = dyn Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync;

impl PrivateKey {
    /// Makes a new one; `None` for HMAC, or if the back end cannot.
    pub(super) fn generate(algorithm: Algorithm) -> Option<Self> {
        match Kind::of(algorithm)? {
            Kind::Rsa => Self::rsa(algorithm, RsaPrivateKey::new(&mut OsRng, USUAL_RSA_BITS).ok()?),
            Kind::P256 => Self::p256(&p256::SecretKey::random(&mut OsRng)),
            Kind::P384 => Self::p384(&p384::SecretKey::random(&mut OsRng)),
            Kind::P521 => Self::p521(&p521::SecretKey::random(&mut OsRng)),
            Kind::Ed25519 => {
                let mut seed = Zeroizing::new([0; 32]);
                OsRng.try_fill_bytes(seed.as_mut_slice()).ok()?;
                Self::ed25519(ed25519_dalek::SigningKey::from_bytes(&seed))
            }
        }
    }

    /// Reads one; `None` if the back end refuses the numbers.
    pub(super) fn read(algorithm: Algorithm, private: &PrivateDer) -> Option<Self> {
        let der = private.der.as_slice();
        match (Kind::of(algorithm)?, private.form) {
            (Kind::Rsa, Form::Pkcs8) => Self::rsa(algorithm, RsaPrivateKey::from_pkcs8_der(der).ok()?),
            (Kind::Rsa, _) => Self::rsa(algorithm, RsaPrivateKey::from_pkcs1_der(der).ok()?),
            (Kind::P256, Form::Pkcs8) => Self::p256(&p256::SecretKey::from_pkcs8_der(der).ok()?),
            (Kind::P256, _) => Self::p256(&p256::SecretKey::from_sec1_der(der).ok()?),
            (Kind::P384, Form::Pkcs8) => Self::p384(&p384::SecretKey::from_pkcs8_der(der).ok()?),
            (Kind::P384, _) => Self::p384(&p384::SecretKey::from_sec1_der(der).ok()?),
            (Kind::P521, Form::Pkcs8) => Self::p521(&p521::SecretKey::from_pkcs8_der(der).ok()?),
            (Kind::P521, _) => Self::p521(&p521::SecretKey::from_sec1_der(der).ok()?),
            (Kind::Ed25519, _) => Self::ed25519(ed25519_dalek::SigningKey::from_pkcs8_der(der).ok()?),
        }
    }

    /// Takes a secret; `None` if the algorithm is not HMAC.
    pub(super) fn secret(algorithm: Algorithm, secret: &[u8]) -> Option<Self> {
        // A prepared `Hmac` would not be wiped when dropped, a secret is; preparing takes two hash blocks.
        let secret = Zeroizing::new(secret.to_vec());
        let sign: Box<Sign> = match algorithm {
            Algorithm::HS256 => Box::new(move |message| tag::<Hmac<Sha256>>(&secret, message)),
            Algorithm::HS384 => Box::new(move |message| tag::<Hmac<Sha384>>(&secret, message)),
            Algorithm::HS512 => Box::new(move |message| tag::<Hmac<Sha512>>(&secret, message)),
            _ => return None,
        };
        Some(Self { sign, public: None, pkcs8: None })
    }

    fn rsa(algorithm: Algorithm, key: RsaPrivateKey) -> Option<Self> {
        let public = PublicJwk::rsa(&key.n().to_bytes_be(), &key.e().to_bytes_be());
        let pkcs8 = written(&key)?;
        let sign = match algorithm {
            Algorithm::RS256 => randomized(pkcs1v15::SigningKey::<Sha256>::new(key)),
            Algorithm::RS384 => randomized(pkcs1v15::SigningKey::<Sha384>::new(key)),
            Algorithm::RS512 => randomized(pkcs1v15::SigningKey::<Sha512>::new(key)),
            // RFC 7518 §3.5: the salt is as long as the hash, which is what `new` asks for.
            Algorithm::PS256 => randomized(pss::BlindedSigningKey::<Sha256>::new(key)),
            Algorithm::PS384 => randomized(pss::BlindedSigningKey::<Sha384>::new(key)),
            Algorithm::PS512 => randomized(pss::BlindedSigningKey::<Sha512>::new(key)),
            _ => return None,
        };
        Some(Self { sign, public: Some(public), pkcs8: Some(pkcs8) })
    }

    fn p256(key: &p256::SecretKey) -> Option<Self> {
        let sign = signer::<p256::ecdsa::Signature>(p256::ecdsa::SigningKey::from(key));
        let point = key.public_key().to_encoded_point(false);
        Self::on_curve(Kind::P256, sign, point.as_bytes(), written(key)?)
    }

    fn p384(key: &p384::SecretKey) -> Option<Self> {
        let sign = signer::<p384::ecdsa::Signature>(p384::ecdsa::SigningKey::from(key));
        let point = key.public_key().to_encoded_point(false);
        Self::on_curve(Kind::P384, sign, point.as_bytes(), written(key)?)
    }

    fn p521(key: &p521::SecretKey) -> Option<Self> {
        let signing = p521::ecdsa::SigningKey::from_bytes(&key.to_bytes()).ok()?;
        let point = key.public_key().to_encoded_point(false);
        let sign = randomized::<p521::ecdsa::Signature>(signing);
        Self::on_curve(Kind::P521, sign, point.as_bytes(), written(key)?)
    }

    // RFC 7518 §3.4: R and S joined, of fixed length, which is how a `Signature` is written.
    fn on_curve(kind: Kind, sign: Box<Sign>, point: &[u8], pkcs8: Zeroizing<Vec<u8>>) -> Option<Self> {
        Some(Self { sign, public: Some(PublicJwk::ec(kind, point)?), pkcs8: Some(pkcs8) })
    }

    fn ed25519(key: ed25519_dalek::SigningKey) -> Option<Self> {
        let public = PublicJwk::ed25519(key.verifying_key().as_bytes());
        // Without the public key, as version 1 of PKCS#8: every library reads that.
        let private = ed25519_dalek::pkcs8::KeypairBytes { secret_key: key.to_bytes(), public_key: None };
        let pkcs8 = written(&private)?;
        Some(Self { sign: signer::<ed25519_dalek::Signature>(key), public: Some(public), pkcs8: Some(pkcs8) })
    }

    /// Signs what stands in `token`, and adds a dot and the signature (RFC 7515 §5.1); `None` if the back end cannot.
    pub(super) fn sign(&self, token: &mut String) -> Option<()> {
        let signature = (self.sign)(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_append(signature, token);
        Some(())
    }

    /// Returns the public half; a secret has none.
    pub(super) fn public(&self) -> Option<PublicJwk> {
        self.public.clone()
    }

    /// Writes the private key as PKCS#8; `None` for a secret.
    pub(super) fn pkcs8(&self) -> Option<Zeroizing<Vec<u8>>> {
        self.pkcs8.clone()
    }
}

fn signer<S: SignatureEncoding>(key: impl Signer<S> + Send + Sync + 'static) -> Box<Sign> {
    Box::new(move |message| key.try_sign(message).ok().map(|signature| signature.to_vec()))
}

/// With random numbers: RSA hides the key's timing behind a random factor, and P-521 has no other way here.
fn randomized<S: SignatureEncoding>(key: impl RandomizedSigner<S> + Send + Sync + 'static) -> Box<Sign> {
    Box::new(move |message| {
        key.try_sign_with_rng(&mut OsRng, message).ok().map(|signature| signature.to_vec())
    })
}

fn tag<M: Mac + hmac::digest::KeyInit>(secret: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let mac = <M as Mac>::new_from_slice(secret).ok()?;
    Some(mac.chain_update(message).finalize().into_bytes().to_vec())
}

fn written(key: &impl EncodePrivateKey) -> Option<Zeroizing<Vec<u8>>> {
    key.to_pkcs8_der().ok().map(|document| document.to_bytes())
}

const USUAL_RSA_BITS: usize = 2048;
/// The longest modulus that both back end and validators take.
pub(super) const MOST_RSA_BITS: usize = rsa::RsaPublicKey::MAX_SIZE;
