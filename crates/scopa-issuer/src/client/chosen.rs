//! Secrets that people chose: few enough to be tried out, so each try is made dear (RFC 9106).

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

use super::ClientError;
use crate::crypto::random;
use crate::store::{Digest, StoreError};

/// Hashes a secret with Argon2id: 19 MiB, two passes, a salt of its own.
///
/// What is hashed is its digest: who has the store and not the digest key has nothing to try.
pub(super) fn hash(digest: &Digest) -> Result<String, ClientError> {
    let salt = random::<16>()?;
    let hash = Argon2::default().hash_password_with_salt(digest.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|error| ClientError::Store(StoreError::new(error.to_string())))
}

/// Tells whether this is the secret that was hashed.
pub(crate) fn is_hash_of(hash: &str, digest: &Digest) -> bool {
    Argon2::default().verify_password(digest.as_bytes(), hash).is_ok()
}
