//! The naive reading of the declarations: names as strings, edges as pairs, a breadth-first walk.

use std::collections::{BTreeSet, HashSet, VecDeque};

use super::world::{Step, is_template};

/// The value of a scope in the model: none, one, or every one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Carried {
    Nothing,
    One(String),
    Every,
}

pub(super) type Held = HashSet<(String, Carried)>;

/// The naive reading of the declarations.
pub(super) struct Model {
    pub(super) names: BTreeSet<String>,
    pub(super) edges: Vec<(String, String)>,
    pub(super) aliases: Vec<(String, String)>,
}

impl Model {
    pub(super) fn new(steps: &[Step]) -> Self {
        let mut model = Self { names: BTreeSet::new(), edges: Vec::new(), aliases: Vec::new() };
        for step in steps {
            if let Step::Scope(name) | Step::Template(name) = step {
                model.names.insert((*name).to_owned());
            }
        }
        let declared: Vec<String> = model.names.iter().cloned().collect();
        let mut edge = |from: &str, to: &str| model.edges.push((from.to_owned(), to.to_owned()));
        for step in steps {
            match step {
                Step::Edge(from, to) => edge(from, to),
                Step::Bundle(members) => members.iter().for_each(|member| edge("ops", member)),
                Step::Prefix => {
                    declared.iter().filter(|name| name.starts_with("a:")).for_each(|name| edge("a", name))
                }
                Step::Wildcard => {
                    declared.iter().filter(|name| name.starts_with("b.")).for_each(|name| edge("b.*", name))
                }
                Step::Alias(name, target) => model.aliases.push(((*name).to_owned(), (*target).to_owned())),
                Step::Scope(_) | Step::Template(_) | Step::Permissions => {}
            }
        }
        for step in steps {
            match step {
                Step::Bundle(_) => model.names.insert("ops".to_owned()),
                Step::Wildcard => model.names.insert("b.*".to_owned()),
                _ => continue,
            };
        }
        model
    }

    /// The declared name behind a spelling that is not filled in.
    pub(super) fn canonical(&self, name: &str) -> Option<String> {
        let mut name = name.to_owned();
        while let Some((_, target)) = self.aliases.iter().find(|(alias, _)| *alias == name) {
            name.clone_from(target);
        }
        self.names.contains(&name).then_some(name)
    }

    /// Reads one scope as it stands in a token.
    pub(super) fn read(&self, scope: &str) -> Option<(String, Carried)> {
        if !is_template(scope)
            && let Some(name) = self.canonical(scope)
        {
            return Some((name, Carried::Nothing));
        }
        for text in ["t_{id}", "u_{id}:r", "v_{id}", "o_{org}", "y_{id}"] {
            let Some((before, after)) = text.split_once('{') else { continue };
            let Some((_, after)) = after.split_once('}') else { continue };
            let value = scope.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            if let Some(value) = value.filter(|value| is_value(value))
                && let Some(name) = self.canonical(text)
            {
                return Some((name, Carried::One(value.to_owned())));
            }
        }
        None
    }

    /// Everything that holding these scopes comes to, by a breadth-first walk.
    pub(super) fn grants<'s>(&self, scopes: impl IntoIterator<Item = &'s str>) -> Held {
        let mut queue: VecDeque<_> = scopes.into_iter().filter_map(|scope| self.read(scope)).collect();
        let mut held = Held::new();
        while let Some((name, carried)) = queue.pop_front() {
            if !held.insert((name.clone(), carried.clone())) {
                continue;
            }
            for (_, to) in self.edges.iter().filter(|(from, _)| *from == name) {
                let carried = match (&carried, is_template(to)) {
                    (_, false) => Carried::Nothing,
                    (Carried::One(value), true) => Carried::One(value.clone()),
                    (Carried::Nothing | Carried::Every, true) => Carried::Every,
                };
                queue.push_back((to.clone(), carried));
            }
        }
        held
    }

    pub(super) fn holds(&self, held: &Held, name: &str, value: Option<&str>) -> bool {
        let Some(name) = self.canonical(name) else { return false };
        match value {
            None => held.contains(&(name, Carried::Nothing)),
            Some(value) => {
                is_value(value)
                    && (held.contains(&(name.clone(), Carried::One(value.to_owned())))
                        || held.contains(&(name, Carried::Every)))
            }
        }
    }

    /// Tells whether a template is held for some value, or for all.
    pub(super) fn holds_any(&self, held: &Held, name: &str) -> bool {
        let name = self.canonical(name);
        held.iter().any(|(other, carried)| {
            Some(other) == name.as_ref()
                && match carried {
                    Carried::One(value) => is_value(value),
                    Carried::Every => true,
                    Carried::Nothing => false,
                }
        })
    }

    pub(super) fn covers(&self, held: &str, needed: &str) -> bool {
        if self.read(held).is_none() || self.read(needed).is_none() {
            return held == needed;
        }
        let grants = self.grants([held]);
        match self.read(needed) {
            Some((name, Carried::One(value))) => self.holds(&grants, &name, Some(&value)),
            Some((name, _)) => self.holds(&grants, &name, None),
            None => false,
        }
    }
}

pub(super) fn is_value(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
