use std::borrow::Cow;
use std::fmt;

/// A mistake in the configuration, found before the first request.
///
/// Names the setting and says what would be right. It is the operator's to mend: nothing that a caller sends
/// leads here.
///
/// ```
/// use scopa::Validator;
///
/// let error = Validator::builder("https://id.example.com", "https://api.example.com").build().unwrap_err();
/// assert_eq!(error.setting(), "keys");
/// assert!(error.to_string().contains("KeySet::from_jwks"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    setting: Cow<'static, str>,
    problem: String,
}

impl ConfigError {
    /// Makes an error for an adapter or an integration with settings of its own.
    ///
    /// `problem` starts lower-case, ends without a dot, and says what would be right.
    pub fn new(setting: impl Into<Cow<'static, str>>, problem: impl Into<String>) -> Self {
        Self { setting: setting.into(), problem: problem.into() }
    }

    /// Says whose setting it is: `whose` goes before the problem.
    pub(crate) fn of(self, whose: &str) -> Self {
        Self { problem: format!("`{whose}` {}", self.problem), ..self }
    }

    /// Says for which issuer, where there are several.
    pub(crate) fn for_issuer(self, issuer: &str) -> Self {
        Self { problem: format!("{} (issuer `{}`)", self.problem, issuer.escape_debug()), ..self }
    }

    /// Returns the name of the setting that is wrong, as its builder method or field is called.
    pub fn setting(&self) -> &str {
        &self.setting
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.problem)
    }
}

impl std::error::Error for ConfigError {}
