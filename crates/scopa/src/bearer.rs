//! The credentials of a request (RFC 6750 §2.1, RFC 9110 §11.6.2).

/// Longer tokens are refused before anything of them is decoded.
pub(crate) const LONGEST_TOKEN: usize = 16 * 1024;

/// A bearer token as it came: of the right characters and size, and otherwise unknown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct BearerToken<'r>(&'r str);

/// Why there is no bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoToken {
    /// No credentials, or those of another scheme.
    Missing,
    /// The request itself is malformed.
    Malformed(&'static str),
    /// The token holds characters that no token has.
    BadCharacters,
    /// The token is longer than [`LONGEST_TOKEN`].
    TooLong,
}

/// Returns the one value of the `Authorization` field.
pub(crate) fn only<'r>(values: impl IntoIterator<Item = &'r [u8]>) -> Result<&'r [u8], NoToken> {
    let mut values = values.into_iter();
    let Some(value) = values.next() else { return Err(NoToken::Missing) };
    // RFC 9110 §11.6.2: `Authorization` is a single field. Which of two values counts is anybody's guess.
    if values.next().is_some() {
        return Err(NoToken::Malformed("more than one Authorization field"));
    }
    Ok(value)
}

/// Returns what stands where nearly every request has its token, unless that is too long for one. Nothing is known of
/// it: good for looking it up.
pub(crate) fn likely_token(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_first_chunk::<7>()?;
    // Nearly everybody writes it like this.
    let is_bearer = scheme == b"Bearer " || scheme.eq_ignore_ascii_case(b"bearer ");
    (is_bearer && rest.len() <= LONGEST_TOKEN).then_some(rest)
}

impl<'r> BearerToken<'r> {
    /// Reads the token from the value of the `Authorization` field.
    pub(crate) fn parse(value: &'r [u8]) -> Result<Self, NoToken> {
        let value = value.trim_ascii();
        if value.is_empty() {
            return Err(NoToken::Missing);
        }
        let (scheme, rest) = value.split_at(value.iter().take_while(|byte| is_tchar(**byte)).count());
        if scheme.is_empty() || !matches!(rest.first(), None | Some(b' ')) {
            return Err(NoToken::Malformed("the Authorization field does not start with a scheme"));
        }
        // RFC 9110 §11.1: the scheme is compared without regard to case.
        if !scheme.eq_ignore_ascii_case(b"bearer") {
            return Err(NoToken::Missing);
        }
        // RFC 9110 §11.4: 1*SP, and nothing else.
        let (_, token) = rest.split_at(rest.iter().take_while(|byte| **byte == b' ').count());
        if token.is_empty() {
            return Err(NoToken::Malformed("the scheme Bearer without a token"));
        }
        let is_right = is_b64token(token);
        if !is_right && token.iter().any(u8::is_ascii_whitespace) {
            return Err(NoToken::Malformed("text after the token"));
        }
        if token.len() > LONGEST_TOKEN {
            return Err(NoToken::TooLong);
        }
        match std::str::from_utf8(token) {
            Ok(text) if is_right => Ok(Self(text)),
            _ => Err(NoToken::BadCharacters),
        }
    }

    pub(crate) fn as_str(self) -> &'r str {
        self.0
    }
}

/// RFC 6750 §2.1: `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
fn is_b64token(token: &[u8]) -> bool {
    let padding = token.iter().rev().take_while(|byte| **byte == b'=').count();
    let (body, _) = token.split_at(token.len() - padding);
    // Looks at all of it and takes no branch, so that the compiler takes many bytes at a time.
    let strangers = body.iter().fold(0, |strangers, byte| strangers | u8::from(!is_b64token_byte(*byte)));
    !body.is_empty() && strangers == 0
}

#[inline(always)]
fn is_b64token_byte(byte: u8) -> bool {
    let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    // `-`, `.`, `/` and the digits are neighbours.
    let is_digit_or_near = byte.wrapping_sub(b'-') < 13;
    is_letter | is_digit_or_near | (byte == b'+') | (byte == b'_') | (byte == b'~')
}

/// RFC 9110 §5.6.2: the characters of a token, and so of a scheme.
fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

impl std::fmt::Debug for BearerToken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BearerToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'r>(values: &[&'r [u8]]) -> Result<&'r str, NoToken> {
        only(values.iter().copied()).and_then(BearerToken::parse).map(BearerToken::as_str)
    }

    #[test]
    fn the_scheme_has_no_case_and_any_number_of_spaces_follow() {
        for value in ["Bearer abc", "bearer abc", "BEARER abc", "bEaReR   abc", "Bearer abc ", " Bearer abc"]
        {
            assert_eq!(read(&[value.as_bytes()]), Ok("abc"), "{value:?}");
        }
        assert_eq!(read(&[b"Bearer a-._~+/Z9=="]), Ok("a-._~+/Z9=="));
    }

    #[test]
    fn no_credentials_and_foreign_schemes_are_missing() {
        let none: &[&[u8]] = &[];
        assert_eq!(read(none), Err(NoToken::Missing));
        for value in [
            "",
            "  ",
            "Basic dXNlcjpwYXNz",
            "Negotiate YII=",
            "undefined undefined",
            "Bearerabc",
            "DPoP x",
            "Basic",
        ] {
            assert_eq!(read(&[value.as_bytes()]), Err(NoToken::Missing), "{value:?}");
        }
    }

    #[test]
    fn a_malformed_request_is_not_a_malformed_token() {
        for value in [
            &b"Bearer"[..],
            b"Bearer ",
            b"Bearer a b",
            b"Bearer\tabc",
            b"Bearer \tabc",
            b"Bearer\xa0abc",
            b"Bearer,abc",
            b"\"Bearer\" a",
            b":abc",
            b"Bearer a\tb",
        ] {
            assert!(matches!(read(&[value]), Err(NoToken::Malformed(_))), "{value:?}");
        }
        for value in [
            &b"Bearer a,"[..],
            b"Bearer token=\"a\"",
            b"Bearer a=b",
            b"Bearer =",
            b"Bearer %00",
            b"Bearer a\xff",
            b"Bearer a\0",
        ] {
            assert_eq!(read(&[value]), Err(NoToken::BadCharacters), "{value:?}");
        }
    }

    #[test]
    fn two_values_are_refused_even_when_they_agree() {
        assert!(matches!(read(&[b"Bearer a", b"Bearer a"]), Err(NoToken::Malformed(_))));
        assert!(matches!(read(&[b"Bearer a", b"Basic b"]), Err(NoToken::Malformed(_))));
        assert!(matches!(read(&[b"", b"Bearer a"]), Err(NoToken::Malformed(_))));
    }

    #[test]
    fn sixteen_kibibytes_are_the_limit() {
        let value = |length: usize| [b"Bearer ".to_vec(), vec![b'a'; length]].concat();
        assert!(read(&[&value(LONGEST_TOKEN)]).is_ok());
        assert_eq!(read(&[&value(LONGEST_TOKEN + 1)]), Err(NoToken::TooLong));
    }

    #[test]
    fn every_byte_is_in_a_token_or_not_as_the_grammar_says() {
        for byte in 0..=255u8 {
            let is_in = byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
            assert_eq!(is_b64token_byte(byte), is_in, "{byte}");
            // Within a JWT, too: in its header, payload and signature.
            for (before, after) in
                [("abc", "d"), ("abc", "d.efgh.ijkl"), ("efgh.abc", "d.ijkl"), ("efgh.ijkl.abc", "d")]
            {
                let value = [b"Bearer ", before.as_bytes(), &[byte], after.as_bytes()].concat();
                let found = read(&[&value]);
                assert_eq!(found.is_ok(), is_in, "{byte}");
                assert_eq!(matches!(found, Err(NoToken::Malformed(_))), byte.is_ascii_whitespace(), "{byte}");
            }
        }
    }

    #[test]
    fn a_likely_token_follows_the_scheme_and_one_space() {
        assert_eq!(likely_token(b"Bearer abc"), Some(&b"abc"[..]));
        assert_eq!(likely_token(b"bEARER  abc "), Some(&b" abc "[..]));
        for value in [&b"Bearer"[..], b"Bearerxabc", b"Basic  abc", b"", b" Bearer abc"] {
            assert_eq!(likely_token(value), None);
        }
        // It is not even hashed.
        let value = |length: usize| [b"Bearer ".to_vec(), vec![b'a'; length]].concat();
        assert!(likely_token(&value(LONGEST_TOKEN)).is_some());
        assert!(likely_token(&value(LONGEST_TOKEN + 1)).is_none());
    }

    #[test]
    fn a_token_is_never_printed() {
        assert_eq!(format!("{:?}", BearerToken("secret")), "BearerToken(…)");
    }
}
