use std::error::Error;
use std::fmt;

use scopa::ConfigError;

use crate::crypto::RandomError;
use crate::store::StoreError;

/// Why a client was not made or changed, or not given a token.
///
/// ```
/// # futures_util::FutureExt::now_or_never(async {
/// use scopa_issuer::{ClientDraft, ClientError, DevIssuer};
///
/// let dev = DevIssuer::new("http://127.0.0.1:9000", "https://api.example.com")?;
/// let draft = ClientDraft::web("terminal", ["http://terminal.example.com/callback"]);
/// let error = dev.issuer().clients().create(draft).await.unwrap_err();
/// assert!(matches!(error, ClientError::Invalid(_)));
/// assert!(error.to_string().contains("`https`"));
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// There is no such client, or it has no such secret.
    NotFound,
    /// The id is taken.
    Taken,
    /// What was asked for cannot be: names the setting, and what would be right.
    Invalid(ConfigError),
    /// Others changed the client at the same time, again and again.
    Changed,
    /// The store cannot answer.
    Store(StoreError),
}

impl ClientError {
    pub(crate) fn invalid(setting: &'static str, problem: impl Into<String>) -> Self {
        Self::Invalid(ConfigError::new(setting, problem))
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such client, or it has no such secret"),
            Self::Taken => f.write_str("there is a client with this id; choose another"),
            Self::Invalid(error) => error.fmt(f),
            Self::Changed => f.write_str("others change the client at the same time; try again"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl Error for ClientError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Invalid(error) => Some(error),
            Self::Store(error) => Some(error),
            Self::NotFound | Self::Taken | Self::Changed => None,
        }
    }
}

impl From<ConfigError> for ClientError {
    /// Of a draft in the making: scopes that cannot be read.
    fn from(error: ConfigError) -> Self {
        Self::Invalid(error)
    }
}

impl From<StoreError> for ClientError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<RandomError> for ClientError {
    fn from(error: RandomError) -> Self {
        Self::Store(StoreError::new(error))
    }
}
