/// Tells whether `text` is one scope-token: one or more of `%x21 / %x23-5B / %x5D-7E` (RFC 6749 §3.3).
///
/// `const`, so that [`scopes!`](crate::scopes) checks its names while the service is compiled.
pub const fn is_scope_token(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        if !is_scope_byte(*byte) {
            return false;
        }
        rest = tail;
    }
    !text.is_empty()
}

/// Tells whether a template holds this placeholder in braces.
///
/// `const`, for [`scopes!`](crate::scopes).
pub const fn has_placeholder(template: &str, placeholder: &str) -> bool {
    let mut rest = template.as_bytes();
    while let [byte, tail @ ..] = rest {
        if *byte == b'{' {
            return starts_with_braced(tail, placeholder.as_bytes());
        }
        rest = tail;
    }
    false
}

const fn starts_with_braced(mut text: &[u8], mut name: &[u8]) -> bool {
    loop {
        match (text, name) {
            ([b'}', ..], []) => return true,
            ([a, rest @ ..], [b, more @ ..]) if *a == *b => (text, name) = (rest, more),
            _ => return false,
        }
    }
}

pub(crate) const fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_stands_in_braces() {
        assert!(has_placeholder("team_{id}", "id") && has_placeholder("{id}:read", "id"));
        for (template, name) in
            [("team_{id}", "i"), ("team_{i}", "id"), ("team_id", "id"), ("team_{id", "id"), ("", "")]
        {
            assert!(!has_placeholder(template, name), "{template} {name}");
        }
    }

    #[test]
    fn the_grammar_is_that_of_rfc_6749() {
        for good in ["a", "api:v1", "!", "https://example.com/auth/job.read", "~", "[]", "#"] {
            assert!(is_scope_token(good), "{good}");
        }
        for bad in ["", " ", "a b", "a\"", "a\\", "a\t", "a\n", "é", "a\u{200b}", "\u{7f}", "\0"] {
            assert!(!is_scope_token(bad), "{bad:?}");
        }
    }
}
