use std::collections::VecDeque;
use std::fmt;

use crate::ConfigError;

use super::hierarchy::{Grants, Hierarchy};
use super::policy::{Policy, Term};
use super::resolve::{Values, Verdict};
use super::set::Scopes;

/// Why a policy is met or not: what was asked, what is held, and through which edges.
///
/// For logs, tools and tests; never for the caller. Its `Display` is a small report of several lines.
///
/// ```
/// use scopa::{Hierarchy, Policy};
///
/// let hierarchy = Hierarchy::builder()
///     .scopes(["admin", "write", "read", "symbols"])
///     .includes("admin", ["write"])
///     .includes("write", ["read"])
///     .build()?;
/// let why = hierarchy.explain(&"admin".parse()?, &Policy::all_of(["read", "symbols"]))?;
/// assert!(!why.is_granted());
/// assert_eq!(why.sufficient().unwrap().as_str(), "read symbols");
/// assert_eq!(
///     why.to_string(),
///     "refused: read and symbols\n\
///      held: admin\n\
///      + read: admin > write > read\n\
///      - symbols: nothing held includes it\n\
///      would do: read symbols"
/// );
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Explanation {
    asked: String,
    held: Scopes,
    lines: Vec<Line>,
    verdict: Verdict,
}

#[derive(Debug, Clone)]
struct Line {
    asked: String,
    /// The path of edges from a held scope, its names joined by ` > `.
    path: Option<String>,
}

impl Explanation {
    /// Tells whether the policy is met.
    pub fn is_granted(&self) -> bool {
        self.verdict == Verdict::Granted
    }

    /// Returns the narrowest scopes that would do, all of them together, if any scopes would.
    pub fn sufficient(&self) -> Option<&Scopes> {
        match &self.verdict {
            Verdict::Scopes(scopes) if !scopes.is_empty() => Some(scopes),
            _ => None,
        }
    }
}

impl Hierarchy {
    /// Explains what holding `scopes` comes to where `policy` is asked for.
    ///
    /// # Errors
    /// [`ConfigError`] when the policy names something that is not declared here.
    pub fn explain(&self, scopes: &Scopes, policy: &Policy) -> Result<Explanation, ConfigError> {
        self.explain_with(scopes, &self.close(scopes, std::iter::empty()), policy, &[])
    }

    pub(crate) fn explain_with(
        &self,
        scopes: &Scopes,
        grants: &Grants,
        policy: &Policy,
        values: &Values<'_>,
    ) -> Result<Explanation, ConfigError> {
        let verdict = policy.check(self, grants, scopes, values)?;
        let mut lines = Vec::new();
        for clause in policy.clauses.iter() {
            let path = clause.iter().find_map(|term| self.path_to(term, scopes, grants, values));
            let asked: Vec<String> = clause.iter().map(ToString::to_string).collect();
            lines.push(Line { asked: asked.join(" or "), path });
        }
        Ok(Explanation { asked: policy.to_string(), held: scopes.clone(), lines, verdict })
    }

    /// Finds the shortest chain of edges from something held to what a term asks for.
    fn path_to(&self, term: &Term, scopes: &Scopes, grants: &Grants, values: &Values<'_>) -> Option<String> {
        let (name, bound) = match term {
            Term::Permission(name) => {
                let held = self
                    .graph
                    .permissions
                    .get(&**name)
                    .is_some_and(|index| grants.permissions.contains(*index));
                return held.then(|| format!("permission {name}"));
            }
            Term::Scope(name) => (name, None),
            Term::Bound { template, value } => (template, Some(&**value)),
            Term::AnyValue(template) => {
                let node = self.graph.names.get(&**template)?;
                // Of the values that it is held for, the first; or else it is held for all.
                return self.shortest(*node, self.values(grants, template).next(), scopes);
            }
        };
        let Some(target) = self.graph.names.get(&**name).copied() else {
            // Not declared by this text: a template filled in, or any scope of an open hierarchy.
            let found = self.find(name);
            return match found {
                Some(found) => self.shortest(found.node, found.value, scopes),
                None => scopes.contains(name).then(|| name.to_string()),
            };
        };
        let template = self.graph.nodes.get(target)?.template.as_ref();
        let placeholder = template.map(|template| template.placeholder());
        let from_request =
            || values.iter().find(|(name, _)| Some(*name) == placeholder).map(|(_, value)| *value);
        let value = bound.or_else(from_request);
        // Not even a scope for every value covers one that is outside the template's class.
        if let (Some(template), Some(value)) = (template, value)
            && !template.accepts(value)
        {
            return None;
        }
        self.shortest(target, value, scopes)
    }

    fn shortest(&self, target: usize, value: Option<&str>, scopes: &Scopes) -> Option<String> {
        // A step is a node, the value it is held for, and the names on the way to it.
        let mut queue: VecDeque<(usize, Option<&str>, String)> = VecDeque::new();
        for scope in scopes.iter() {
            if let Some(found) = self.find(scope) {
                queue.push_back((found.node, found.value, scope.to_owned()));
            }
        }
        let mut seen = Vec::new();
        while let Some((at, held_for, path)) = queue.pop_front() {
            if seen.contains(&(at, held_for)) {
                continue;
            }
            seen.push((at, held_for));
            if at == target && (held_for.is_none() || held_for == value) {
                return Some(path);
            }
            for next in self.graph.nodes.get(at).map_or(&[][..], |node| &node.includes) {
                let Some(node) = self.graph.nodes.get(*next) else { continue };
                // Only a template keeps the value; a plain scope on the way drops it.
                let held_for = held_for.filter(|_| node.template.is_some());
                queue.push_back((*next, held_for, format!("{path} > {}", node.name)));
            }
        }
        None
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_granted() { "granted" } else { "refused" };
        write!(
            f,
            "{verdict}: {}\nheld: {}",
            self.asked,
            if self.held.is_empty() { "no scope" } else { self.held.as_str() }
        )?;
        for line in &self.lines {
            match &line.path {
                Some(path) => write!(f, "\n+ {}: {path}", line.asked)?,
                None => write!(f, "\n- {}: nothing held includes it", line.asked)?,
            }
        }
        match &self.verdict {
            Verdict::Granted => Ok(()),
            Verdict::Scopes(scopes) if scopes.is_empty() => {
                f.write_str("\nwould do: no scope that could be named")
            }
            Verdict::Scopes(scopes) => write!(f, "\nwould do: {scopes}"),
            Verdict::Permission => f.write_str("\nwould do: no scope, a permission is missing"),
            Verdict::Unbound(name) => {
                write!(f, "\nwould do: nothing, the request gave no value for `{{{name}}}`")
            }
        }
    }
}
