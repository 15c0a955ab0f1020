use std::collections::HashMap;
use std::sync::Arc;

use crate::ConfigError;

use super::draft::{Draft, wrong};
use super::hierarchy::{Graph, Hierarchy};

/// Declares a [`Hierarchy`], in any order; [`build`](Self::build) checks it as a whole.
///
/// ```
/// use scopa::Hierarchy;
///
/// let error = Hierarchy::builder()
///     .scopes(["a", "b"])
///     .includes("a", ["b"])
///     .includes("b", ["a"])
///     .build()
///     .unwrap_err();
/// assert!(error.to_string().contains("`a` > `b` > `a`"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct HierarchyBuilder {
    pub(super) scopes: Vec<String>,
    pub(super) includes: Vec<(String, Vec<String>)>,
    pub(super) aliases: Vec<(String, String)>,
    pub(super) bundles: Vec<(String, Vec<String>)>,
    pub(super) templates: Vec<(String, String)>,
    pub(super) prefixes: Vec<(String, char)>,
    pub(super) wildcards: Vec<String>,
    pub(super) permissions: Vec<String>,
}

fn strings(names: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    names.into_iter().map(Into::into).collect()
}

impl HierarchyBuilder {
    /// Declares plain scopes, each once (RFC 6749 §3.3: case-sensitive).
    #[must_use]
    pub fn scopes(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes.extend(strings(names));
        self
    }

    /// Draws edges: holding `scope` is enough wherever one of `included` is asked for.
    ///
    /// All names must be declared. A template may include templates with the same placeholder, which are then
    /// bound to the same value; a plain scope that includes a template includes it for every value.
    #[must_use]
    pub fn includes(
        mut self,
        scope: impl Into<String>,
        included: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.includes.push((scope.into(), strings(included)));
        self
    }

    /// Declares another spelling of a declared scope. The two mean the same in both directions.
    #[must_use]
    pub fn alias(mut self, name: impl Into<String>, scope: impl Into<String>) -> Self {
        self.aliases.push((name.into(), scope.into()));
        self
    }

    /// Declares a named set, such as a role: holding it grants its members, but it is never asked for.
    #[must_use]
    pub fn bundle(
        mut self,
        name: impl Into<String>,
        members: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.bundles.push((name.into(), strings(members)));
        self
    }

    /// Declares a scope that carries one value, with the class of its values: `team_{id}` and `[0-9a-f]{24}`.
    ///
    /// The class is one bracket of ASCII characters and ranges with a length, `{24}`, `{1,40}` or `+` (1 to 128).
    /// Separators (`:`, `.`, `/`, `,`) and `*` cannot be in it.
    #[must_use]
    pub fn template(mut self, template: impl Into<String>, values: impl Into<String>) -> Self {
        self.templates.push((template.into(), values.into()));
        self
    }

    /// Lets `scope` include every declared scope that continues it after `separator`: `api` and `api:v1`.
    ///
    /// Only for this scope: no other name is read that way.
    #[must_use]
    pub fn prefix(mut self, scope: impl Into<String>, separator: char) -> Self {
        self.prefixes.push((scope.into(), separator));
        self
    }

    /// Declares a pattern that a token may hold, such as `crashes.*`: it grants the declared scopes it matches.
    ///
    /// A `*` stands for one whole segment, at the end for one or more. It is never asked for.
    #[must_use]
    pub fn wildcard(mut self, pattern: impl Into<String>) -> Self {
        self.wildcards.push(pattern.into());
        self
    }

    /// Declares permissions: names of their own, without edges, that no scope ever satisfies.
    #[must_use]
    pub fn permissions(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.permissions.extend(strings(names));
        self
    }

    /// Checks the declarations and closes the graph.
    ///
    /// # Errors
    /// Names the culprit: a malformed or repeated name, a name that is not declared, a cycle (an alias is the way
    /// to make two names equal), a template that overlaps another scope, a prefix or wildcard that matches
    /// nothing, more than 4096 scopes.
    pub fn build(self) -> Result<Hierarchy, ConfigError> {
        let mut draft = Draft::default();
        draft.declare(&self)?;
        draft.connect(&self)?;
        draft.refuse_overlaps()?;
        draft.close()?;
        let mut permissions = HashMap::new();
        for name in &self.permissions {
            if name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control()) {
                return Err(wrong(format!(
                    "permission `{}` is empty or holds white space",
                    name.escape_debug()
                )));
            }
            let index = permissions.len();
            if permissions.insert(name.as_str().into(), index).is_some() {
                return Err(wrong(format!("permission `{name}` is declared twice; drop one")));
            }
        }
        let Draft { nodes, names, templates, .. } = draft;
        let graph = Graph { declared: self, nodes, names, templates, permissions, ..Graph::default() };
        Ok(Hierarchy { graph: Arc::new(graph) })
    }
}
