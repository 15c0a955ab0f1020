use std::borrow::Cow;
use std::fmt;

use crate::InvalidToken;
use crate::json::{Object, Value};

/// Where in the claims a value stands: a name, or names leading into nested objects.
///
/// From a text: `scope`, `scp`, or with dots for each step down, `realm_access.roles`. A name that is a URI
/// (it holds `:` or `/`) is taken whole, dots and all. From an array: the steps, each taken whole.
///
/// ```
/// use scopa::ClaimPath;
///
/// assert_eq!(ClaimPath::from("realm_access.roles"), ClaimPath::from(["realm_access", "roles"]));
/// assert_eq!(ClaimPath::from("https://example.com/roles"), ClaimPath::from(["https://example.com/roles"]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimPath {
    steps: Vec<String>,
    takes_member_names: bool,
}

impl From<&str> for ClaimPath {
    fn from(text: &str) -> Self {
        if text.contains([':', '/']) {
            return Self::of(vec![text.to_owned()]);
        }
        Self::of(text.split('.').map(str::to_owned).collect())
    }
}

impl<const N: usize> From<[&str; N]> for ClaimPath {
    fn from(steps: [&str; N]) -> Self {
        Self::of(steps.map(str::to_owned).to_vec())
    }
}

impl ClaimPath {
    fn of(steps: Vec<String>) -> Self {
        Self { steps, takes_member_names: false }
    }

    /// Takes the names of an object's members for the list, where the value is an object.
    ///
    /// ```
    /// use scopa::ClaimPath;
    ///
    /// // Zitadel: {"urn:zitadel:iam:org:project:roles": {"editor": {"163840776801878273": "acme.example"}}}
    /// let roles = ClaimPath::from("urn:zitadel:iam:org:project:roles").member_names();
    /// assert_eq!(roles.to_string(), "urn:zitadel:iam:org:project:roles");
    /// ```
    #[must_use]
    pub fn member_names(self) -> Self {
        Self { takes_member_names: true, ..self }
    }

    /// Tells whether no step is empty, and there is one.
    pub(crate) fn is_well_formed(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|step| !step.is_empty())
    }

    /// Finds the value; `None` where it is absent.
    ///
    /// # Errors
    /// `MalformedClaim` where a step leads into something that is no object.
    pub(crate) fn find<'a>(&self, claims: &Object<'a>) -> Result<Option<Value<'a>>, InvalidToken> {
        let Some((last, way)) = self.steps.split_last() else { return Ok(None) };
        let mut nested: Option<Object<'a>> = None;
        for step in way {
            nested = match nested.as_ref().unwrap_or(claims).get(step) {
                None => return Ok(None),
                Some(Value::Object(object)) => Some(object.read()),
                Some(_) => return Err(self.malformed()),
            };
        }
        Ok(nested.as_ref().unwrap_or(claims).get(last).cloned())
    }

    /// Reads a list of names: a string separated by spaces, or an array of strings. Absent is empty.
    ///
    /// A member of an array is one name and is never split.
    pub(crate) fn names<'v>(&self, value: Option<&'v Value<'_>>) -> Result<Vec<Cow<'v, str>>, InvalidToken> {
        let owned = |item: Value<'_>| item.as_str().map(|name| Cow::Owned(name.to_owned()));
        match value {
            None => Ok(Vec::new()),
            // RFC 6749 §3.3: only U+0020 separates.
            Some(Value::String(text)) => {
                Ok(text.split(' ').filter(|name| !name.is_empty()).map(Cow::Borrowed).collect())
            }
            Some(Value::Array(items)) => {
                items.items().map(|item| owned(item).ok_or_else(|| self.malformed())).collect()
            }
            Some(Value::Object(object)) if self.takes_member_names => {
                Ok(object.read().names().map(|name| Cow::Owned(name.to_owned())).collect())
            }
            Some(_) => Err(self.malformed()),
        }
    }

    fn malformed(&self) -> InvalidToken {
        InvalidToken::MalformedClaim(self.to_string())
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.steps.join("."))
    }
}
