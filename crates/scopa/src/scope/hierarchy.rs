use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use crate::memo::Memo;

use super::authority::Authority;
use super::bits::Bits;
use super::build::HierarchyBuilder;
use super::set::Scopes;
use super::template::Template;
use crate::cache::BLOCK;

/// The declared scopes and what each includes: a graph, closed once when it is built.
///
/// Nesting, [aliases](HierarchyBuilder::alias), [bundles](HierarchyBuilder::bundle),
/// [templates](HierarchyBuilder::template), [prefixes](HierarchyBuilder::prefix) and
/// [wildcards](HierarchyBuilder::wildcard) all compile to edges. Spelling is not meaning: `api` does not include
/// `api:v1` unless it is declared to. Holding a scope that is not declared grants that scope alone, and nothing
/// that is declared. Can also be read from any serde format, with the same checks.
///
/// [`Hierarchy::default()`] declares nothing: every well-formed scope may then be asked for, and grants itself.
///
/// ```
/// use scopa::Hierarchy;
///
/// let hierarchy = Hierarchy::builder()
///     .scopes(["admin", "crashes:write", "crashes:read", "symbols"])
///     .includes("admin", ["crashes:write", "symbols"])
///     .includes("crashes:write", ["crashes:read"])
///     .template("team_{id}", "[0-9a-f]{24}")
///     .build()?;
/// assert!(hierarchy.covers("admin", "crashes:read"));
/// assert!(!hierarchy.covers("symbols", "crashes:read"));
/// assert_eq!(hierarchy.normalize(&"crashes:read admin".parse()?).as_str(), "admin");
/// # Ok::<(), scopa::ConfigError>(())
/// ```
///
/// From data, here JSON:
///
/// ```
/// let hierarchy: scopa::Hierarchy = serde_json::from_str(r#"{
///     "scopes": {"admin": ["write"], "write": ["read"], "read": []},
///     "templates": {"team_{id}": "[0-9]+"},
///     "bundles": {"ops": ["write"]}
/// }"#)?;
/// assert!(hierarchy.covers("ops", "read"));
/// let typo = serde_json::from_str::<scopa::Hierarchy>(r#"{"scopes": {"admin": ["wirte"]}}"#);
/// assert!(typo.unwrap_err().to_string().contains("`wirte`"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, Deserialize)]
#[serde(try_from = "super::data::HierarchyData")]
pub struct Hierarchy {
    pub(super) graph: Arc<Graph>,
}

/// The closed graph behind a hierarchy.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) declared: HierarchyBuilder,
    pub(super) nodes: Vec<Node>,
    /// Every spelling that is not filled in from a template: names, aliases, bundles, wildcards, template texts.
    pub(super) names: HashMap<Box<str>, usize>,
    pub(super) templates: Vec<(Template, usize)>,
    pub(super) permissions: HashMap<Box<str>, usize>,
    /// Made when the first token needs it.
    pub(super) authorities: OnceLock<Memo<Authority>>,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: Box<str>,
    /// The template, for a scope that carries a value.
    pub(super) template: Option<Template>,
    /// Bundles and wildcards can be granted, but not asked for.
    pub(super) grant_only: bool,
    pub(super) includes: Vec<usize>,
    pub(super) reach: Reach,
}

/// What holding one scope grants.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    /// Scopes reached outright; the bit of a template means that scope for every value.
    pub(super) plain: Bits,
    /// Templates reached with the very value of the held scope.
    pub(super) bound: Bits,
}

/// What a whole token grants: the closure of its scopes.
#[derive(Debug, Clone)]
pub(crate) struct Grants {
    pub(super) plain: Bits,
    pub(super) bound: Vec<(Box<str>, Bits)>,
    pub(super) permissions: Bits,
}

impl Grants {
    /// Returns about how much memory it takes beside its own place, in bytes.
    pub(super) fn weight(&self) -> usize {
        let bound = self.bound.iter().map(|(value, nodes)| value.len() + BLOCK + nodes.weight());
        // A list that grows has up to twice the room that it needs.
        let places = 2 * self.bound.len() * size_of::<(Box<str>, Bits)>() + BLOCK;
        places + bound.sum::<usize>() + self.plain.weight() + self.permissions.weight()
    }

    pub(super) fn holds(&self, node: usize) -> bool {
        self.plain.contains(node)
    }

    pub(super) fn holds_bound(&self, node: usize, value: &str) -> bool {
        self.plain.contains(node)
            || self.bound.iter().any(|(held, nodes)| **held == *value && nodes.contains(node))
    }
}

impl Hierarchy {
    /// Starts the declaration of a hierarchy.
    pub fn builder() -> HierarchyBuilder {
        HierarchyBuilder::default()
    }

    /// Returns the declarations again, to add to them.
    ///
    /// ```
    /// # use scopa::Hierarchy;
    /// let base = Hierarchy::builder().scopes(["service:r"]).build()?;
    /// let more = base.to_builder().alias("service", "service:r").build()?;
    /// assert!(more.covers("service", "service:r") && more.covers("service:r", "service"));
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn to_builder(&self) -> HierarchyBuilder {
        self.graph.declared.clone()
    }

    /// Tells whether holding `held` is enough where `needed` is asked for. Both are single scopes.
    pub fn covers(&self, held: &str, needed: &str) -> bool {
        if !super::name::is_scope_token(held) {
            return false;
        }
        let (Some(held_at), Some(needed_at)) = (self.find(held), self.find(needed)) else {
            return held == needed;
        };
        self.graph.nodes.get(held_at.node).is_some_and(|node| {
            node.reach.plain.contains(needed_at.node)
                || (held_at.value == needed_at.value && node.reach.bound.contains(needed_at.node))
        })
    }

    /// Drops the scopes that others in the list include. What the list grants stays the same.
    pub fn normalize(&self, scopes: &Scopes) -> Scopes {
        let all: Vec<&str> = scopes.iter().collect();
        let implied = |at: usize, scope: &str| {
            all.iter().enumerate().any(|(other_at, other)| {
                // Of two spellings of one scope, the first stays.
                other_at != at && self.covers(other, scope) && (other_at < at || !self.covers(scope, other))
            })
        };
        Scopes::well_formed(
            all.iter().enumerate().filter(|(at, scope)| !implied(*at, scope)).map(|(_, scope)| *scope),
        )
    }

    /// Returns the scopes that can be asked for, as declared and without aliases.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.graph.nodes.iter().filter(|node| !node.grant_only).map(|node| &*node.name)
    }

    /// Returns the declared scope that a scope is: itself, or the template whose value it carries.
    ///
    /// An alias, a bundle or a wildcard is declared under its own name. The name of a template is no scope: it has no value.
    ///
    /// ```
    /// # use scopa::Hierarchy;
    /// let hierarchy = Hierarchy::builder().scopes(["read"]).template("team_{id}", "[0-9]+").build()?;
    /// assert_eq!(hierarchy.declared("read"), Some("read"));
    /// assert_eq!(hierarchy.declared("team_7"), Some("team_{id}"));
    /// assert_eq!(hierarchy.declared("team_x"), None);
    /// assert_eq!(hierarchy.declared("team_{id}"), None);
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn declared(&self, scope: &str) -> Option<&str> {
        if let Some((name, node)) = self.graph.names.get_key_value(scope) {
            let is_template = self.graph.nodes.get(*node).is_some_and(|node| node.template.is_some());
            return (!is_template).then_some(name);
        }
        let found = self.find(scope)?;
        self.graph.nodes.get(found.node).map(|node| &*node.name)
    }

    /// Says whether nothing is declared: then each scope stands for itself.
    ///
    /// ```
    /// assert!(scopa::Hierarchy::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.graph.nodes.is_empty()
    }

    /// Tells whether both are the same graph in memory, not whether they declare the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.graph, &other.graph)
    }

    /// Returns what lists of scopes and permissions amount to, by how tokens write them.
    pub(crate) fn authorities(&self) -> &Memo<Authority> {
        self.graph.authorities.get_or_init(|| Memo::new(MOST_AUTHORITIES))
    }

    /// Closes what a token says over the graph. Scopes and permissions that are not declared add nothing.
    pub(crate) fn close<'s>(&self, scopes: &Scopes, permissions: impl Iterator<Item = &'s str>) -> Grants {
        let width = self.graph.nodes.len();
        let mut grants = Grants {
            plain: Bits::empty(width),
            bound: Vec::new(),
            permissions: Bits::empty(self.graph.permissions.len()),
        };
        for scope in scopes.iter() {
            let Some(found) = self.find(scope) else { continue };
            let Some(node) = self.graph.nodes.get(found.node) else { continue };
            grants.plain.extend(&node.reach.plain);
            let Some(value) = found.value else { continue };
            match grants.bound.iter_mut().find(|(held, _)| **held == *value) {
                Some((_, nodes)) => nodes.extend(&node.reach.bound),
                None => grants.bound.push((value.into(), node.reach.bound.clone())),
            }
        }
        for permission in permissions {
            if let Some(index) = self.graph.permissions.get(permission) {
                grants.permissions.insert(*index);
            }
        }
        grants
    }

    /// Finds a scope by any of its spellings, or as a template filled in.
    ///
    /// A text with braces names a template as a whole, which only a policy may do: no token grants it.
    pub(super) fn find<'s>(&self, scope: &'s str) -> Option<Found<'s>> {
        if let Some(node) = self.graph.names.get(scope) {
            let is_template = self.graph.nodes.get(*node).is_some_and(|node| node.template.is_some());
            return (!is_template).then_some(Found { node: *node, value: None });
        }
        self.graph.templates.iter().find_map(|(template, node)| {
            template.value(scope).map(|value| Found { node: *node, value: Some(value) })
        })
    }
}

/// A scope found in the graph, with the value it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found<'s> {
    pub(super) node: usize,
    pub(super) value: Option<&'s str>,
}

impl fmt::Debug for Hierarchy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |index: &usize| self.graph.nodes.get(*index).map_or("", |node| &*node.name);
        f.debug_map()
            .entries(
                self.graph
                    .nodes
                    .iter()
                    .map(|node| (&node.name, node.includes.iter().map(name).collect::<Vec<_>>())),
            )
            .finish()
    }
}

/// Lists of scopes that are closed once for all tokens that have them.
const MOST_AUTHORITIES: usize = 256;
