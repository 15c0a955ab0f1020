use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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

    /// Signs a text for a purpose of the host's own, such as an address for an upload: 43 characters of `[A-Za-z0-9_-]` (HMAC-SHA-256)
    /// that only those make who have the key, on whichever machine. What was signed for one purpose is nothing for another, nor for
    /// the issuer.
    ///
    /// ```
    /// # futures_util::FutureExt::now_or_never(async {
    /// use scopa_issuer::{DigestKey, MemoryStore, Store as _};
    ///
    /// let (key, store) = (DigestKey::generate()?, MemoryStore::new());
    /// let (text, until) = ("a.sym until 1795780800", 1_795_780_800);
    /// let signature = key.sign("upload", text);
    ///
    /// // On another machine, where it is not yet `until`: it is ours, and comes for the first time.
    /// let known = key.verify("upload", text, &signature).ok_or("forged")?;
    /// assert!(store.use_once(known, until).await?);
    /// assert!(!store.use_once(known, until).await?);
    /// assert!(key.verify("upload", "b.sym until 1795780800", &signature).is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sign(&self, purpose: &str, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.of_host(purpose, text).as_bytes())
    }

    /// Verifies what [`sign`](Self::sign) made, and returns what a store knows it by:
    /// [`Store::use_once`](crate::Store::use_once) tells whether it comes for the first time.
    ///
    /// # Security
    /// A signature has no end of its own, and a store forgets a word at the end that it was told. So let the text say until when it is
    /// good, and refuse it from then on, before the store is asked.
    pub fn verify(&self, purpose: &str, text: &str, signature: &str) -> Option<Digest> {
        let digest = self.of_host(purpose, text);
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        super::same(digest.as_bytes(), &signature).then_some(digest)
    }

    /// The issuer's own purposes are other words. The length keeps purpose and text apart.
    fn of_host(&self, purpose: &str, text: &str) -> Digest {
        let length = purpose.len().to_be_bytes();
        self.digest_all("of the host", &[&length, purpose.as_bytes(), text.as_bytes()])
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_for_its_key_its_purpose_and_its_text() {
        let (key, other) = (DigestKey::new([7; 32]).unwrap(), DigestKey::new([8; 32]).unwrap());
        let signature = key.sign("upload", "a");
        assert_eq!(signature.len(), 43);
        let (shorter, last) = signature.split_at_checked(42).unwrap();
        assert!(key.verify("upload", "a", &signature).is_some());
        for refused in [
            other.verify("upload", "a", &signature),
            key.verify("uploads", "a", &signature),
            key.verify("uploa", "da", &signature),
            key.verify("upload", "b", &signature),
            key.verify("upload", "a", ""),
            key.verify("upload", "a", &format!("{signature}=")),
            key.verify("upload", "a", shorter),
            key.verify("upload", "a", "no base64url"),
        ] {
            assert_eq!(refused, None);
        }
        // Each has one text: the last of 43 characters holds two bits that say nothing, and they are 0.
        for other in ["A", "B", "C", "D"].into_iter().filter(|other| *other != last) {
            let written = format!("{shorter}{other}");
            assert_eq!(key.verify("upload", "a", &written), None, "{written}");
        }
    }

    #[test]
    fn what_the_host_signs_is_no_digest_of_the_issuer() {
        let key = DigestKey::new([7; 32]).unwrap();
        let ours = key.digest("client_secret", b"a");
        let of_host = key.verify("client_secret", "a", &key.sign("client_secret", "a"));
        assert!(of_host.is_some_and(|of_host| of_host != ours));
    }
}
