//! Who may ask for tokens, and for which.

mod check;
#[cfg(feature = "argon2")]
mod chosen;
mod clients;
mod draft;
mod error;
mod redirect_uri;
mod secret;

use std::fmt;
use std::time::Duration;

use scopa::Scopes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use check::{SignedTokens, is_registered_claim};
#[cfg(feature = "argon2")]
pub(crate) use chosen::is_hash_of;
pub use clients::Clients;
pub use draft::ClientDraft;
pub use error::ClientError;
pub use secret::{ClientSecret, SecretRecord};
pub(crate) use secret::{SecretCheck, digest_of};

/// A registered client (RFC 6749 §2), as a store keeps it.
///
/// Made by [`Clients::create`](crate::Clients::create) from a [`ClientDraft`]. A store that keeps documents may write it as JSON
/// with serde; it holds no secret in clear.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Client {
    pub(crate) id: String,
    pub(crate) version: u64,
    pub(crate) created_at: u64,
    pub(crate) secrets: Vec<SecretRecord>,
    #[serde(flatten)]
    pub(crate) draft: ClientDraft,
}

impl Client {
    /// Returns its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns what counts up each time it is changed: a store replaces only the version that the change was made from.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns what people call it.
    pub fn name(&self) -> &str {
        &self.draft.name
    }

    /// Returns when it was made, in seconds since 1970-01-01T00:00:00Z.
    pub fn created_at(&self) -> u64 {
        self.created_at
    }

    /// Returns the most that its tokens may hold.
    pub fn scopes(&self) -> &Scopes {
        &self.draft.scopes
    }

    /// Returns a claim that its tokens carry, as [`ClientDraft::claim`] set it.
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.draft.claims.get(name)
    }

    /// Returns what the host knows of it, as [`ClientDraft::metadata`] set it.
    pub fn metadata(&self, name: &str) -> Option<&Value> {
        self.draft.metadata.get(name)
    }

    /// Returns its secrets: ids and times, not the secrets.
    pub fn secrets(&self) -> &[SecretRecord] {
        &self.secrets
    }

    /// Returns what it was made from.
    pub fn draft(&self) -> &ClientDraft {
        &self.draft
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id).field("name", &self.draft.name).finish_non_exhaustive()
    }
}

/// How a client asks for tokens (RFC 6749 §4).
///
/// ```
/// assert_eq!(scopa_issuer::GrantType::ClientCredentials.as_str(), "client_credentials");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GrantType {
    /// For itself (RFC 6749 §4.4).
    ClientCredentials,
    /// For a person who consents (RFC 6749 §4.1), with PKCE (RFC 7636).
    AuthorizationCode,
    /// Again, without the person (RFC 6749 §6).
    RefreshToken,
}

impl GrantType {
    /// Returns the value of `grant_type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
        }
    }
}

/// How access tokens look.
///
/// ```
/// use scopa_issuer::TokenFormat;
/// assert_eq!(TokenFormat::default(), TokenFormat::Jwt);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TokenFormat {
    /// A signed JWT (RFC 9068): APIs check it alone; it cannot be taken back for those that do not ask.
    #[default]
    Jwt,
    /// A random word that only the issuer understands: APIs ask it (RFC 7662); it can be taken back at once.
    Opaque,
}

/// Tells whether a text can be the id of a client (RFC 6749 Appendix A.1, and less).
///
/// Without the characters that mean something else in Basic, encoded or not (RFC 6749 §2.3.1): an id is read in one way.
pub(crate) fn is_id(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && !b"\"\\%+:".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// Reads and writes scopes as the text that they are.
mod scopes_text {
    use scopa::Scopes;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(scopes: &Scopes, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(scopes.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Scopes, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// Reads and writes scopes that may be missing.
mod optional_scopes_text {
    use scopa::Scopes;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(scopes: &Option<Scopes>, to: S) -> Result<S::Ok, S::Error> {
        scopes.as_ref().map(Scopes::as_str).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Scopes>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| text.parse()).transpose().map_err(D::Error::custom)
    }
}

/// Whether a client can keep a secret (RFC 6749 §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Confidentiality {
    #[default]
    Confidential,
    Public,
}

/// How many of the scopes that a client may have one token holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Choice {
    #[default]
    Any,
    ExactlyOne,
}

/// What becomes of the `scope` that a client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Asked {
    #[default]
    Heard,
    Ignored,
}

/// Seconds, and claims by name.
pub(crate) type Claims = Map<String, Value>;

/// What a lifetime is written as.
pub(crate) fn seconds(time: Duration) -> u64 {
    time.as_secs()
}
