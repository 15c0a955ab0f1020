use std::fmt;

/// What a command has found out, in words: the exit code says it once more.
pub(crate) enum Outcome {
    /// Accepted, granted, done: 0.
    Yes(String),
    /// Refused: 1.
    No(String),
}

/// Why a command could not do its work: 2. Starts lower-case and says what would be right.
///
/// It never repeats a token or a secret.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<scopa::ConfigError> for Failure {
    fn from(error: scopa::ConfigError) -> Self {
        Self(error.to_string())
    }
}
