use super::{Params, malformed};
use crate::error::OAuthError;

impl Params {
    /// Reads the query of an address (RFC 6749 §3.1).
    pub(crate) fn from_query(query: &str) -> Result<Self, OAuthError> {
        Self::from_form(query.as_bytes())
    }

    /// Reads `application/x-www-form-urlencoded` (RFC 6749 Appendix B), and takes nothing for granted: what cannot be decoded is
    /// an error, where browsers would keep it or put a replacement for it.
    pub(crate) fn from_form(body: &[u8]) -> Result<Self, OAuthError> {
        let mut params = Self::default();
        for (name, value) in pairs(body) {
            let (Some(name), Some(value)) = (decode(name), decode(value)) else { return Err(NOT_A_FORM) };
            params.push(name, value)?;
        }
        Ok(params)
    }

    /// Reads these parameters of a query alone, whatever is wrong with the others.
    pub(crate) fn some_of_query(query: &str, names: &[&str]) -> Result<Self, OAuthError> {
        let mut params = Self::default();
        for (name, value) in pairs(query.as_bytes()) {
            if let Some(name) = decode(name).filter(|name| names.contains(&&**name)) {
                params.push(name, decode(value).ok_or(NOT_A_FORM)?)?;
            }
        }
        Ok(params)
    }
}

/// Splits a form into names and values, still encoded.
fn pairs(body: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let mut sides = pair.splitn(2, |byte| *byte == b'=');
        (sides.next().unwrap_or_default(), sides.next().unwrap_or_default())
    })
}

/// Decodes a name or a value: `+` is a space, `%` goes before two hexadecimal digits, and what comes out is UTF-8.
pub(crate) fn decode(text: &[u8]) -> Option<String> {
    if !text.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return String::from_utf8(text.to_vec()).ok();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        rest = match rest {
            [] => break,
            [b'%', high, low, rest @ ..] => {
                bytes.push(hexadecimal(*high)? << 4 | hexadecimal(*low)?);
                rest
            }
            [b'%', ..] => return None,
            [b'+', rest @ ..] => {
                bytes.push(b' ');
                rest
            }
            [byte, rest @ ..] => {
                bytes.push(*byte);
                rest
            }
        };
    }
    String::from_utf8(bytes).ok()
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

const NOT_A_FORM: OAuthError = malformed("the parameters are not form-encoded UTF-8");
