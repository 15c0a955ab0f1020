use std::borrow::Cow;

/// The value of a `Content-Type` or `Content-Disposition` field: a name, and parameters (RFC 9110 §5.6.6, RFC 2183 §2).
pub(super) struct MediaType<'v> {
    pub(super) name: String,
    pub(super) parameters: Vec<(String, Cow<'v, str>)>,
}

impl<'v> MediaType<'v> {
    /// Reads a value, if it is one: names without regard to case, each parameter once.
    pub(super) fn parse(value: &'v str) -> Option<Self> {
        let (name, mut rest) = value.split_at_checked(value.find(';').unwrap_or(value.len()))?;
        let name = name.trim_matches(BLANK).to_ascii_lowercase();
        let mut parameters: Vec<(String, Cow<'v, str>)> = Vec::new();
        while let Some(after) = rest.strip_prefix(';') {
            let after = after.trim_start_matches(BLANK);
            if after.is_empty() || after.starts_with(';') {
                // RFC 9110 §5.6.6: a parameter may be empty.
                rest = after;
                continue;
            }
            let (name, after) = after.split_once('=')?;
            let name = name.to_ascii_lowercase();
            let (value, after) = parameter(after)?;
            if !is_token(&name) || parameters.iter().any(|(known, _)| *known == name) {
                return None;
            }
            parameters.push((name, value));
            rest = after.trim_start_matches(BLANK);
        }
        rest.is_empty().then_some(Self { name, parameters })
    }

    /// Returns a parameter by its name in lower case.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// Tells whether its text is UTF-8: it does not say otherwise.
    pub(super) fn is_utf_8(&self) -> bool {
        self.parameter("charset").is_none_or(|charset| {
            charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("us-ascii")
        })
    }
}

/// Reads a token or a quoted string (RFC 9110 §5.6.4), and returns what follows.
fn parameter(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c| c == ';' || BLANK.contains(&c)).unwrap_or(text.len());
        let (token, rest) = text.split_at_checked(end)?;
        return is_token(token).then_some((token.into(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return Some((value.into(), characters.as_str())),
            '\\' => value.push(characters.next()?),
            c if c.is_control() => return None,
            c => value.push(c),
        }
    }
}

/// RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

const BLANK: [char; 2] = [' ', '\t'];
