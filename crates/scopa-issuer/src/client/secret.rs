use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::crypto::DigestKey;
use crate::store::Digest;

/// A secret as it was made: shown once, kept by nobody.
///
/// 256 bits from the system's random numbers, as 43 characters out of `[A-Za-z0-9_-]`: they mean the same in Basic
/// whether the client encodes them or not (RFC 6749 §2.3.1).
///
/// ```
/// # futures_util::FutureExt::now_or_never(async {
/// # let issuer = scopa_issuer::DevIssuer::new("http://127.0.0.1:9000", "https://api.example.com")?;
/// let (client, secret) = issuer.issuer().clients().create(scopa_issuer::ClientDraft::machine("nightly export")).await?;
/// let secret = secret.ok_or("a machine has one")?;
/// assert_eq!(secret.as_str().len(), 43);
/// assert_eq!(format!("{secret:?}"), format!("ClientSecret({})", client.secrets()[0].id()));
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ClientSecret {
    pub(crate) id: String,
    pub(crate) text: Zeroizing<String>,
}

impl ClientSecret {
    /// Returns its id, by which it is revoked.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the secret. There is no second chance to see it.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientSecret({})", self.id)
    }
}

/// What is kept of a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRecord {
    pub(crate) id: String,
    pub(crate) created_at: u64,
    pub(crate) expires_at: Option<u64>,
    pub(crate) check: SecretCheck,
}

/// By what a secret is known again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SecretCheck {
    /// The keyed SHA-256 of a secret that was made here, in base64url.
    Digest(#[serde(with = "digest_text")] Digest),
    /// A password hash, in PHC form, of one that a person chose.
    Argon2(String),
}

impl SecretRecord {
    /// Returns its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns when it was made, in seconds since 1970-01-01T00:00:00Z.
    pub fn created_at(&self) -> u64 {
        self.created_at
    }

    /// Returns from when on it is refused, in seconds since 1970-01-01T00:00:00Z, if it ever is.
    pub fn expires_at(&self) -> Option<u64> {
        self.expires_at
    }
}

impl SecretRecord {
    /// Tells whether it is good at a time.
    pub(crate) fn is_living(&self, now: u64) -> bool {
        self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

/// Returns what is kept of a random secret.
pub(crate) fn digest_of(key: &DigestKey, secret: &[u8]) -> Digest {
    key.digest("client_secret", secret)
}

impl fmt::Debug for SecretRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretRecord")
            .field("id", &self.id)
            .field("created_at", &self.created_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Reads and writes a digest as base64url.
mod digest_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::store::Digest;

    pub(super) fn serialize<S: Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&URL_SAFE_NO_PAD.encode(digest.as_bytes()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
        let bytes = URL_SAFE_NO_PAD.decode(String::deserialize(from)?).map_err(D::Error::custom)?;
        <[u8; 32]>::try_from(bytes).map(Digest::from).map_err(|_| D::Error::custom("a digest has 32 bytes"))
    }
}
