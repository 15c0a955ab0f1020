use std::fmt;

use serde_json::{Map, Value};

/// The keyed SHA-256 of a code, a token or a secret: what a store knows of it.
///
/// ```
/// let digest = scopa_issuer::Digest::from([7; 32]);
/// assert_eq!(format!("{digest:?}"), "Digest(0707…)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Returns the 32 bytes, as a database keeps them.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, ..] = self.0;
        write!(f, "Digest({first:02x}{second:02x}…)")
    }
}

/// An authorization code (RFC 6749 §4.1.2), and what it will be exchanged for.
#[derive(Debug, Clone, PartialEq)]
pub struct Code {
    /// The digest of the code.
    pub digest: Digest,
    /// The id of the grant that it becomes.
    pub grant_id: String,
    /// The client that it was given to.
    pub client_id: String,
    /// Who consented.
    pub subject: String,
    /// Where it was sent, as in the authorization request; `None` if that named none.
    pub redirect_uri: Option<String>,
    /// The `code_challenge` (RFC 7636 §4.2), made with S256.
    pub code_challenge: String,
    /// What was consented to, separated by spaces.
    pub scope: String,
    /// The APIs that it is for (RFC 8707).
    pub audience: Vec<String>,
    /// Claims that the host of the login adds to each access token.
    pub claims: Map<String, Value>,
    /// Seconds since 1970-01-01T00:00:00Z; from then on it is refused.
    pub expires_at: u64,
    /// Whether it was used.
    pub spent: bool,
}

/// What one consent gave: refresh tokens, one after the other, and the access tokens they bring.
///
/// Of its refresh tokens, none is kept: each says which `generation` it is of and proves it by a code that only the
/// issuer can make (`seed` is the digest of the part that they share). The one of the current generation is good. An older
/// one that comes again is a theft, or an answer that was lost.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// Its id.
    pub id: String,
    /// The client that holds it.
    pub client_id: String,
    /// Who consented.
    pub subject: String,
    /// What was consented to, separated by spaces.
    pub scope: String,
    /// The APIs that it is for.
    pub audience: Vec<String>,
    /// Claims that the host of the login adds to each access token.
    pub claims: Map<String, Value>,
    /// The digest of what its refresh tokens have in common.
    pub seed: Digest,
    /// Counts refreshes; starts with 0.
    pub generation: u64,
    /// When the generation began, in seconds since 1970-01-01T00:00:00Z.
    pub rotated_at: u64,
    /// Seconds since 1970-01-01T00:00:00Z; from then on its refresh token is refused.
    pub expires_at: u64,
}

/// An opaque access token. Signed ones are not kept.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessToken {
    /// The digest of the token.
    pub digest: Digest,
    /// The grant that it belongs to; `None` for client credentials.
    pub grant_id: Option<String>,
    /// The client that holds it.
    pub client_id: String,
    /// Whom it speaks for: a person, or the client itself.
    pub subject: String,
    /// Its scopes, separated by spaces.
    pub scope: String,
    /// The APIs that it is for.
    pub audience: Vec<String>,
    /// Further claims.
    pub claims: Map<String, Value>,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub issued_at: u64,
    /// Seconds since 1970-01-01T00:00:00Z; from then on it is refused.
    pub expires_at: u64,
}
