use std::sync::Arc;

use crate::InvalidToken;
use crate::invalid::quoted;
use crate::jws::Jws;

use super::lookup::{Lookup, Status, Waiting};
use super::remote::RemoteKeys;
use super::{Algorithm, KeySet, KeySource, KeysError, KeysFuture, SigningKey};

/// The keys of one issuer, wherever they come from.
pub(crate) enum Keys {
    Fixed(KeySet),
    Source(Arc<dyn KeySource>),
    Remote(RemoteKeys),
}

/// What came of verifying a signature with the keys at hand.
pub(crate) enum Attempt {
    /// By this key.
    Verified(SigningKey),
    Failed(InvalidToken),
    /// It takes other keys to tell.
    Later(LaterKeys),
    /// Nobody can tell.
    OutOfReach(KeysError),
}

/// Keys that are waited for.
pub(crate) enum LaterKeys {
    Source(KeysFuture),
    Remote(Waiting),
}

impl Keys {
    /// Verifies a signature at once, if the keys at hand can settle it.
    ///
    /// `is_worthwhile` is asked before an issuer is bothered for a key that it has not published: a token that no key
    /// could save is not worth it.
    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        jws: &Jws<'_>,
        is_worthwhile: impl FnOnce() -> bool,
    ) -> Attempt {
        let remote = match self {
            Self::Fixed(keys) => return keys.attempt(algorithm, jws),
            Self::Source(source) => return Attempt::Later(LaterKeys::Source(source.keys())),
            Self::Remote(remote) => remote,
        };
        let Some(keys) = remote.at_hand() else {
            return remote.look_for_any().attempt(algorithm, jws);
        };
        match (keys.attempt(algorithm, jws), jws.kid()) {
            // A signature that is wrong under a known `kid` is wrong, and asks nobody.
            (Attempt::Failed(why), Some(kid)) if !keys.names(kid) && is_worthwhile() => {
                match remote.look_for(kid, &keys) {
                    Lookup::Unknown => Attempt::Failed(why),
                    found => found.attempt(algorithm, jws),
                }
            }
            (attempt, _) => attempt,
        }
    }

    /// Verifies a signature with keys that have come. They are the last word.
    pub(crate) fn verify_with(
        &self,
        keys: &KeySet,
        algorithm: Algorithm,
        jws: &Jws<'_>,
    ) -> Result<SigningKey, InvalidToken> {
        if let (Self::Remote(remote), Some(kid)) = (self, jws.kid())
            && !keys.names(kid)
        {
            remote.note_absent(kid);
        }
        keys.signing_key(algorithm, jws.kid(), jws.signing_input(), jws.signature())
    }

    /// Tells whether [`vouch_for`](Self::vouch_for) can ever say yes.
    pub(crate) fn can_vouch(&self) -> bool {
        !matches!(self, Self::Source(_))
    }

    /// Tells whether a token that was verified with a key would be so now. What is not certain is `false`.
    ///
    /// Asked for each request, so it sees to newer keys in time just as verifying does.
    pub(crate) fn vouch_for(&self, key: &SigningKey) -> bool {
        match self {
            Self::Fixed(_) => true,
            Self::Remote(remote) => remote.are_at_hand() && !key.is_retired(),
            // It is asked for its keys again for each token.
            Self::Source(_) => false,
        }
    }

    /// Tells what is at hand. Of a source of the user's own nothing is known; it is taken at its word.
    pub(crate) fn status(&self) -> Status {
        match self {
            Self::Remote(remote) => remote.status(),
            Self::Fixed(keys) => Status { keys: keys.len(), age: None, is_usable: true, last_error: None },
            Self::Source(_) => Status { keys: 0, age: None, is_usable: true, last_error: None },
        }
    }

    pub(crate) fn remote(&self) -> Option<&RemoteKeys> {
        if let Self::Remote(remote) = self { Some(remote) } else { None }
    }
}

impl KeySet {
    fn attempt(&self, algorithm: Algorithm, jws: &Jws<'_>) -> Attempt {
        match self.signing_key(algorithm, jws.kid(), jws.signing_input(), jws.signature()) {
            Ok(key) => Attempt::Verified(key),
            Err(why) => Attempt::Failed(why),
        }
    }
}

impl Lookup {
    fn attempt(self, algorithm: Algorithm, jws: &Jws<'_>) -> Attempt {
        match self {
            Self::Newer(keys) => keys.attempt(algorithm, jws),
            Self::Waiting(waiting) => Attempt::Later(LaterKeys::Remote(waiting)),
            Self::Unknown => Attempt::Failed(InvalidToken::UnknownKey(quoted(jws.kid().unwrap_or_default()))),
            Self::OutOfReach(error) => Attempt::OutOfReach(error.into()),
        }
    }
}

impl LaterKeys {
    pub(crate) async fn keys(self) -> Result<KeySet, KeysError> {
        match self {
            Self::Source(keys) => keys.await,
            Self::Remote(waiting) => Ok(waiting.keys().await?),
        }
    }
}
