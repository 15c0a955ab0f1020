use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::algorithm::{Algorithm, Algorithms};
use super::back_end::{VerifyingKey, digest};
use super::modulus::RsaNumbers;
use super::point::{EcPoint, EdPoint};

/// One key, ready to verify with each algorithm it is for.
#[derive(Clone)]
pub(super) struct PreparedKey {
    kid: Option<Arc<str>>,
    body: Arc<Body>,
}

struct Body {
    checks: Box<[(Algorithm, VerifyingKey)]>,
    /// Tells public keys apart; secrets have none, and are in no set that changes.
    print: Option<[u8; 32]>,
    is_retired: AtomicBool,
}

/// Which key a token was verified with, for as long as somebody needs to know whether it still counts.
#[derive(Clone)]
pub(crate) struct SigningKey(Arc<Body>);

impl SigningKey {
    /// Tells whether the issuer has published a set without this key since.
    pub(crate) fn is_retired(&self) -> bool {
        self.0.is_retired.load(Ordering::Acquire)
    }
}

impl PreparedKey {
    /// Prepares an RSA key for each of `algorithms`; fails when the back end refuses the numbers.
    pub(super) fn rsa(numbers: &RsaNumbers, algorithms: Algorithms) -> Option<Self> {
        let prepare = |algorithm| Some((algorithm, VerifyingKey::rsa(algorithm, numbers)?));
        let checks = algorithms.iter().map(prepare).collect::<Option<_>>()?;
        // The length of the modulus tells where the exponent begins.
        let length = numbers.modulus().len().to_be_bytes();
        Some(Self::new(checks, &[&length, numbers.modulus(), numbers.exponent()]))
    }

    /// Prepares a key on a curve; fails when the point is not on it.
    pub(super) fn ec(point: &EcPoint) -> Option<Self> {
        let check = (point.curve().algorithm(), VerifyingKey::ec(point)?);
        Some(Self::new(Box::new([check]), &[point.uncompressed()]))
    }

    /// Prepares an Ed25519 key; fails when the back end finds that it is no point of the curve.
    pub(super) fn ed25519(point: &EdPoint) -> Option<Self> {
        let check = (Algorithm::EdDSA, VerifyingKey::ed25519(point)?);
        Some(Self::new(Box::new([check]), &[point.encoded()]))
    }

    /// Prepares a secret; fails when `algorithm` is not HMAC.
    pub(super) fn hmac(algorithm: Algorithm, secret: &[u8]) -> Option<Self> {
        let checks = Box::new([(algorithm, VerifyingKey::hmac(algorithm, secret)?)]);
        let body = Body { checks, print: None, is_retired: AtomicBool::new(false) };
        Some(Self { kid: None, body: Arc::new(body) })
    }

    fn new(checks: Box<[(Algorithm, VerifyingKey)]>, material: &[&[u8]]) -> Self {
        let body =
            Body { checks, print: Some(digest(&material.concat())), is_retired: AtomicBool::new(false) };
        Self { kid: None, body: Arc::new(body) }
    }

    /// Gives the key a name, or takes it away.
    pub(super) fn named(self, kid: Option<&str>) -> Self {
        Self { kid: kid.map(Arc::from), ..self }
    }

    pub(super) fn kid(&self) -> Option<&Arc<str>> {
        self.kid.as_ref()
    }

    pub(super) fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.body.checks.iter().map(|&(algorithm, _)| algorithm)
    }

    /// Finds what verifies `algorithm`, if this key is for it.
    pub(super) fn check(&self, algorithm: Algorithm) -> Option<&VerifyingKey> {
        self.body.checks.iter().find(|(own, _)| *own == algorithm).map(|(_, key)| key)
    }

    /// Tells whether a token that one has verified is verified by the other: same name, numbers and algorithms.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.body.print.is_some()
            && self.body.print == other.body.print
            && self.kid == other.kid
            && self.algorithms().eq(other.algorithms())
    }

    pub(super) fn retire(&self) {
        self.body.is_retired.store(true, Ordering::Release);
    }

    pub(super) fn signing_key(&self) -> SigningKey {
        SigningKey(self.body.clone())
    }
}

impl fmt::Debug for PreparedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithms: Algorithms = self.algorithms().collect();
        f.debug_struct("Key").field("kid", &self.kid).field("algorithms", &algorithms).finish()
    }
}
