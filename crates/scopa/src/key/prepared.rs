use std::fmt;
use std::sync::Arc;

use super::algorithm::{Algorithm, Algorithms};
use super::back_end::VerifyingKey;
use super::modulus::RsaNumbers;
use super::point::{EcPoint, EdPoint};

/// One key, ready to verify with each algorithm it is for.
#[derive(Clone)]
pub(super) struct PreparedKey {
    kid: Option<Arc<str>>,
    checks: Arc<[(Algorithm, VerifyingKey)]>,
}

impl PreparedKey {
    /// Prepares an RSA key for each of `algorithms`; fails when the back end refuses the numbers.
    pub(super) fn rsa(numbers: &RsaNumbers, algorithms: Algorithms) -> Option<Self> {
        let prepare = |algorithm| Some((algorithm, VerifyingKey::rsa(algorithm, numbers)?));
        Some(Self { kid: None, checks: algorithms.iter().map(prepare).collect::<Option<_>>()? })
    }

    /// Prepares a key on a curve; fails when the point is not on it.
    pub(super) fn ec(point: &EcPoint) -> Option<Self> {
        Some(Self::one(point.curve().algorithm(), VerifyingKey::ec(point)?))
    }

    /// Prepares an Ed25519 key; fails when the back end finds that it is no point of the curve.
    pub(super) fn ed25519(point: &EdPoint) -> Option<Self> {
        Some(Self::one(Algorithm::EdDSA, VerifyingKey::ed25519(point)?))
    }

    /// Prepares a secret; fails when `algorithm` is not HMAC.
    pub(super) fn hmac(algorithm: Algorithm, secret: &[u8]) -> Option<Self> {
        Some(Self::one(algorithm, VerifyingKey::hmac(algorithm, secret)?))
    }

    fn one(algorithm: Algorithm, key: VerifyingKey) -> Self {
        Self { kid: None, checks: Arc::new([(algorithm, key)]) }
    }

    /// Gives the key a name, or takes it away.
    pub(super) fn named(self, kid: Option<&str>) -> Self {
        Self { kid: kid.map(Arc::from), ..self }
    }

    pub(super) fn kid(&self) -> Option<&Arc<str>> {
        self.kid.as_ref()
    }

    pub(super) fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.checks.iter().map(|&(algorithm, _)| algorithm)
    }

    /// Finds what verifies `algorithm`, if this key is for it.
    pub(super) fn check(&self, algorithm: Algorithm) -> Option<&VerifyingKey> {
        self.checks.iter().find(|(own, _)| *own == algorithm).map(|(_, key)| key)
    }
}

impl fmt::Debug for PreparedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithms: Algorithms = self.algorithms().collect();
        f.debug_struct("Key").field("kid", &self.kid).field("algorithms", &algorithms).finish()
    }
}
