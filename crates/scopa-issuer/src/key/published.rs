use scopa::{ConfigError, KeySet};

use super::SigningKeys;

/// What the world is told of the keys of an issuer, written once for each state of them.
///
/// The published keys are always the last ones of the schedule: as time goes by, those at its front fall away.
#[derive(Debug)]
pub(crate) struct Published {
    keys: SigningKeys,
    /// By the place of the first key that is published.
    states: Vec<(String, KeySet)>,
}

impl Published {
    pub(crate) fn new(keys: SigningKeys) -> Result<Self, ConfigError> {
        let states = (0..keys.all().count()).map(|first| Ok((keys.jwks(first), keys.key_set(first)?)));
        let states = states.collect::<Result<_, ConfigError>>()?;
        Ok(Self { keys, states })
    }

    /// Returns the keys and their times.
    pub(crate) fn keys(&self) -> &SigningKeys {
        &self.keys
    }

    /// Returns the JWK Set (RFC 7517 §5) to publish. `longest` is the longest life of a token, in seconds.
    pub(crate) fn jwks(&self, now: u64, longest: u64) -> &str {
        self.state(now, longest).map_or(NO_KEYS, |(jwks, _)| jwks)
    }

    /// Returns the same keys for a validator in this process; secrets, too.
    pub(crate) fn key_set(&self, now: u64, longest: u64) -> Option<KeySet> {
        self.state(now, longest).map(|(_, keys)| keys.clone())
    }

    fn state(&self, now: u64, longest: u64) -> Option<&(String, KeySet)> {
        self.states.get(self.keys.first_published(now, longest))
    }
}

const NO_KEYS: &str = r#"{"keys":[]}"#;
