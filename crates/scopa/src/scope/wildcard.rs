use crate::ConfigError;

use super::draft::wrong;

/// Tells whether `scope` is `name` continued by segments, none of them empty.
pub(super) fn continues(scope: &str, name: &str, separator: char) -> bool {
    let rest = scope.strip_prefix(name).and_then(|rest| rest.strip_prefix(separator));
    rest.is_some_and(|rest| rest.split(separator).all(|segment| !segment.is_empty()))
}

/// A pattern such as `crashes.*`, cut into segments.
pub(super) struct Wildcard<'p> {
    segments: Vec<&'p str>,
    separator: char,
}

impl<'p> Wildcard<'p> {
    pub(super) fn parse(pattern: &'p str) -> Result<Self, ConfigError> {
        let refuse = |why: &str| Err(wrong(format!("wildcard `{}`: {why}", pattern.escape_debug())));
        let Some((before, after)) = pattern.split_once('*') else {
            return refuse("has no `*`; declare it as a scope");
        };
        let Some(separator) = before.chars().next_back().or(after.chars().next()) else {
            return refuse("would grant every scope; put a fixed segment beside the `*`");
        };
        let segments: Vec<&str> = pattern.split(separator).collect();
        if separator.is_alphanumeric()
            || segments.iter().any(|s| s.is_empty() || (s.contains('*') && *s != "*"))
        {
            return refuse("a `*` stands for a whole segment, as in `crashes.*`, and no segment is empty");
        }
        if segments.iter().all(|segment| *segment == "*") {
            return refuse("would grant every scope; put a fixed segment beside the `*`");
        }
        Ok(Self { segments, separator })
    }

    pub(super) fn matches(&self, scope: &str) -> bool {
        let given: Vec<&str> = scope.split(self.separator).collect();
        let open_end = self.segments.last() == Some(&"*");
        let long_enough =
            given.len() == self.segments.len() || (open_end && given.len() > self.segments.len());
        long_enough
            && given.iter().all(|segment| !segment.is_empty())
            && self.segments.iter().zip(&given).all(|(wanted, given)| *wanted == "*" || wanted == given)
    }
}
