use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::resolve::Resolved;
use super::template::placeholder_of;

const MOST_CLAUSES: usize = 64;

/// What is asked of a caller: scopes and permissions, all of them, any of them, or combinations.
///
/// Built from names; a [`Validator`](crate::Validator) checks the names against its hierarchy when a layer is
/// built, so that a misspelt scope fails at the start and not at noon. A template such as `team_{id}` is bound to
/// a value of the request: either where it is written ([`bound`](Self::bound)) or from the path, by the name of
/// its placeholder.
///
/// ```
/// use scopa::Policy;
///
/// let publish = Policy::all_of(["pages:write", "team_{id}"]);
/// let read = Policy::any_of(["pages:read", "audit"]).and(Policy::any_permission(["OWNER", "ADMIN"]));
/// assert_eq!(publish.to_string(), "pages:write and team_{id}");
/// assert_eq!(read.to_string(), "(pages:read or audit) and (permission OWNER or permission ADMIN)");
/// ```
#[derive(Clone)]
pub struct Policy {
    /// A conjunction of alternatives.
    pub(super) clauses: Arc<[Vec<Term>]>,
    /// What is wrong with it by itself, to be told when it is resolved.
    pub(super) fault: Option<&'static str>,
    /// The placeholders without a value, each once.
    placeholders: Box<[Box<str>]>,
    /// One for each hierarchy that its names were looked up in.
    pub(super) resolved: Arc<[Resolved]>,
}

/// One thing that can satisfy a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    Scope(Cow<'static, str>),
    /// A template, filled in by the policy's author.
    Bound {
        template: Cow<'static, str>,
        value: Box<str>,
    },
    /// A template, whatever its value.
    AnyValue(Cow<'static, str>),
    Permission(Cow<'static, str>),
}

impl Policy {
    /// Asks for an accepted token and nothing more.
    pub fn authenticated() -> Self {
        Self::from_clauses(Vec::new())
    }

    /// Asks for every one of the given scopes or policies. Of none: an error when the layer is built.
    pub fn all_of(policies: impl IntoIterator<Item = impl Into<Self>>) -> Self {
        let together = policies.into_iter().map(Into::into).reduce(Self::and);
        together.unwrap_or_else(|| {
            Self::faulty(
                "`all_of` of nothing asks for nothing; say `Policy::authenticated()` if that is meant",
            )
        })
    }

    /// Asks for at least one of the given scopes or policies. Of none: an error when the layer is built.
    pub fn any_of(policies: impl IntoIterator<Item = impl Into<Self>>) -> Self {
        let together = policies.into_iter().map(Into::into).reduce(Self::or);
        together.unwrap_or_else(|| Self::faulty("`any_of` of nothing can never be met; name an alternative"))
    }

    /// Asks for a template's scope with this very value: `Policy::bound("team_{id}", "7")` asks for `team_7`.
    pub fn bound(template: impl Into<Cow<'static, str>>, value: impl Into<Box<str>>) -> Self {
        Self::from_clauses(vec![vec![Term::Bound { template: template.into(), value: value.into() }]])
    }

    /// Asks for a template's scope, whatever its value is: where the request names none, and the token decides. Which values
    /// it holds tells [`Access::values`](crate::Access::values).
    ///
    /// To who holds none, the challenge names no scope: nobody knows which value is meant.
    ///
    /// ```
    /// use scopa::{Hierarchy, Policy};
    ///
    /// let hierarchy = Hierarchy::builder().template("team_{id}", "[0-9]+").build()?;
    /// let policy = Policy::any_value("team_{id}");
    /// assert!(hierarchy.explain(&"team_7".parse()?, &policy)?.is_granted());
    /// assert!(!hierarchy.explain(&"team_x".parse()?, &policy)?.is_granted());
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn any_value(template: impl Into<Cow<'static, str>>) -> Self {
        Self::from_clauses(vec![vec![Term::AnyValue(template.into())]])
    }

    /// Asks for a permission. Permissions are a namespace of their own: no scope satisfies one.
    pub fn permission(name: impl Into<Cow<'static, str>>) -> Self {
        Self::from_clauses(vec![vec![Term::Permission(name.into())]])
    }

    /// Asks for at least one of the given permissions. Of none: an error when the layer is built.
    pub fn any_permission(names: impl IntoIterator<Item = impl Into<Cow<'static, str>>>) -> Self {
        let terms: Vec<Term> = names.into_iter().map(|name| Term::Permission(name.into())).collect();
        if terms.is_empty() {
            return Self::faulty(
                "`any_permission` of nothing can never be met; leave it out if none is asked for",
            );
        }
        Self::from_clauses(vec![terms])
    }

    /// Asks for both.
    #[must_use]
    pub fn and(self, other: impl Into<Self>) -> Self {
        let other = other.into();
        let clauses = self.clauses.iter().chain(other.clauses.iter()).cloned().collect();
        let made = Self::from_clauses(clauses);
        Self { fault: self.fault.or(other.fault).or(made.fault), ..made }
    }

    /// Asks for either.
    #[must_use]
    pub fn or(self, other: impl Into<Self>) -> Self {
        let other = other.into();
        // (a and b) or c is (a or c) and (b or c).
        let mut clauses = Vec::new();
        for clause in self.clauses.iter().take(MOST_CLAUSES) {
            clauses.extend(
                other.clauses.iter().take(MOST_CLAUSES).map(|more| [clause.as_slice(), more].concat()),
            );
        }
        let made = Self::from_clauses(clauses);
        Self { fault: self.fault.or(other.fault).or(made.fault), ..made }
    }

    /// Returns the placeholders whose values must come from the request, each once: `id` for `team_{id}`.
    pub fn placeholders(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.placeholders.iter().map(|name| &**name)
    }

    fn from_clauses(mut clauses: Vec<Vec<Term>>) -> Self {
        for clause in &mut clauses {
            let mut seen = Vec::with_capacity(clause.len());
            for term in clause.drain(..) {
                if !seen.contains(&term) {
                    seen.push(term);
                }
            }
            *clause = seen;
        }
        let too_large =
            clauses.len() > MOST_CLAUSES || clauses.iter().any(|clause| clause.len() > MOST_CLAUSES);
        let fault =
            too_large.then_some("is too large: more than 64 conditions, or 64 alternatives in one of them");
        let placeholders = open_placeholders(&clauses);
        Self { clauses: clauses.into(), fault, placeholders, resolved: Arc::default() }
    }

    fn faulty(fault: &'static str) -> Self {
        Self { fault: Some(fault), ..Self::authenticated() }
    }
}

/// Collects the placeholders whose author has given no value.
fn open_placeholders(clauses: &[Vec<Term>]) -> Box<[Box<str>]> {
    let mut names: Vec<Box<str>> = Vec::new();
    for term in clauses.iter().flatten() {
        if let Term::Scope(name) = term
            && let Some(placeholder) = placeholder_of(name)
            && !names.iter().any(|known| **known == *placeholder)
        {
            names.push(placeholder.into());
        }
    }
    names.into()
}

impl From<&'static str> for Policy {
    /// Asks for one scope, or for a template to be bound from the request.
    fn from(scope: &'static str) -> Self {
        Self::from_clauses(vec![vec![Term::Scope(scope.into())]])
    }
}

impl From<String> for Policy {
    /// Asks for one scope, or for a template to be bound from the request.
    fn from(scope: String) -> Self {
        Self::from_clauses(vec![vec![Term::Scope(scope.into())]])
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scope(name) => f.write_str(name),
            Self::Bound { template, value } => write!(f, "{template} for `{}`", value.escape_debug()),
            Self::AnyValue(template) => write!(f, "{template} for any value"),
            Self::Permission(name) => write!(f, "permission {name}"),
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.clauses.is_empty() {
            return f.write_str("any valid token");
        }
        for (at, clause) in self.clauses.iter().enumerate() {
            if at > 0 {
                f.write_str(" and ")?;
            }
            let terms: Vec<String> = clause.iter().map(ToString::to_string).collect();
            let brackets = clause.len() > 1 && self.clauses.len() > 1;
            let (open, close) = if brackets { ("(", ")") } else { ("", "") };
            write!(f, "{open}{}{close}", terms.join(" or "))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Policy({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_become_a_conjunction_of_alternatives() {
        let both = Policy::all_of(["a", "b"]);
        assert_eq!(both.clone().or("c").to_string(), "(a or c) and (b or c)");
        assert_eq!(both.and(Policy::any_of(["a", "a"])).to_string(), "a and b and a");
        assert_eq!(Policy::authenticated().to_string(), "any valid token");
        assert_eq!(Policy::authenticated().or("a").to_string(), "any valid token");
        assert_eq!(Policy::from("a").and(Policy::authenticated()).to_string(), "a");
    }

    #[test]
    fn nothing_is_never_read_as_everything() {
        let none: [&'static str; 0] = [];
        for policy in [
            Policy::all_of(none),
            Policy::any_of(none),
            Policy::any_permission(none),
            Policy::from("a").and(Policy::any_of(none)),
            Policy::any_of(none).or("a"),
        ] {
            assert!(policy.fault.is_some(), "{policy}");
        }
    }

    #[test]
    fn growth_is_bounded() {
        let wide = Policy::any_of((0..65).map(|n| format!("s{n}")));
        assert!(wide.fault.is_some());
        let mut product = Policy::all_of((0..60).map(|n| format!("s{n}")));
        for _ in 0..8 {
            product = product.or(Policy::all_of(["x", "y", "z"]));
        }
        assert!(product.fault.is_some() && product.clauses.len() <= MOST_CLAUSES * MOST_CLAUSES);
    }

    #[test]
    fn placeholders_are_those_without_a_value() {
        let policy =
            Policy::from("team_{id}").and("org_{org}").and(Policy::bound("team_{id}", "7")).and("team_{id}");
        assert!(policy.placeholders().eq(["id", "org"]));
    }
}
