//! Random hierarchies.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::scope::Hierarchy;

/// What can be declared, in an order in which edges may point: from earlier to later, so never in a circle.
pub(super) const POOL: [&str; 14] =
    ["a", "t_{id}", "b", "a:b", "u_{id}:r", "a:c", "o_{org}", "a:b:d", "b.c", "v_{id}", "b.d", "c", "d", "e"];
pub(super) const PERMISSIONS: [&str; 3] = ["OWNER", "ADMIN", "a"];
pub(super) const VALUES: [&str; 3] = ["1", "2", "77"];

/// Things a token may hold that nothing declares.
pub(super) const STRANGERS: [&str; 9] = ["unknown", "A", "a:", "a:b:x", "t_", "t_x", "t_{id}", "b.*.x", "*"];

/// One declaration, as it is given to the builder and to the model.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Scope(&'static str),
    Template(&'static str),
    Edge(&'static str, &'static str),
    Alias(&'static str, &'static str),
    Bundle(Vec<&'static str>),
    Prefix,
    Wildcard,
    Permissions,
}

pub(super) fn is_template(name: &str) -> bool {
    name.contains('{')
}

pub(super) fn placeholder(name: &str) -> Option<&str> {
    name.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(name, _)| name)
}

pub(super) fn build(steps: &[Step]) -> Hierarchy {
    let mut builder = Hierarchy::builder();
    for step in steps {
        builder = match step {
            Step::Scope(name) => builder.scopes([*name]),
            Step::Template(name) => builder.template(*name, "[0-9]+"),
            Step::Edge(from, to) => builder.includes(*from, [*to]),
            Step::Alias(name, target) => builder.alias(*name, *target),
            Step::Bundle(members) => builder.bundle("ops", members.clone()),
            Step::Prefix => builder.prefix("a", ':'),
            Step::Wildcard => builder.wildcard("b.*"),
            Step::Permissions => builder.permissions(PERMISSIONS),
        };
    }
    builder.build().unwrap()
}

/// A random hierarchy: its declarations, and the same ones in another order.
#[derive(Debug, Clone)]
pub(super) struct Spec {
    pub(super) steps: Vec<Step>,
    pub(super) shuffled: Vec<Step>,
}

/// What a random hierarchy may be made of.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Shape {
    Any,
    /// No template includes a plain scope, so that no edge leaves the bound value.
    ValuesKept,
}

pub(super) fn spec(shape: Shape) -> impl Strategy<Value = Spec> {
    let pairs = prop::collection::vec((any::<Index>(), any::<Index>()), 0..14);
    let aliases = prop::collection::vec(any::<Index>(), 0..4);
    let bundle = prop::collection::vec(any::<Index>(), 0..4);
    let order = prop::collection::vec(any::<u16>(), 48);
    (1_u16..1 << POOL.len(), pairs, aliases, bundle, any::<[bool; 2]>(), order).prop_map(
        move |(present, pairs, aliases, bundle, [prefix, wildcard], order)| {
            let names: Vec<&'static str> =
                (0..POOL.len()).filter(|at| present & (1 << at) != 0).map(|at| POOL[at]).collect();
            let mut steps: Vec<Step> = names
                .iter()
                .map(|name| if is_template(name) { Step::Template(name) } else { Step::Scope(name) })
                .collect();
            for (a, b) in pairs {
                let (a, b) = (a.index(names.len()), b.index(names.len()));
                let (from, to) = (names[a.min(b)], names[a.max(b)]);
                let both = placeholder(from).zip(placeholder(to));
                let leaves_value = is_template(from) && !is_template(to);
                if a != b && both.is_none_or(|(x, y)| x == y) && !(shape == Shape::ValuesKept && leaves_value)
                {
                    steps.push(Step::Edge(from, to));
                }
            }
            // The second alias may name the first.
            let mut plain: Vec<&'static str> = names.iter().copied().filter(|n| !is_template(n)).collect();
            let mut carrying: Vec<&'static str> = names.iter().copied().filter(|n| *n == "t_{id}").collect();
            let mut spellings = vec!["z2", "z1", "z0"];
            for at in aliases {
                if !plain.is_empty()
                    && let Some(name) = spellings.pop()
                {
                    steps.push(Step::Alias(name, plain[at.index(plain.len())]));
                    plain.push(name);
                } else if let Some(target) = carrying.pop() {
                    steps.push(Step::Alias("y_{id}", target));
                }
            }
            if !bundle.is_empty() {
                steps.push(Step::Bundle(bundle.iter().map(|at| names[at.index(names.len())]).collect()));
            }
            if prefix && names.contains(&"a") && names.iter().any(|name| name.starts_with("a:")) {
                steps.push(Step::Prefix);
            }
            if wildcard && names.iter().any(|name| name.starts_with("b.")) {
                steps.push(Step::Wildcard);
            }
            steps.push(Step::Permissions);
            let mut keyed: Vec<_> = order.iter().cycle().zip(steps.clone()).collect();
            keyed.sort_by_key(|(key, _)| **key);
            Spec { steps, shuffled: keyed.into_iter().map(|(_, step)| step).collect() }
        },
    )
}
