use std::collections::HashMap;

use crate::ConfigError;

use super::bits::Bits;
use super::build::HierarchyBuilder;
use super::hierarchy::{Node, Reach};
use super::name::is_scope_token;
use super::template::{DEFAULT_VALUES, Template, placeholder_of};
use super::wildcard::{Wildcard, continues};

const MOST_SCOPES: usize = 4096;

/// The graph while it is drawn.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) nodes: Vec<Node>,
    pub(super) names: HashMap<Box<str>, usize>,
    pub(super) templates: Vec<(Template, usize)>,
    /// The templates as they were written, aliases included, for messages.
    texts: Vec<String>,
}

impl Draft {
    pub(super) fn declare(&mut self, declared: &HierarchyBuilder) -> Result<(), ConfigError> {
        for name in &declared.scopes {
            if placeholder_of(name).is_some() {
                return Err(wrong(format!("`{name}` carries a value: declare it with `template`")));
            }
            self.add(name, None, false)?;
        }
        for (text, values) in &declared.templates {
            let template = Template::parse(text, or_default(values))?;
            let node = self.add(text, Some(template.clone()), false)?;
            self.templates.push((template, node));
            self.texts.push(text.clone());
        }
        for name in declared.bundles.iter().map(|(name, _)| name).chain(&declared.wildcards) {
            self.add(name, None, true)?;
        }
        // An alias may name another one, whichever is declared first.
        let mut open: Vec<&(String, String)> = declared.aliases.iter().collect();
        while !open.is_empty() {
            let (mut ready, mut later): (Vec<_>, Vec<_>) =
                open.into_iter().partition(|(_, target)| self.names.contains_key(target.as_str()));
            if ready.is_empty() {
                // Not one of these is declared: the first is told.
                ready.append(&mut later);
            }
            for (name, target) in ready {
                self.alias(name, target, declared)?;
            }
            open = later;
        }
        Ok(())
    }

    fn alias(&mut self, name: &str, target: &str, declared: &HierarchyBuilder) -> Result<(), ConfigError> {
        let node = self.target(target, || format!("alias `{name}`"))?;
        self.name(name, node)?;
        let Some(found) = self.nodes.get(node) else { return Ok(()) };
        match (&found.template, placeholder_of(name)) {
            (None, None) => Ok(()),
            (Some(template), Some(placeholder)) if template.placeholder() == placeholder => {
                let values = declared.templates.iter().find(|(text, _)| **text == *found.name);
                let template = Template::parse(name, values.map_or(DEFAULT_VALUES, |(_, v)| or_default(v)))?;
                self.templates.push((template, node));
                self.texts.push(name.to_owned());
                Ok(())
            }
            _ => Err(wrong(format!("alias `{name}` and `{target}` must carry the same value"))),
        }
    }

    fn add(
        &mut self,
        name: &str,
        template: Option<Template>,
        grant_only: bool,
    ) -> Result<usize, ConfigError> {
        let node = self.nodes.len();
        if node == MOST_SCOPES {
            return Err(wrong(format!(
                "more than {MOST_SCOPES} scopes; use a template for those that differ by a value"
            )));
        }
        self.name(name, node)?;
        let reach = Reach { plain: Bits::empty(0), bound: Bits::empty(0) };
        self.nodes.push(Node { name: name.into(), template, grant_only, includes: Vec::new(), reach });
        Ok(node)
    }

    fn name(&mut self, name: &str, node: usize) -> Result<(), ConfigError> {
        if !is_scope_token(name) {
            let name = name.escape_debug();
            return Err(wrong(format!(
                "`{name}` is not a scope: use visible ASCII without `\"`, `\\` and spaces"
            )));
        }
        match self.names.insert(name.into(), node) {
            None => Ok(()),
            Some(_) => Err(wrong(format!(
                "`{name}` is declared twice; drop one, or name it again by its type in `scopes!`"
            ))),
        }
    }

    /// Finds a declared scope that may stand at either end of an edge.
    fn target(&self, name: &str, user: impl Fn() -> String) -> Result<usize, ConfigError> {
        let Some(node) = self.names.get(name).copied() else {
            let name = name.escape_debug();
            return Err(wrong(format!(
                "{} names `{name}`, which is not declared; add it to `scopes`",
                user()
            )));
        };
        match self.nodes.get(node) {
            Some(found) if !found.grant_only => Ok(node),
            _ => Err(wrong(format!(
                "{} names `{name}`, which is a bundle or wildcard and no scope; name the scopes it grants",
                user()
            ))),
        }
    }

    pub(super) fn connect(&mut self, declared: &HierarchyBuilder) -> Result<(), ConfigError> {
        for (name, included) in &declared.includes {
            let from = self.target(name, || "includes".to_owned())?;
            for other in included {
                let to = self.target(other, || format!("`{name}`"))?;
                self.edge(from, to)?;
            }
        }
        for (name, members) in &declared.bundles {
            if members.is_empty() {
                return Err(wrong(format!("bundle `{name}` has no members; name one, or drop the bundle")));
            }
            for member in members {
                let to = self.target(member, || format!("bundle `{name}`"))?;
                self.edge_by_name(name, to)?;
            }
        }
        for (name, separator) in &declared.prefixes {
            self.target(name, || "prefix".to_owned())?;
            if !separator.is_ascii_punctuation() || matches!(separator, '*' | '{' | '}' | '"' | '\\') {
                return Err(wrong(format!(
                    "prefix `{name}`: `{}` is no separator",
                    separator.escape_debug()
                )));
            }
            let matched = self.matching(|scope| continues(scope, name, *separator));
            self.edges_by_name(name, matched, "prefix")?;
        }
        for pattern in &declared.wildcards {
            let wildcard = Wildcard::parse(pattern)?;
            let matched = self.matching(|scope| wildcard.matches(scope));
            self.edges_by_name(pattern, matched, "wildcard")?;
        }
        Ok(())
    }

    fn matching(&self, matches: impl Fn(&str) -> bool) -> Vec<usize> {
        let scopes = self.nodes.iter().enumerate().filter(|(_, node)| !node.grant_only);
        scopes.filter(|(_, node)| matches(&node.name)).map(|(index, _)| index).collect()
    }

    fn edges_by_name(&mut self, name: &str, to: Vec<usize>, what: &str) -> Result<(), ConfigError> {
        if to.is_empty() {
            return Err(wrong(format!("{what} `{name}` matches no declared scope; declare one, or drop it")));
        }
        to.into_iter().try_for_each(|to| self.edge_by_name(name, to))
    }

    fn edge_by_name(&mut self, from: &str, to: usize) -> Result<(), ConfigError> {
        match self.names.get(from).copied() {
            Some(from) => self.edge(from, to),
            None => Err(wrong(format!("`{from}` is not declared"))),
        }
    }

    fn edge(&mut self, from: usize, to: usize) -> Result<(), ConfigError> {
        let placeholder = |node: Option<&Node>| Some(node?.template.as_ref()?.placeholder().to_owned());
        let (source, target) = (self.nodes.get(from), self.nodes.get(to));
        if let (Some(a), Some(b)) = (placeholder(source), placeholder(target))
            && a != b
        {
            let name = |node: Option<&Node>| node.map_or(String::new(), |node| node.name.to_string());
            let (source, target) = (name(source), name(target));
            return Err(wrong(format!(
                "`{source}` includes `{target}`: both must carry the same placeholder"
            )));
        }
        if let Some(node) = self.nodes.get_mut(from)
            && !node.includes.contains(&to)
        {
            node.includes.push(to);
        }
        Ok(())
    }

    pub(super) fn refuse_overlaps(&self) -> Result<(), ConfigError> {
        let templates = || self.templates.iter().map(|(template, _)| template).zip(&self.texts);
        for (at, (template, name)) in templates().enumerate() {
            let plain = self.names.keys().filter(|name| placeholder_of(name).is_none());
            // In the order of the alphabet, so that the message does not depend on the order of a hash table.
            if let Some(taken) = plain.filter(|plain| template.value(plain).is_some()).min() {
                return Err(wrong(format!("`{taken}` is also an instance of the template `{name}`")));
            }
            if let Some((_, other)) = templates().skip(at + 1).find(|(other, _)| template.overlaps(other)) {
                return Err(wrong(format!(
                    "the templates `{name}` and `{other}` overlap: one scope could be both"
                )));
            }
        }
        Ok(())
    }

    /// Closes the graph: every node learns all it reaches. Children first, without recursion.
    pub(super) fn close(&mut self) -> Result<(), ConfigError> {
        let width = self.nodes.len();
        let mut done = vec![false; width];
        for start in 0..width {
            // The path from `start`, each with the number of its next child to visit.
            let mut path = vec![(start, 0_usize)];
            while let Some((node, next)) = path.pop() {
                if done.get(node).copied().unwrap_or(true) {
                    continue;
                }
                match self.nodes.get(node).and_then(|found| found.includes.get(next)).copied() {
                    Some(child) => {
                        path.push((node, next + 1));
                        if path.iter().any(|(open, _)| *open == child) {
                            return Err(self.cycle(&path, child));
                        }
                        path.push((child, 0));
                    }
                    None => {
                        let reach = self.reach(node, width);
                        if let Some(found) = self.nodes.get_mut(node) {
                            found.reach = reach;
                        }
                        if let Some(flag) = done.get_mut(node) {
                            *flag = true;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn reach(&self, index: usize, width: usize) -> Reach {
        let mut reach = Reach { plain: Bits::empty(width), bound: Bits::empty(width) };
        let Some(node) = self.nodes.get(index) else { return reach };
        let carries_value = node.template.is_some();
        if carries_value {
            reach.bound.insert(index)
        } else {
            reach.plain.insert(index)
        }
        for child in node.includes.iter().filter_map(|child| self.nodes.get(*child)) {
            reach.plain.extend(&child.reach.plain);
            // From a plain scope, what hangs on a template is reached for every value.
            let bound = if carries_value { &mut reach.bound } else { &mut reach.plain };
            bound.extend(&child.reach.bound);
        }
        reach
    }

    fn cycle(&self, path: &[(usize, usize)], back_to: usize) -> ConfigError {
        let name =
            |index: usize| self.nodes.get(index).map_or(String::new(), |node| format!("`{}`", node.name));
        let mut names: Vec<String> =
            path.iter().map(|(index, _)| *index).skip_while(|index| *index != back_to).map(name).collect();
        names.push(name(back_to));
        let names = names.join(" > ");
        wrong(format!(
            "the scopes include each other in a circle: {names}; if they mean the same, use `alias`"
        ))
    }
}

/// The class of a template's values: what is declared, or letters, digits and `-`.
fn or_default(values: &str) -> &str {
    if values.is_empty() { DEFAULT_VALUES } else { values }
}

pub(super) fn wrong(problem: String) -> ConfigError {
    ConfigError::new("hierarchy", problem)
}
