use std::fmt;

use scopa::ConfigError;

use super::RandomError;
use crate::store::Digest;

/// The key under which an issuer digests secrets, codes and tokens before it keeps them.
///
/// A store that leaks without it helps nobody to guess, forge or look up. It stays the same for as long as the store lives, on all
/// machines: with another key, no client, code or token of the store is known any more.
///
/// ```
/// use scopa_issuer::DigestKey;
///
/// let key = DigestKey::new([7; 32])?;
/// assert_eq!(format!("{key:?}"), "DigestKey(…)");
/// assert!(DigestKey::new("too short").is_err());
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct DigestKey {
    #[cfg(feature = "aws-lc-rs")]
    key: aws_lc_rs::hmac::Key,
    #[cfg(not(feature = "aws-lc-rs"))]
    key: hmac::Hmac<sha2::Sha256>,
}

impl DigestKey {
    /// Takes a key of at least 32 bytes, out of a good source of random numbers.
    ///
    /// # Errors
    /// It is shorter.
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let bytes = bytes.as_ref();
        if bytes.len() < SHORTEST {
            let problem =
                format!("a key of {} bytes can be guessed; use 32 random bytes or more", bytes.len());
            return Err(ConfigError::new("digest_key", problem));
        }
        Self::of(bytes).ok_or_else(|| ConfigError::new("digest_key", "the key cannot be used with HMAC"))
    }

    /// Makes a key that is forgotten with the process: for tests, and stores in memory.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn generate() -> Result<Self, ConfigError> {
        let bytes = super::random::<SHORTEST>()
            .map_err(|error: RandomError| ConfigError::new("digest_key", error.to_string()))?;
        Self::new(bytes)
    }

    #[cfg(feature = "aws-lc-rs")]
    #[expect(clippy::unnecessary_wraps, reason = "the other back end can refuse")]
    fn of(bytes: &[u8]) -> Option<Self> {
        Some(Self { key: aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, bytes) })
    }

    #[cfg(not(feature = "aws-lc-rs"))]
    fn of(bytes: &[u8]) -> Option<Self> {
        use hmac::Mac as _;
        hmac::Hmac::new_from_slice(bytes).ok().map(|key| Self { key })
    }

    /// Digests a text for one purpose: HMAC-SHA-256 over the purpose, a zero byte, and the text.
    pub(crate) fn digest(&self, purpose: &str, text: &[u8]) -> Digest {
        self.digest_all(purpose, &[text])
    }

    /// Digests several parts, one after the other. The caller sees to it that they can be told apart.
    #[cfg(feature = "aws-lc-rs")]
    pub(crate) fn digest_all(&self, purpose: &str, parts: &[&[u8]]) -> Digest {
        let mut context = aws_lc_rs::hmac::Context::with_key(&self.key);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        for part in parts {
            context.update(part);
        }
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        Digest::from(bytes)
    }

    /// Digests several parts, one after the other. The caller sees to it that they can be told apart.
    #[cfg(not(feature = "aws-lc-rs"))]
    pub(crate) fn digest_all(&self, purpose: &str, parts: &[&[u8]]) -> Digest {
        use hmac::Mac as _;
        let mut context = self.key.clone();
        context.update(purpose.as_bytes());
        context.update(&[0]);
        for part in parts {
            context.update(part);
        }
        Digest::from(<[u8; 32]>::from(context.finalize().into_bytes()))
    }
}

impl fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DigestKey(…)")
    }
}

const SHORTEST: usize = 32;
