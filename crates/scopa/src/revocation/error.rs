use std::error::Error;
use std::fmt;

/// Why nothing was revoked. What it was about stays good until it is tried again with success.
///
/// ```
/// use std::time::Duration;
/// use scopa::{RevocationList, RevokeError};
///
/// let list = RevocationList::new(Duration::from_secs(3600));
/// let milliseconds = 1_795_333_600_000;
/// let error = list.revoke_subject("https://id.example.com", "user-1", milliseconds).unwrap_err();
/// assert!(matches!(error, RevokeError::NotSeconds(_)));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum RevokeError {
    /// The token has no `jti`, so nothing tells it from others: revoke its subject or its client.
    NoTokenId,
    /// A time after the year 9999: milliseconds, or a mistake.
    NotSeconds(u64),
    /// The list is full of entries that are still needed; the capacity, in entries.
    Full(usize),
    /// The list is kept elsewhere, and that is out of reach.
    Unavailable(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for RevokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTokenId => f.write_str("the token has no `jti`; revoke its subject or its client"),
            Self::NotSeconds(time) => {
                write!(f, "{time} is after the year 9999; give seconds since 1970-01-01T00:00:00Z")
            }
            Self::Full(capacity) => {
                write!(
                    f,
                    "the list is full with {capacity} entries, none of them past its end; raise its capacity"
                )
            }
            Self::Unavailable(why) => write!(f, "the list is out of reach, nothing was revoked: {why}"),
        }
    }
}

impl Error for RevokeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unavailable(why) => Some(&**why),
            _ => None,
        }
    }
}
