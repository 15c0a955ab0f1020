//! Random policies as the trees they were written as, and the tokens and requests they are asked of.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;

use crate::scope::{Hierarchy, Policy, Scopes, Values, Verdict};

use super::model::{Carried, Held, Model, is_value};
use super::world::{PERMISSIONS, STRANGERS, Spec, Step, VALUES, is_template, placeholder};

/// A policy as it was written.
#[derive(Debug, Clone)]
pub(super) enum Tree {
    Leaf(Index, Index),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

/// One thing a policy asks for.
#[derive(Debug, Clone)]
pub(super) enum Ask {
    Plain(String),
    FromRequest(String),
    Bound(String, &'static str),
    Filled(String),
    AnyValue(String),
    Permission(&'static str),
}

pub(super) fn tree() -> impl Strategy<Value = Tree> {
    let leaf = (any::<Index>(), any::<Index>()).prop_map(|(what, value)| Tree::Leaf(what, value));
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Tree::All),
            prop::collection::vec(inner, 1..4).prop_map(Tree::Any),
        ]
    })
}

impl Tree {
    pub(super) fn leaf(spec: &Spec, what: Index, value: Index) -> Ask {
        let mut asks = Vec::new();
        let value = VALUES.iter().chain(&["x", "1 2"]).copied().nth(value.index(5)).unwrap();
        for step in &spec.steps {
            match step {
                Step::Scope(name) => asks.push(Ask::Plain((*name).to_owned())),
                Step::Alias(name, _) if !is_template(name) => asks.push(Ask::Plain((*name).to_owned())),
                Step::Template(name) | Step::Alias(name, _) => {
                    asks.push(Ask::FromRequest((*name).to_owned()));
                    asks.push(Ask::AnyValue((*name).to_owned()));
                    asks.push(Ask::Bound((*name).to_owned(), value));
                    if is_value(value) {
                        asks.push(Ask::Filled(fill(name, value)));
                    }
                }
                Step::Permissions => asks.extend(PERMISSIONS.map(Ask::Permission)),
                Step::Edge(..) | Step::Bundle(_) | Step::Prefix | Step::Wildcard => {}
            }
        }
        asks[what.index(asks.len())].clone()
    }

    pub(super) fn policy(&self, spec: &Spec) -> Policy {
        match self {
            Self::Leaf(what, value) => match Self::leaf(spec, *what, *value) {
                Ask::Plain(name) | Ask::FromRequest(name) | Ask::Filled(name) => Policy::from(name),
                Ask::Bound(name, value) => Policy::bound(name, value),
                Ask::AnyValue(name) => Policy::any_value(name),
                Ask::Permission(name) => Policy::permission(name),
            },
            Self::All(parts) => Policy::all_of(parts.iter().map(|part| part.policy(spec))),
            Self::Any(parts) => Policy::any_of(parts.iter().map(|part| part.policy(spec))),
        }
    }

    /// The placeholder of some leaf that gets no value, if there is one.
    pub(super) fn is_unbound(&self, spec: &Spec, values: &Values<'_>) -> bool {
        match self {
            Self::Leaf(what, value) => match Self::leaf(spec, *what, *value) {
                Ask::FromRequest(name) => !values.iter().any(|(known, _)| Some(*known) == placeholder(&name)),
                _ => false,
            },
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.is_unbound(spec, values)),
        }
    }

    /// Tells whether some leaf asks for a template whatever its value.
    pub(super) fn leaves_a_value_open(&self, spec: &Spec) -> bool {
        match self {
            Self::Leaf(what, value) => matches!(Self::leaf(spec, *what, *value), Ask::AnyValue(_)),
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.leaves_a_value_open(spec)),
        }
    }

    pub(super) fn holds(
        &self,
        spec: &Spec,
        model: &Model,
        held: &Held,
        has: &[&str],
        values: &Values<'_>,
    ) -> bool {
        match self {
            Self::Leaf(what, value) => match Self::leaf(spec, *what, *value) {
                Ask::Plain(name) => model.holds(held, &name, None),
                Ask::Bound(name, value) => model.holds(held, &name, Some(value)),
                Ask::FromRequest(name) => {
                    let value = values.iter().find(|(known, _)| Some(*known) == placeholder(&name));
                    value.is_some_and(|(_, value)| model.holds(held, &name, Some(value)))
                }
                Ask::Filled(text) => match model.read(&text) {
                    Some((name, Carried::One(value))) => model.holds(held, &name, Some(&value)),
                    _ => false,
                },
                Ask::AnyValue(name) => model.holds_any(held, &name),
                Ask::Permission(name) => has.contains(&name),
            },
            Self::All(parts) => parts.iter().all(|part| part.holds(spec, model, held, has, values)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(spec, model, held, has, values)),
        }
    }
}

pub(super) fn fill(template: &str, value: &str) -> String {
    match (template.split_once('{'), template.split_once('}')) {
        (Some((before, _)), Some((_, after))) => format!("{before}{value}{after}"),
        _ => template.to_owned(),
    }
}

/// Every scope that a token of this service may hold, strangers included.
pub(super) fn spellings(spec: &Spec) -> Vec<String> {
    let mut all: Vec<String> = STRANGERS.map(str::to_owned).to_vec();
    for step in &spec.steps {
        match step {
            Step::Scope(name) => all.push((*name).to_owned()),
            Step::Alias(name, _) if !is_template(name) => all.push((*name).to_owned()),
            Step::Template(name) | Step::Alias(name, _) => {
                all.extend(VALUES[..2].iter().map(|value| fill(name, value)));
            }
            Step::Bundle(_) => all.push("ops".to_owned()),
            Step::Wildcard => all.push("b.*".to_owned()),
            Step::Edge(..) | Step::Prefix | Step::Permissions => {}
        }
    }
    all
}

pub(super) fn pick(from: &[String], which: &[Index]) -> Scopes {
    Scopes::well_formed(which.iter().map(|at| from[at.index(from.len())].as_str()))
}

/// A token, a policy and a request for it.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) tree: Tree,
    pub(super) held: Vec<Index>,
    pub(super) permissions: [bool; 3],
    pub(super) id: Option<Index>,
}

pub(super) fn question() -> impl Strategy<Value = Question> {
    let held = prop::collection::vec(any::<Index>(), 0..5);
    let id = prop::option::weighted(0.9, any::<Index>());
    (tree(), held, any::<[bool; 3]>(), id).prop_map(|(tree, held, permissions, id)| Question {
        tree,
        held,
        permissions,
        id,
    })
}

impl Question {
    pub(super) fn permissions(&self) -> Vec<&'static str> {
        PERMISSIONS.into_iter().zip(self.permissions).filter(|(_, has)| *has).map(|(name, _)| name).collect()
    }

    pub(super) fn values(&self) -> Vec<(&'static str, &'static str)> {
        let id = self.id.map(|at| ["1", "2", "77", "x", "1:2"][at.index(5)]);
        id.map(|id| [("id", id), ("org", "2")]).into_iter().flatten().collect()
    }
}

pub(super) fn ask(
    hierarchy: &Hierarchy,
    policy: &Policy,
    scopes: &Scopes,
    permissions: &[&str],
    values: &Values<'_>,
) -> Result<Verdict, TestCaseError> {
    let grants = hierarchy.close(scopes, permissions.iter().copied());
    policy.check(hierarchy, &grants, scopes, values).map_err(|error| {
        if error.to_string().contains("too large") {
            TestCaseError::reject("a policy beyond the limit of conditions")
        } else {
            TestCaseError::fail(error.to_string())
        }
    })
}
