//! Text of strangers, made harmless for a terminal.

use std::fmt::Write as _;

use serde_json::Value;

/// Returns the text with all that does not print as `\u{..}`: escape sequences, and characters that turn the direction
/// of reading.
pub(crate) fn text(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        if prints(c) { plain.push(c) } else { plain.extend(c.escape_unicode()) }
    }
    plain
}

/// Does the same to each line of a text.
pub(crate) fn lines(text: &str) -> String {
    text.trim_end().split('\n').map(self::text).collect::<Vec<_>>().join("\n")
}

/// Returns a value as JSON in one line, with all that does not print as `\u` and four digits.
pub(crate) fn json(value: &Value) -> String {
    let mut plain = String::new();
    for c in value.to_string().chars() {
        if prints(c) {
            plain.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a `String` does not fail.
            let _ = write!(plain, "\\u{unit:04x}");
        }
    }
    plain
}

fn prints(c: char) -> bool {
    matches!(c, '"' | '\'' | '\\') || c.escape_debug().len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_and_not_sent() {
        for (given, shown) in [
            ("alice", "alice"),
            ("Zoë Ωmega 日本", "Zoë Ωmega 日本"),
            ("\u{1b}[2J", r"\u{1b}[2J"),
            ("\u{9b}2J", r"\u{9b}2J"),
            ("a\u{202e}b", r"a\u{202e}b"),
            ("a\nb", r"a\u{a}b"),
        ] {
            assert_eq!(text(given), shown);
        }
        assert_eq!(json(&Value::from("\u{1b}\u{9b}\u{202e} é \"")), r#""\u001b\u009b\u202e é \"""#);
        assert_eq!(json(&Value::from("\u{e0001}")), r#""\udb40\udc01""#);
    }
}
