use super::media_type::MediaType;
use super::{Params, malformed};
use crate::error::OAuthError;

impl Params {
    /// Reads `multipart/form-data` (RFC 7578): a few parts of text, in the one form in which programs write it.
    ///
    /// No preamble, no padding behind a boundary, no epilogue but a line's end: what two readers could understand
    /// differently is refused.
    pub(crate) fn from_multipart(boundary: &str, body: &[u8]) -> Result<Self, OAuthError> {
        if !is_boundary(boundary) {
            return Err(malformed("the boundary is malformed"));
        }
        let wrong = malformed("the body is not `multipart/form-data`");
        let delimiter = format!("\r\n--{boundary}");
        // RFC 2046 §5.1.1: the line's end before a boundary belongs to the boundary. The first has none.
        let first = delimiter.trim_start().as_bytes();
        let mut rest = body.strip_prefix(first).ok_or(wrong)?;
        let mut params = Self::default();
        let mut parts = 0;
        loop {
            match rest {
                b"--" | b"--\r\n" => return Ok(params),
                _ => rest = rest.strip_prefix(b"\r\n").ok_or(wrong)?,
            }
            parts += 1;
            if parts > MOST_PARTS {
                return Err(malformed("too many parts"));
            }
            let name;
            (name, rest) = header(rest)?;
            let (value, after) = split_once(rest, delimiter.as_bytes()).ok_or(wrong)?;
            let value = std::str::from_utf8(value).map_err(|_| malformed("a part is not UTF-8"))?;
            params.push(name, value.to_owned())?;
            rest = after;
        }
    }
}

/// Reads the header of a part up to its empty line: its name, and what follows.
fn header(mut rest: &[u8]) -> Result<(String, &[u8]), OAuthError> {
    let wrong = malformed("the header of a part is malformed");
    let mut name = None;
    loop {
        let (line, after) = split_once(rest, b"\r\n").ok_or(wrong)?;
        rest = after;
        if line.is_empty() {
            return Ok((name.ok_or(malformed("a part has no name"))?, rest));
        }
        let line = std::str::from_utf8(line).map_err(|_| wrong)?;
        if line.contains(|c: char| c.is_control() && c != '\t') {
            return Err(wrong);
        }
        let (field, value) = line.split_once(':').ok_or(wrong)?;
        match &*field.to_ascii_lowercase() {
            "content-disposition" if name.is_none() => name = Some(name_of(value)?),
            "content-disposition" => return Err(wrong),
            // RFC 7578 §4.4: text, if it does not say otherwise.
            "content-type" => {
                MediaType::parse(value)
                    .filter(|media_type| media_type.name == "text/plain" && media_type.is_utf_8())
                    .ok_or(malformed("a part is not text in UTF-8"))?;
            }
            // RFC 7578 §4.7: deprecated. Some programs say so that they encode nothing.
            "content-transfer-encoding" => {
                let is_plain = |name: &&str| value.trim().eq_ignore_ascii_case(name);
                if !["7bit", "8bit", "binary"].iter().any(is_plain) {
                    return Err(malformed("a part is encoded for transfer"));
                }
            }
            // RFC 7578 §4.8: any other is ignored. A space before the colon, or a line that goes on, is none.
            field if field.is_empty() || field.contains([' ', '\t']) => return Err(wrong),
            _ => {}
        }
    }
}

/// RFC 7578 §4.2: `form-data`, and the name of the field.
fn name_of(disposition: &str) -> Result<String, OAuthError> {
    let wrong = malformed("the `Content-Disposition` of a part is malformed");
    let disposition = MediaType::parse(disposition).ok_or(wrong)?;
    if disposition.parameter("filename").is_some() || disposition.parameter("filename*").is_some() {
        return Err(malformed("a part is a file"));
    }
    match disposition.parameters.as_slice() {
        [(key, name)] if disposition.name == "form-data" && key == "name" => Ok(name.clone().into_owned()),
        _ => Err(wrong),
    }
}

/// RFC 2046 §5.1.1.
fn is_boundary(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    (1..=70).contains(&text.len()) && text.bytes().all(is_allowed) && !text.ends_with(' ')
}

/// Splits at the first place where `separator` stands.
fn split_once<'b>(bytes: &'b [u8], separator: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let at = bytes.windows(separator.len()).position(|window| window == separator)?;
    let (before, after) = bytes.split_at_checked(at)?;
    after.strip_prefix(separator).map(|after| (before, after))
}

/// A token request has six or seven.
const MOST_PARTS: usize = 8;
