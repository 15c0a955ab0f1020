//! Digests, random numbers, comparison in constant time. Signatures are the business of `key/`.

mod digest_key;
mod random;

pub use digest_key::DigestKey;
pub(crate) use random::{RandomError, random, random_text};

use subtle::ConstantTimeEq as _;

/// Compares in a time that tells nothing of where they differ.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// SHA-256 (RFC 6234).
pub(crate) fn sha256(data: &[u8]) -> [u8; 32] {
    #[cfg(feature = "aws-lc-rs")]
    {
        let mut bytes = [0; 32];
        for (to, from) in
            bytes.iter_mut().zip(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, data).as_ref())
        {
            *to = *from;
        }
        bytes
    }
    #[cfg(not(feature = "aws-lc-rs"))]
    {
        use sha2::Digest as _;
        sha2::Sha256::digest(data).into()
    }
}
