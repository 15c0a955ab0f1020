use std::fmt;
use std::str::FromStr;

use crate::ConfigError;

use super::name::is_scope_token;

/// A list of scopes: case-sensitive, without order or repetition in its meaning (RFC 6749 §3.3). Two lists are equal
/// when they are written alike.
///
/// Holds the scopes as they were written, in the order they came; what they cover beyond themselves is the
/// matter of a [`Hierarchy`](crate::Hierarchy).
///
/// ```
/// use scopa::Scopes;
///
/// let scopes: Scopes = "crashes:read team_7".parse()?;
/// assert!(scopes.contains("team_7"));
/// assert!(!scopes.contains("Team_7"));
/// assert_eq!(scopes.to_string(), "crashes:read team_7");
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Scopes {
    // Well-formed tokens with one space between them, each once.
    text: Box<str>,
}

impl Scopes {
    /// Returns the scopes one by one, in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.text.split(' ').filter(|scope| !scope.is_empty())
    }

    /// Tells whether exactly this scope is in the list.
    pub fn contains(&self, scope: &str) -> bool {
        self.iter().any(|held| held == scope)
    }

    /// Tells whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Returns the list as it is written in a token or request: separated by spaces.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Collects what is well-formed and passes over the rest: a malformed scope is no scope and grants nothing.
    pub(crate) fn well_formed<'s>(scopes: impl Iterator<Item = &'s str>) -> Self {
        let mut text = String::new();
        for scope in scopes.filter(|scope| is_scope_token(scope)) {
            if text.split(' ').any(|held| held == scope) {
                continue;
            }
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(scope);
        }
        Self { text: text.into() }
    }
}

impl FromStr for Scopes {
    type Err = ConfigError;

    /// Reads a list separated by single spaces. The empty text is the empty list.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        match text.split(' ').find(|scope| !is_scope_token(scope)) {
            Some(bad) => Err(ConfigError::new(
                "scope",
                format!(
                    "`{}` is not a scope: use visible ASCII without `\"` and `\\`, one space between scopes",
                    bad.escape_debug()
                ),
            )),
            None => Ok(Self::well_formed(text.split(' '))),
        }
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_scopes_are_refused_by_parse_and_grant_nothing_in_a_token() {
        for text in ["a  b", " a", "a ", "a\tb", "\"a\"", "a\u{a0}b"] {
            assert!(text.parse::<Scopes>().is_err(), "{text:?}");
        }
        assert_eq!(Scopes::well_formed("a  \"b\" c\td a".split(' ')).as_str(), "a");
    }

    #[test]
    fn repetition_is_dropped_and_order_is_kept() {
        assert_eq!("b a b".parse::<Scopes>().unwrap().as_str(), "b a");
        assert!("".parse::<Scopes>().unwrap().is_empty());
        assert!(!"".parse::<Scopes>().unwrap().contains(""));
    }
}
