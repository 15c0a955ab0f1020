use crate::ConfigError;

use super::any_value::AnyValue;
use super::bits::Bits;
use super::hierarchy::{Grants, Hierarchy};
use super::name::is_scope_token;
use super::policy::{Policy, Term};
use super::set::Scopes;
use super::template::{Template, placeholder_of};

/// A policy whose names have been looked up in one hierarchy.
#[derive(Debug)]
pub(super) struct Resolved {
    hierarchy: Hierarchy,
    /// Plain scopes that must all be held.
    all: Bits,
    /// What is left: clauses with alternatives, values or permissions.
    clauses: Vec<Clause>,
}

/// At least one of these must hold.
#[derive(Debug)]
struct Clause {
    plain: Bits,
    /// The same scopes in the order of the policy, whose author decides between equals.
    order: Vec<usize>,
    permissions: Bits,
    bound: Vec<Bound>,
    /// What hardly any clause asks for: behind one pointer, so that the others only look whether it is there.
    seldom: Option<Box<Seldom>>,
}

#[derive(Debug, Default)]
struct Seldom {
    any_value: Vec<AnyValue>,
    /// Names compared as text, where no hierarchy is declared.
    literal: Vec<String>,
}

#[derive(Debug)]
struct Bound {
    node: usize,
    template: Template,
    /// The value, unless it comes from the request.
    value: Option<Box<str>>,
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Granted,
    /// These scopes would do, narrowest first choice, all of them together. Empty: no scope can be named.
    Scopes(Scopes),
    /// A permission is missing, and no scope could help.
    Permission,
    /// A value that must come from the request did not.
    Unbound(String),
}

/// Values of the request, by placeholder.
pub(crate) type Values<'v> = [(&'v str, &'v str)];

impl Policy {
    /// Looks the names up in each hierarchy, so that each check is a few word operations.
    ///
    /// Each comes with the issuer that has it: of several, the error names the one whose hierarchy lacks something.
    pub(crate) fn resolve(mut self, hierarchies: &[(String, Hierarchy)]) -> Result<Self, ConfigError> {
        if hierarchies.iter().all(|(_, hierarchy)| self.resolved_for(hierarchy).is_some()) {
            return Ok(self);
        }
        let resolved = hierarchies.iter().map(|(issuer, hierarchy)| {
            Resolved::new(&self, hierarchy).map_err(|error| match hierarchies {
                [_] => error,
                // Wrong by itself, whoever is asked.
                _ if self.fault.is_some() => error,
                _ => error.for_issuer(issuer),
            })
        });
        self.resolved = resolved.collect::<Result<_, _>>()?;
        Ok(self)
    }

    fn resolved_for(&self, hierarchy: &Hierarchy) -> Option<&Resolved> {
        self.resolved.iter().find(|resolved| resolved.hierarchy.is(hierarchy))
    }

    /// Tells whether it is plain that the policy is met: the answer to nearly every request, in a few word operations.
    ///
    /// `false` decides nothing; [`check`](Self::check) then says what is missing.
    pub(crate) fn is_met(
        &self,
        hierarchy: &Hierarchy,
        grants: &Grants,
        scopes: &Scopes,
        values: &Values<'_>,
    ) -> bool {
        // Asks for no name, so there is none to look up.
        if self.clauses.is_empty() {
            return self.fault.is_none();
        }
        self.resolved_for(hierarchy).is_some_and(|resolved| resolved.is_granted(grants, scopes, values))
    }

    /// Judges what a token grants. A policy that was not resolved for this hierarchy is resolved on the spot.
    pub(crate) fn check(
        &self,
        hierarchy: &Hierarchy,
        grants: &Grants,
        scopes: &Scopes,
        values: &Values<'_>,
    ) -> Result<Verdict, ConfigError> {
        if self.is_met(hierarchy, grants, scopes, values) {
            return Ok(Verdict::Granted);
        }
        if let Some(resolved) = self.resolved_for(hierarchy) {
            return Ok(resolved.check(grants, scopes, values));
        }
        Ok(Resolved::new(self, hierarchy)?.check(grants, scopes, values))
    }
}

impl Resolved {
    fn new(policy: &Policy, hierarchy: &Hierarchy) -> Result<Self, ConfigError> {
        if let Some(fault) = policy.fault {
            return Err(ConfigError::new("policy", fault));
        }
        let mut all = Bits::empty(hierarchy.graph.nodes.len());
        let mut clauses = Vec::new();
        for terms in policy.clauses.iter() {
            let clause = Clause::new(terms, hierarchy)?;
            if terms.len() == 1 && !clause.plain.is_empty() {
                all.extend(&clause.plain);
            } else {
                clauses.push(clause);
            }
        }
        Ok(Self { hierarchy: hierarchy.clone(), all, clauses })
    }

    fn check(&self, grants: &Grants, scopes: &Scopes, values: &Values<'_>) -> Verdict {
        let unbound =
            self.clauses.iter().flat_map(|clause| &clause.bound).find(|bound| bound.value(values).is_none());
        if let Some(bound) = unbound {
            return Verdict::Unbound(bound.template.placeholder().to_owned());
        }
        if self.met(grants, scopes, values) {
            return Verdict::Granted;
        }
        self.needed(grants, scopes, values)
    }

    /// Tells whether it is met and has each value that it needs. Looks each of them up once.
    fn is_granted(&self, grants: &Grants, scopes: &Scopes, values: &Values<'_>) -> bool {
        self.all.is_subset_of(&grants.plain)
            && self.clauses.iter().all(|clause| {
                let mut met = clause.met_unbound(grants, scopes);
                for bound in &clause.bound {
                    let Some(value) = bound.value(values) else { return false };
                    met = met || bound.met(grants, value);
                }
                met
            })
    }

    fn met(&self, grants: &Grants, scopes: &Scopes, values: &Values<'_>) -> bool {
        self.all.is_subset_of(&grants.plain)
            && self.clauses.iter().all(|clause| clause.met(grants, scopes, values))
    }

    /// Names the narrowest scopes that would do, all in one, held ones included: a token with exactly these passes.
    fn needed(&self, grants: &Grants, scopes: &Scopes, values: &Values<'_>) -> Verdict {
        let mut names: Vec<String> = Vec::new();
        let nodes = &self.hierarchy.graph.nodes;
        let plain = nodes.iter().enumerate().filter(|(index, _)| self.all.contains(*index));
        names.extend(plain.map(|(_, node)| node.name.to_string()));
        for clause in &self.clauses {
            let met = clause.met(grants, scopes, values);
            if met && clause.permissions.intersects(&grants.permissions) {
                continue;
            }
            let mut choices = clause.choices(&self.hierarchy, values);
            choices.extend(clause.held_for_some_value(&self.hierarchy, scopes));
            if choices.is_empty() {
                return if clause.has_scopes() {
                    Verdict::Scopes(Scopes::default())
                } else {
                    Verdict::Permission
                };
            }
            // What is held already stays asked for; otherwise the scope that grants least.
            choices.sort_by_key(|choice| (met && !choice.held(grants, scopes), choice.breadth));
            names.extend(choices.into_iter().next().map(|choice| choice.name));
        }
        let names = Scopes::well_formed(names.iter().map(String::as_str));
        Verdict::Scopes(self.without_needless(&self.hierarchy.normalize(&names), grants, values))
    }

    /// Drops each scope without which the others do: what was chosen for one clause may satisfy another.
    fn without_needless(&self, scopes: &Scopes, grants: &Grants, values: &Values<'_>) -> Scopes {
        let mut kept: Vec<&str> = scopes.iter().collect();
        let mut at = 0;
        while kept.len() > 1 && at < kept.len() {
            let others = kept.iter().enumerate().filter(|(other, _)| *other != at);
            let others = Scopes::well_formed(others.map(|(_, scope)| *scope));
            let closed = Grants {
                permissions: grants.permissions.clone(),
                ..self.hierarchy.close(&others, std::iter::empty())
            };
            if self.met(&closed, &others, values) {
                kept.remove(at);
            } else {
                at += 1;
            }
        }
        Scopes::well_formed(kept.into_iter())
    }
}

/// One scope that would satisfy a clause.
struct Choice<'c> {
    name: String,
    breadth: u32,
    /// The node, and the value it is asked for; `None` for what is compared as text.
    at: Option<(usize, Option<&'c str>)>,
}

impl Choice<'_> {
    fn held(&self, grants: &Grants, scopes: &Scopes) -> bool {
        match self.at {
            Some((node, None)) => grants.holds(node),
            Some((node, Some(value))) => grants.holds_bound(node, value),
            None => scopes.contains(&self.name),
        }
    }
}

impl Clause {
    fn new(terms: &[Term], hierarchy: &Hierarchy) -> Result<Self, ConfigError> {
        let graph = &hierarchy.graph;
        let mut clause = Self {
            plain: Bits::empty(graph.nodes.len()),
            order: Vec::new(),
            permissions: Bits::empty(graph.permissions.len()),
            bound: Vec::new(),
            seldom: None,
        };
        for term in terms {
            match term {
                Term::Permission(name) => match graph.permissions.get(&**name) {
                    Some(index) => clause.permissions.insert(*index),
                    None => {
                        return Err(unknown("permission", name, "add it to the hierarchy's `permissions`"));
                    }
                },
                Term::Scope(name) => clause.add_scope(name, None, hierarchy)?,
                Term::Bound { template, value } => clause.add_scope(template, Some(value), hierarchy)?,
                Term::AnyValue(template) => {
                    clause.seldom.get_or_insert_default().any_value.push(AnyValue::new(template, hierarchy)?);
                }
            }
        }
        Ok(clause)
    }

    fn add_scope(
        &mut self,
        name: &str,
        value: Option<&str>,
        hierarchy: &Hierarchy,
    ) -> Result<(), ConfigError> {
        if let Some(node) = hierarchy.graph.names.get(name)
            && let Some(found) = hierarchy.graph.nodes.get(*node)
        {
            return match (&found.template, value) {
                _ if found.grant_only => {
                    Err(unknown("scope", name, "it is a bundle or wildcard; ask for the scopes it grants"))
                }
                (Some(template), value) => {
                    self.bound.push(Bound {
                        node: *node,
                        template: template.clone(),
                        value: value.map(Into::into),
                    });
                    Ok(())
                }
                (None, None) => {
                    self.plain.insert(*node);
                    self.order.push(*node);
                    Ok(())
                }
                (None, Some(_)) => Err(unknown("template", name, "it is a plain scope and carries no value")),
            };
        }
        if value.is_some() || placeholder_of(name).is_some() {
            return Err(unknown("template", name, "declare it in the hierarchy with `template`"));
        }
        if hierarchy.is_empty() && is_scope_token(name) {
            self.seldom.get_or_insert_default().literal.push(name.to_owned());
            return Ok(());
        }
        // A template filled in by hand, such as `team_7`, is that template bound to a value.
        if let Some(found) = hierarchy.find(name)
            && let Some(template) =
                hierarchy.graph.nodes.get(found.node).and_then(|node| node.template.clone())
        {
            self.bound.push(Bound { node: found.node, template, value: found.value.map(Into::into) });
            return Ok(());
        }
        Err(unknown("scope", name, "it is not declared; add it to the hierarchy's `scopes`"))
    }

    fn has_scopes(&self) -> bool {
        !self.plain.is_empty() || !self.bound.is_empty() || self.seldom.is_some()
    }

    fn met(&self, grants: &Grants, scopes: &Scopes, values: &Values<'_>) -> bool {
        self.met_unbound(grants, scopes)
            || self
                .bound
                .iter()
                .any(|bound| bound.value(values).is_some_and(|value| bound.met(grants, value)))
    }

    /// Tells whether it is met by what needs no value.
    fn met_unbound(&self, grants: &Grants, scopes: &Scopes) -> bool {
        self.plain.intersects(&grants.plain)
            || self.permissions.intersects(&grants.permissions)
            || self.seldom.as_ref().is_some_and(|seldom| seldom.met(grants, scopes))
    }

    /// Returns the scopes of a token that satisfy it by some value: of those that nobody holds, none can be named.
    fn held_for_some_value<'c>(
        &'c self,
        hierarchy: &'c Hierarchy,
        scopes: &'c Scopes,
    ) -> impl Iterator<Item = Choice<'c>> {
        let any_value = self.seldom.as_ref().map_or(&[][..], |seldom| &seldom.any_value);
        let scopes = scopes.iter().filter(|_| !any_value.is_empty());
        scopes.filter_map(|scope| {
            let node = hierarchy.graph.nodes.get(hierarchy.find(scope)?.node)?;
            let grants = hierarchy.close(&Scopes::well_formed([scope].into_iter()), std::iter::empty());
            let is_met = !node.grant_only && any_value.iter().any(|template| template.met(&grants));
            let breadth = node.reach.plain.count() + node.reach.bound.count();
            is_met.then(|| Choice { name: scope.to_owned(), breadth, at: None })
        })
    }

    fn choices<'c>(&'c self, hierarchy: &Hierarchy, values: &'c Values<'_>) -> Vec<Choice<'c>> {
        let nodes = &hierarchy.graph.nodes;
        let breadth = |node: usize| {
            nodes.get(node).map_or(0, |found| found.reach.plain.count() + found.reach.bound.count())
        };
        let plain = self.order.iter().filter_map(|index| Some((*index, nodes.get(*index)?)));
        let mut choices: Vec<Choice<'c>> = plain
            .map(|(index, node)| Choice {
                name: node.name.to_string(),
                breadth: breadth(index),
                at: Some((index, None)),
            })
            .collect();
        choices.extend(self.bound.iter().filter_map(|bound| {
            let value = bound.value(values)?;
            let name = bound.template.fill(value)?;
            Some(Choice { name, breadth: breadth(bound.node), at: Some((bound.node, Some(value))) })
        }));
        let literal = self.seldom.iter().flat_map(|seldom| &seldom.literal);
        choices.extend(literal.map(|name| Choice { name: name.to_string(), breadth: 1, at: None }));
        choices
    }
}

impl Seldom {
    fn met(&self, grants: &Grants, scopes: &Scopes) -> bool {
        self.any_value.iter().any(|template| template.met(grants))
            || self.literal.iter().any(|name| scopes.contains(name))
    }
}

impl Bound {
    #[inline]
    fn met(&self, grants: &Grants, value: &str) -> bool {
        grants.holds_bound(self.node, value) && self.template.accepts(value)
    }

    #[inline]
    fn value<'v>(&'v self, values: &'v Values<'_>) -> Option<&'v str> {
        if self.value.is_some() {
            return self.value.as_deref();
        }
        let mut found = values.iter().filter(|(name, _)| *name == self.template.placeholder());
        let (_, value) = found.next()?;
        // Of two values nobody knows which is meant, so there is none.
        found.next().is_none().then_some(*value)
    }
}

pub(super) fn unknown(what: &str, name: &str, fix: &str) -> ConfigError {
    ConfigError::new("policy", format!("asks for the {what} `{}`: {fix}", name.escape_debug()))
}
