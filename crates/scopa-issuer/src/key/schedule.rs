use std::fmt;
use std::iter;

use scopa::{ConfigError, KeySet};

use super::SigningKey;
use crate::json::quoted;

/// The keys of an issuer, and from when on each one signs.
///
/// A key is published from the start, so that it is known everywhere before its first token; and after the next one has taken
/// over, until its last token is dead.
///
/// ```
/// use scopa::Algorithm;
/// use scopa_issuer::{SigningKey, SigningKeys};
///
/// let (current, next) = (SigningKey::generate(Algorithm::ES256)?, SigningKey::generate(Algorithm::ES256)?);
/// let keys = SigningKeys::new(current.clone()).then(next.clone(), 1_800_000_000)?;
/// assert_eq!(keys.current(1_799_999_999).id(), current.id());
/// assert_eq!(keys.current(1_800_000_000).id(), next.id());
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct SigningKeys {
    first: SigningKey,
    /// In the order of time.
    later: Vec<(u64, SigningKey)>,
}

impl SigningKeys {
    /// Starts with the key that signs now.
    pub fn new(key: SigningKey) -> Self {
        Self { first: key, later: Vec::new() }
    }

    /// Adds a key that signs from a time on, in seconds since 1970-01-01T00:00:00Z.
    ///
    /// Leave those who check tokens the time to learn of it: they keep the published keys for five minutes, and some for longer.
    /// One that is published an hour before it is used is known to nearly all.
    ///
    /// ```
    /// # use scopa::Algorithm;
    /// # use scopa_issuer::{SigningKey, SigningKeys};
    /// let keys = SigningKeys::new(SigningKey::generate(Algorithm::ES256)?);
    /// let secret = SigningKey::from_secret(Algorithm::HS256, [7; 32])?;
    /// let error = keys.then(secret, 1_800_000_000).unwrap_err();
    /// assert!(error.to_string().contains("never beside private keys"));
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Another key has the same time or the same `kid`, there is a secret beside a private key, or there are more than four keys
    /// without `kid`.
    pub fn then(mut self, key: SigningKey, from: u64) -> Result<Self, ConfigError> {
        if from == 0 || self.later.iter().any(|(time, _)| *time == from) {
            return Err(mistake(format!("two keys sign from {from} on: give each a time of its own")));
        }
        for other in self.all() {
            // RFC 8725 §2.1: mixing them is how a public key came to be taken for an HMAC secret.
            if other.is_secret() != key.is_secret() {
                return Err(mistake(
                    "a secret signs alone, never beside private keys: use one kind or the other",
                ));
            }
            let is_same_secret = key.is_secret() && key.algorithm() == other.algorithm();
            if key.id() == other.id() && (key.id().is_some() || is_same_secret) {
                return Err(mistake(match key.id() {
                    Some(kid) => {
                        format!("two keys have the `kid` {}: name each by `kid`", quoted(kid))
                    }
                    None => "two secrets have no `kid`: name each by `kid`".to_owned(),
                }));
            }
        }
        let place = self.later.partition_point(|(time, _)| *time < from);
        self.later.insert(place, (from, key));
        // What no validator could keep together is not published together.
        self.key_set(0).map_err(super::renamed)?;
        Ok(self)
    }

    /// Returns the key that signs at a time, in seconds since 1970-01-01T00:00:00Z.
    pub fn current(&self, now: u64) -> &SigningKey {
        self.all().nth(self.place(now)).unwrap_or(&self.first)
    }

    /// Tells whether they are private keys, whose public halves are published; if not, all are secrets.
    pub(crate) fn are_public(&self) -> bool {
        !self.first.is_secret()
    }

    /// Goes through all keys, in the order of time.
    pub(crate) fn all(&self) -> impl Iterator<Item = &SigningKey> {
        iter::once(&self.first).chain(self.later.iter().map(|(_, key)| key))
    }

    /// Returns the place of the current key among all.
    pub(crate) fn place(&self, now: u64) -> usize {
        self.later.partition_point(|(from, _)| *from <= now)
    }

    /// Returns the place of the first key that is still published: those before it have no living token any more.
    ///
    /// `longest` is the longest life of a token, in seconds.
    pub(crate) fn first_published(&self, now: u64, longest: u64) -> usize {
        let is_over = |from: u64| from.saturating_add(longest).saturating_add(LEEWAY) < now;
        self.later.partition_point(|(from, _)| is_over(*from))
    }

    /// Writes the JWK Set (RFC 7517 §5) of the keys from a place on. Secrets are not in it.
    pub(super) fn jwks(&self, from: usize) -> String {
        let keys: Vec<String> = self.all().skip(from).filter_map(SigningKey::jwk).collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }

    /// Returns what checks the tokens of the keys from a place on.
    pub(super) fn key_set(&self, from: usize) -> Result<KeySet, ConfigError> {
        let newest = self.later.last().map_or(&self.first, |(_, key)| key);
        let others = self.all().skip(from).take(self.later.len().saturating_sub(from));
        others.map(SigningKey::key_set).try_fold(newest.key_set()?, |keys, other| keys.merge(other?))
    }
}

impl From<SigningKey> for SigningKeys {
    fn from(key: SigningKey) -> Self {
        Self::new(key)
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entry(&0, &self.first)
            .entries(self.later.iter().map(|(from, key)| (from, key)))
            .finish()
    }
}

fn mistake(text: impl Into<String>) -> ConfigError {
    ConfigError::new("signing_keys", text)
}

/// The largest leeway of a validator, in seconds: so long after its end it may still accept a token.
const LEEWAY: u64 = 300;
