use std::sync::Arc;

use zeroize::Zeroizing;

use super::ClientAuthentication;
#[cfg(feature = "argon2")]
use crate::client::is_hash_of;
use crate::client::{Client, Confidentiality, SecretCheck, digest_of};
use crate::crypto::same;
use crate::store::Digest;

impl ClientAuthentication {
    /// Returns the client if one of its living secrets is one of the readings of what was sent.
    ///
    /// Each reading is digested once and compared with all secrets, in constant time. A client that is not known, or has no
    /// secret, costs the same as one with one.
    pub(super) fn secret_holder(
        &self,
        client: Option<Arc<Client>>,
        readings: &[Zeroizing<Vec<u8>>],
    ) -> Option<Arc<Client>> {
        let now = self.clock.now();
        let holder = client.filter(|client| {
            client.draft.confidentiality == Confidentiality::Confidential && client.draft.jwks.is_none()
        });
        let living = holder.iter().flat_map(|client| &client.secrets).filter(|secret| secret.is_living(now));
        let (mut digests, mut hashes) = (Vec::new(), Vec::new());
        for secret in living {
            match &secret.check {
                SecretCheck::Digest(digest) => digests.push(*digest),
                SecretCheck::Argon2(hash) => hashes.push(hash.as_str()),
            }
        }
        if digests.is_empty() {
            digests.push(Digest::from([0; 32]));
        }

        let readings: Vec<Digest> =
            readings.iter().map(|reading| digest_of(&self.digest_key, reading)).collect();
        let mut is_good = false;
        for reading in &readings {
            for digest in &digests {
                is_good |= same(reading.as_bytes(), digest.as_bytes());
            }
        }
        // Those that a person chose come last: a client that has a better one by now does not pay for them.
        let is_good =
            is_good || readings.iter().any(|reading| hashes.iter().any(|hash| is_hash_of(hash, reading)));
        holder.filter(|_| is_good)
    }
}

/// Without the feature, nobody can look at the hashes that a build with it left in the store.
#[cfg(not(feature = "argon2"))]
fn is_hash_of(_hash: &str, _digest: &Digest) -> bool {
    false
}
