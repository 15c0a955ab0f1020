use std::error::Error;
use std::fmt;

/// A rule of [`Store`](crate::Store) that a store breaks.
///
/// `Display` and `Debug` tell the method, the rule, and what was found instead.
#[derive(Clone, PartialEq, Eq)]
pub struct Violation {
    pub(super) rule: &'static str,
    pub(super) found: String,
}

impl Violation {
    /// Returns the rule, which starts with the method that it is about.
    pub fn rule(&self) -> &str {
        self.rule
    }

    /// Returns what was found instead.
    pub fn found(&self) -> &str {
        &self.found
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, but {}", self.rule, self.found)
    }
}

impl fmt::Debug for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Violation {}
