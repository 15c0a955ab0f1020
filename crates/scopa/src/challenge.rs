//! Writes the `WWW-Authenticate` field (RFC 9110 §11.6.1, RFC 6750 §3).

/// One `Bearer` challenge.
#[derive(Debug)]
pub(crate) struct Challenge {
    text: String,
}

impl Challenge {
    pub(crate) fn bearer() -> Self {
        Self { text: "Bearer".to_owned() }
    }

    /// Adds a parameter as a quoted string. Parameters are separated by commas (RFC 9110 §11.2).
    pub(crate) fn with(mut self, name: &str, value: Option<&str>) -> Self {
        let Some(value) = value else { return self };
        self.text.push_str(if self.text.ends_with('"') { ", " } else { " " });
        self.text.push_str(name);
        self.text.push_str("=\"");
        for character in value.chars().filter(|c| matches!(c, ' '..='~')) {
            if matches!(character, '"' | '\\') {
                self.text.push('\\');
            }
            self.text.push(character);
        }
        self.text.push('"');
        self
    }

    pub(crate) fn into_string(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_separated_by_commas_and_quoted() {
        let text = Challenge::bearer()
            .with("realm", Some("a \"b\" \\c"))
            .with("error", None)
            .with("scope", Some("x y"));
        assert_eq!(text.into_string(), r#"Bearer realm="a \"b\" \\c", scope="x y""#);
        assert_eq!(Challenge::bearer().into_string(), "Bearer");
    }

    #[test]
    fn nothing_can_break_out_of_the_field() {
        let text = Challenge::bearer().with("realm", Some("a\r\nX-Injected: 1\0é")).into_string();
        assert_eq!(text, r#"Bearer realm="aX-Injected: 1""#);
    }
}
