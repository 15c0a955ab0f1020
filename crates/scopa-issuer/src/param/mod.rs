//! The parameters of a request, whatever they are written in.

mod body;
mod form;
mod json;
mod media_type;
mod multipart;

use std::fmt;

use crate::error::{ErrorCode, OAuthError};

pub(crate) use body::BodyTypes;
pub(crate) use form::decode;

/// Parameters by name, each once, `resource` apart (RFC 6749 §3.1, RFC 8707 §2).
#[derive(Default)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// Returns a parameter. One without a value counts as left out (RFC 6749 §3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Returns all values of a parameter that may come more than once.
    pub(crate) fn all<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s str> {
        self.pairs
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| &**value)
    }

    /// Adds a parameter, in whichever encoding it came.
    ///
    /// RFC 6749 §3.1, §3.2: none may come more than once. Those without a value are counted, too: a client that sends one
    /// twice does not know what it sends.
    fn push(&mut self, name: String, value: String) -> Result<(), OAuthError> {
        if self.pairs.len() >= MOST_PARAMETERS {
            return Err(malformed("too many parameters"));
        }
        if name != RESOURCE && self.pairs.iter().any(|(known, _)| *known == name) {
            return Err(malformed("a parameter comes more than once"));
        }
        self.pairs.push((name, value));
        Ok(())
    }
}

/// Names only: values may be secrets.
impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.pairs.iter().map(|(name, _)| name)).finish()
    }
}

/// What a client that writes its parameters wrong is told.
const fn malformed(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

/// RFC 8707 §2: the one parameter that may come more than once.
const RESOURCE: &str = "resource";
const MOST_PARAMETERS: usize = 64;

#[cfg(test)]
mod tests;
