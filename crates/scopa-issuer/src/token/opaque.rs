//! Opaque access tokens: 256 random bits, which mean something to the issuer's store alone.

use zeroize::Zeroizing;

use crate::crypto::{DigestKey, RandomError, random_text};
use crate::store::Digest;

/// Makes a token: 43 characters out of `[A-Za-z0-9_-]`.
pub(crate) fn new() -> Result<Zeroizing<String>, RandomError> {
    random_text::<32>()
}

/// Returns what the store knows of a token.
pub(crate) fn digest(key: &DigestKey, token: &str) -> Digest {
    key.digest("access token", token.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_new_and_fits_in_a_header() {
        let (one, other) = (new().unwrap(), new().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 43);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)), "{}", *one);
    }

    #[test]
    fn its_digest_is_of_its_own_kind() {
        let key = DigestKey::new([7; 32]).unwrap();
        assert_eq!(digest(&key, "a"), digest(&key, "a"));
        assert_ne!(digest(&key, "a"), digest(&key, "b"));
        assert_ne!(digest(&key, "a"), key.digest("code", b"a"));
        assert_ne!(digest(&key, "a"), digest(&DigestKey::new([8; 32]).unwrap(), "a"));
    }
}
