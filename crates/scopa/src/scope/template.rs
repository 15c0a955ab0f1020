use crate::ConfigError;

use super::name::is_scope_byte;

/// Letters, digits and `-`: what a value may hold when nothing else is declared.
pub(crate) const DEFAULT_VALUES: &str = "[0-9A-Za-z-]+";
const LONGEST_VALUE: usize = 128;

/// A scope that carries one value, such as `team_{id}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    prefix: Box<str>,
    placeholder: Box<str>,
    suffix: Box<str>,
    values: Values,
}

impl Template {
    /// Reads a template and the class of its values: `team_{id}` and `[0-9a-f]{24}`.
    pub(crate) fn parse(text: &str, values: &str) -> Result<Self, ConfigError> {
        let wrong =
            |why: &str| ConfigError::new("hierarchy", format!("template `{}`: {why}", text.escape_debug()));
        let Some((prefix, rest)) = text.split_once('{') else {
            return Err(wrong("has no `{placeholder}`; declare it as a plain scope"));
        };
        let Some((placeholder, suffix)) = rest.split_once('}') else {
            return Err(wrong("the brace is not closed"));
        };
        if suffix.contains(['{', '}']) || prefix.contains('}') {
            return Err(wrong("carries exactly one value; use one pair of braces"));
        }
        if !is_placeholder(placeholder) {
            return Err(wrong(
                "the placeholder must be a name of lower-case letters, digits and `_`, as in `{id}`",
            ));
        }
        if prefix.is_empty() && suffix.is_empty() {
            return Err(wrong(
                "would match every scope; put a fixed text beside the placeholder, as in `team_{id}`",
            ));
        }
        if !prefix.bytes().chain(suffix.bytes()).all(is_scope_byte) {
            return Err(wrong("holds a character that no scope may hold (RFC 6749 §3.3)"));
        }
        if prefix.contains('*') || suffix.contains('*') {
            return Err(wrong(
                "holds a `*`; a template carries a value, a wildcard is declared with `wildcard`",
            ));
        }
        let values = Values::parse(values).map_err(wrong)?;
        Ok(Self { prefix: prefix.into(), placeholder: placeholder.into(), suffix: suffix.into(), values })
    }

    pub(crate) fn placeholder(&self) -> &str {
        &self.placeholder
    }

    /// Returns the value that `scope` carries, when it is this template filled in.
    pub(crate) fn value<'s>(&self, scope: &'s str) -> Option<&'s str> {
        let value = scope.strip_prefix(&*self.prefix)?.strip_suffix(&*self.suffix)?;
        self.accepts(value).then_some(value)
    }

    pub(crate) fn accepts(&self, value: &str) -> bool {
        self.values.accept(value)
    }

    /// Writes the scope for `value`, or nothing when no such scope can exist.
    pub(crate) fn fill(&self, value: &str) -> Option<String> {
        self.accepts(value).then(|| format!("{}{value}{}", self.prefix, self.suffix))
    }

    /// Tells whether some scope is an instance of both templates.
    ///
    /// For every pair of lengths that gives texts of the same length, the texts are compared place by place.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let fixed = |template: &Self| template.prefix.len() + template.suffix.len();
        (self.values.shortest..=self.values.longest).any(|length| {
            let total = fixed(self) + length;
            let Some(other_length) = total.checked_sub(fixed(other)) else { return false };
            (other.values.shortest..=other.values.longest).contains(&other_length)
                && (0..total).all(|at| self.at(at, length) & other.at(at, other_length) != 0)
        })
    }

    /// The characters that can stand at one place of the text when the value has the given length.
    fn at(&self, index: usize, length: usize) -> u128 {
        let suffix_at = self.prefix.len() + length;
        let fixed = match index {
            _ if index < self.prefix.len() => self.prefix.as_bytes().get(index),
            _ if index >= suffix_at => self.suffix.as_bytes().get(index - suffix_at),
            _ => return self.values.characters,
        };
        fixed.map_or(0, |byte| 1 << (byte & 127))
    }
}

/// Tells whether a text is written like a template, so that a policy can tell `team_{id}` from a plain scope.
pub(crate) fn placeholder_of(name: &str) -> Option<&str> {
    let (_, rest) = name.split_once('{')?;
    rest.split_once('}').map(|(placeholder, _)| placeholder)
}

fn is_placeholder(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The declared class of a template's values: one set of characters and a length, written as `[0-9a-f]{24}`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Values {
    // One bit for each ASCII character.
    characters: u128,
    shortest: usize,
    longest: usize,
}

impl Values {
    fn parse(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "the class of the values must be written as `[0-9a-f]{24}`, `[0-9A-Za-z-]{1,40}` or `[0-9]+`, at most 128 long";
        let (class, length) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).ok_or(FORM)?;
        let (shortest, longest) = match length {
            "+" => (1, LONGEST_VALUE),
            _ => {
                let inner = length.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).ok_or(FORM)?;
                let (low, high) = inner.split_once(',').unwrap_or((inner, inner));
                (low.parse().map_err(|_| FORM)?, high.parse().map_err(|_| FORM)?)
            }
        };
        if shortest == 0 || shortest > longest || longest > LONGEST_VALUE {
            return Err(FORM);
        }
        Ok(Self { characters: characters(class.as_bytes()).ok_or(FORM)??, shortest, longest })
    }

    fn accept(&self, value: &str) -> bool {
        // In halves of one word each: a shift of both at once takes several steps for each character.
        let (low, high) = (self.characters as u64, (self.characters >> 64) as u64);
        let half = |byte: u8| if byte < 64 { low } else { high };
        (self.shortest..=self.longest).contains(&value.len())
            && value.bytes().all(|byte| byte < 128 && half(byte) >> (byte % 64) & 1 != 0)
    }
}

/// Reads `0-9a-f_` to a set. `-` stands for itself at the end.
fn characters(mut class: &[u8]) -> Option<Result<u128, &'static str>> {
    let mut set = 0_u128;
    loop {
        let (low, high, rest) = match class {
            [] => break,
            [low, b'-', high, rest @ ..] => (*low, *high, rest),
            [one, rest @ ..] => (*one, *one, rest),
        };
        if low > high {
            return None;
        }
        for byte in low..=high {
            if !is_scope_byte(byte) || matches!(byte, b':' | b'.' | b'/' | b',' | b'*' | b'{' | b'}') {
                // A value with a separator could read as a deeper scope, one with `*` as a pattern.
                return Some(Err(
                    "a value may hold no separator (`:`, `.`, `/`, `,`), no `*`, no brace and no space",
                ));
            }
            set |= 1 << byte;
        }
        class = rest;
    }
    (set != 0).then_some(Ok(set))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str, values: &str) -> Template {
        Template::parse(text, values).unwrap()
    }

    #[test]
    fn a_value_must_be_of_the_declared_class() {
        let team = template("team_{id}", "[0-9a-f]{24}");
        assert_eq!(team.value("team_65df73340142feec34d7d6ee"), Some("65df73340142feec34d7d6ee"));
        for no in
            ["team_", "team_65df", "team_65DF73340142FEEC34D7D6EE", "team_*", "eam_65df73340142feec34d7d6ee"]
        {
            assert_eq!(team.value(no), None, "{no}");
        }
        let default = template("team_{id}", DEFAULT_VALUES);
        for no in ["team_a:admin", "team_a_b", "team_é", "team_a b", "team_*", "team_"] {
            assert_eq!(default.value(no), None, "{no}");
        }
        assert_eq!(template("org_{name}:read", "[a-z]+").value("org_acme:read"), Some("acme"));
        assert_eq!(template("a{x}a", "[a]{1,2}").value("aa"), None);
    }

    #[test]
    fn a_malformed_template_is_refused_with_its_reason() {
        for (text, values, why) in [
            ("team", DEFAULT_VALUES, "no `{placeholder}`"),
            ("team_{id", DEFAULT_VALUES, "not closed"),
            ("team_{a}_{b}", DEFAULT_VALUES, "exactly one value"),
            ("team_{}", DEFAULT_VALUES, "must be a name"),
            ("team_{ID}", DEFAULT_VALUES, "must be a name"),
            ("{id}", DEFAULT_VALUES, "every scope"),
            ("te am_{id}", DEFAULT_VALUES, "no scope may hold"),
            ("team*_{id}", DEFAULT_VALUES, "holds a `*`"),
            ("team_{id}", "[0-9:]+", "no separator"),
            ("team_{id}", "[*]+", "no separator"),
            ("team_{id}", "[a-z]", "must be written as"),
            ("team_{id}", "[]+", "must be written as"),
            ("team_{id}", "[z-a]+", "must be written as"),
            ("team_{id}", "[a]{0,3}", "must be written as"),
            ("team_{id}", "[a]{1,129}", "must be written as"),
            ("team_{id}", "[a]{3,2}", "must be written as"),
            ("team_{id}", ".*", "must be written as"),
        ] {
            let error = Template::parse(text, values).unwrap_err().to_string();
            assert!(error.contains(why), "{text} {values}: {error}");
        }
    }

    #[test]
    fn overlap_is_exact() {
        let team = template("team_{id}", "[0-9a-z]+");
        for (text, values, overlaps) in [
            ("team_{id}", "[0-9]{3}", true),
            ("team_{id}", "[A-Z]+", false),
            ("team_a{id}", "[0-9]+", true),
            ("team_{id}:read", "[0-9a-z]+", false),
            ("{id}_x", "[a-z]+", true),
            ("{id}_-", "[a-z]+", false),
            ("{id}x", "[a-z_]+", true),
            ("teams_{id}", "[0-9]+", false),
        ] {
            assert_eq!(team.overlaps(&template(text, values)), overlaps, "{text}");
            assert_eq!(template(text, values).overlaps(&team), overlaps, "{text}");
        }
        let long = template("t_{id}", "[a]{10}");
        assert!(!long.overlaps(&template("t_{id}", "[a]{9}")));
    }
}
