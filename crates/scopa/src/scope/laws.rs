//! The laws of the scope model, over random hierarchies and policies.
//!
//! Every hierarchy is also judged by a naive model: names as strings, edges as pairs, a breadth-first walk, and
//! policies evaluated as the trees they were written as.

use std::collections::{BTreeSet, HashSet, VecDeque};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;

use super::*;

/// What can be declared, in an order in which edges may point: from earlier to later, so never in a circle.
const POOL: [&str; 14] =
    ["a", "t_{id}", "b", "a:b", "u_{id}:r", "a:c", "o_{org}", "a:b:d", "b.c", "v_{id}", "b.d", "c", "d", "e"];
const PERMISSIONS: [&str; 3] = ["OWNER", "ADMIN", "a"];
const VALUES: [&str; 3] = ["1", "2", "77"];

/// Things a token may hold that nothing declares.
const STRANGERS: [&str; 9] = ["unknown", "A", "a:", "a:b:x", "t_", "t_x", "t_{id}", "b.*.x", "*"];

/// One declaration, as it is given to the builder and to the model.
#[derive(Debug, Clone)]
enum Step {
    Scope(&'static str),
    Template(&'static str),
    Edge(&'static str, &'static str),
    Alias(&'static str, &'static str),
    Bundle(Vec<&'static str>),
    Prefix,
    Wildcard,
    Permissions,
}

fn is_template(name: &str) -> bool {
    name.contains('{')
}

fn placeholder(name: &str) -> Option<&str> {
    name.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(name, _)| name)
}

fn build(steps: &[Step]) -> Hierarchy {
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
struct Spec {
    steps: Vec<Step>,
    shuffled: Vec<Step>,
}

/// What a random hierarchy may be made of.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Any,
    /// No template includes a plain scope, so that no edge leaves the bound value.
    ValuesKept,
}

fn spec(shape: Shape) -> impl Strategy<Value = Spec> {
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

/// The value of a scope in the model: none, one, or every one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Carried {
    Nothing,
    One(String),
    Every,
}

type Held = HashSet<(String, Carried)>;

/// The naive reading of the declarations.
struct Model {
    names: BTreeSet<String>,
    edges: Vec<(String, String)>,
    aliases: Vec<(String, String)>,
}

impl Model {
    fn new(steps: &[Step]) -> Self {
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
    fn canonical(&self, name: &str) -> Option<String> {
        let mut name = name.to_owned();
        while let Some((_, target)) = self.aliases.iter().find(|(alias, _)| *alias == name) {
            name.clone_from(target);
        }
        self.names.contains(&name).then_some(name)
    }

    /// Reads one scope as it stands in a token.
    fn read(&self, scope: &str) -> Option<(String, Carried)> {
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
    fn grants<'s>(&self, scopes: impl IntoIterator<Item = &'s str>) -> Held {
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

    fn holds(&self, held: &Held, name: &str, value: Option<&str>) -> bool {
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

    fn covers(&self, held: &str, needed: &str) -> bool {
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

fn is_value(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A policy as it was written.
#[derive(Debug, Clone)]
enum Tree {
    Leaf(Index, Index),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

/// One thing a policy asks for.
#[derive(Debug, Clone)]
enum Ask {
    Plain(String),
    FromRequest(String),
    Bound(String, &'static str),
    Filled(String),
    Permission(&'static str),
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = (any::<Index>(), any::<Index>()).prop_map(|(what, value)| Tree::Leaf(what, value));
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Tree::All),
            prop::collection::vec(inner, 1..4).prop_map(Tree::Any),
        ]
    })
}

impl Tree {
    fn leaf(spec: &Spec, what: Index, value: Index) -> Ask {
        let mut asks = Vec::new();
        let value = VALUES.iter().chain(&["x", "1 2"]).copied().nth(value.index(5)).unwrap();
        for step in &spec.steps {
            match step {
                Step::Scope(name) => asks.push(Ask::Plain((*name).to_owned())),
                Step::Alias(name, _) if !is_template(name) => asks.push(Ask::Plain((*name).to_owned())),
                Step::Template(name) | Step::Alias(name, _) => {
                    asks.push(Ask::FromRequest((*name).to_owned()));
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

    fn policy(&self, spec: &Spec) -> Policy {
        match self {
            Self::Leaf(what, value) => match Self::leaf(spec, *what, *value) {
                Ask::Plain(name) | Ask::FromRequest(name) | Ask::Filled(name) => Policy::from(name),
                Ask::Bound(name, value) => Policy::bound(name, value),
                Ask::Permission(name) => Policy::permission(name),
            },
            Self::All(parts) => Policy::all_of(parts.iter().map(|part| part.policy(spec))),
            Self::Any(parts) => Policy::any_of(parts.iter().map(|part| part.policy(spec))),
        }
    }

    /// The placeholder of some leaf that gets no value, if there is one.
    fn is_unbound(&self, spec: &Spec, values: &Values<'_>) -> bool {
        match self {
            Self::Leaf(what, value) => match Self::leaf(spec, *what, *value) {
                Ask::FromRequest(name) => !values.iter().any(|(known, _)| Some(*known) == placeholder(&name)),
                _ => false,
            },
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.is_unbound(spec, values)),
        }
    }

    fn holds(&self, spec: &Spec, model: &Model, held: &Held, has: &[&str], values: &Values<'_>) -> bool {
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
                Ask::Permission(name) => has.contains(&name),
            },
            Self::All(parts) => parts.iter().all(|part| part.holds(spec, model, held, has, values)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(spec, model, held, has, values)),
        }
    }
}

fn fill(template: &str, value: &str) -> String {
    match (template.split_once('{'), template.split_once('}')) {
        (Some((before, _)), Some((_, after))) => format!("{before}{value}{after}"),
        _ => template.to_owned(),
    }
}

/// Every scope that a token of this service may hold, strangers included.
fn spellings(spec: &Spec) -> Vec<String> {
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

fn pick(from: &[String], which: &[Index]) -> Scopes {
    Scopes::well_formed(which.iter().map(|at| from[at.index(from.len())].as_str()))
}

/// A token, a policy and a request for it.
#[derive(Debug, Clone)]
struct Question {
    tree: Tree,
    held: Vec<Index>,
    permissions: [bool; 3],
    id: Option<Index>,
}

fn question() -> impl Strategy<Value = Question> {
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
    fn permissions(&self) -> Vec<&'static str> {
        PERMISSIONS.into_iter().zip(self.permissions).filter(|(_, has)| *has).map(|(name, _)| name).collect()
    }

    fn values(&self) -> Vec<(&'static str, &'static str)> {
        let id = self.id.map(|at| ["1", "2", "77", "x", "1:2"][at.index(5)]);
        id.map(|id| [("id", id), ("org", "2")]).into_iter().flatten().collect()
    }
}

fn ask(
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

fn sorted(scopes: &Scopes) -> BTreeSet<String> {
    scopes.iter().map(str::to_owned).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn covering_is_reflexive_transitive_and_what_the_model_says(spec in spec(Shape::Any)) {
        let (hierarchy, model) = (build(&spec.steps), Model::new(&spec.steps));
        let all = spellings(&spec);
        let table: Vec<Vec<bool>> =
            all.iter().map(|x| all.iter().map(|y| hierarchy.covers(x, y)).collect()).collect();
        for (at, x) in all.iter().enumerate() {
            prop_assert!(table[at][at], "{x} does not cover itself");
            for (to, y) in all.iter().enumerate() {
                prop_assert_eq!(table[at][to], model.covers(x, y), "{} covers {}", x, y);
                let through = (0..all.len()).find(|via| table[at][*via] && table[*via][to]);
                prop_assert!(table[at][to] || through.is_none(), "{} > {:?} > {}", x, through, y);
            }
        }
    }

    #[test]
    fn the_order_of_declaration_is_irrelevant(spec in spec(Shape::Any), question in question()) {
        let (one, other) = (build(&spec.steps), build(&spec.shuffled));
        let all = spellings(&spec);
        for x in &all {
            for y in &all {
                prop_assert_eq!(one.covers(x, y), other.covers(x, y), "{} covers {}", x, y);
            }
        }
        let (policy, scopes) = (question.tree.policy(&spec), pick(&all, &question.held));
        let (permissions, values) = (question.permissions(), question.values());
        let verdicts = [&one, &other].map(|h| ask(h, &policy, &scopes, &permissions, &values));
        match verdicts {
            [Ok(Verdict::Scopes(a)), Ok(Verdict::Scopes(b))] => prop_assert_eq!(sorted(&a), sorted(&b)),
            [Ok(a), Ok(b)] => prop_assert_eq!(a, b),
            [Err(error), _] | [_, Err(error)] => return Err(error),
        }
    }

    #[test]
    fn a_policy_comes_out_as_its_tree_says_prepared_or_not(spec in spec(Shape::Any), question in question()) {
        let (hierarchy, model) = (build(&spec.steps), Model::new(&spec.steps));
        let (policy, scopes) = (question.tree.policy(&spec), pick(&spellings(&spec), &question.held));
        let (permissions, values) = (question.permissions(), question.values());
        let verdict = ask(&hierarchy, &policy, &scopes, &permissions, &values)?;
        let prepared = policy.clone().resolve(&hierarchy).unwrap();
        prop_assert_eq!(&verdict, &ask(&hierarchy, &prepared, &scopes, &permissions, &values)?);
        // Prepared for another hierarchy, it is looked up anew.
        let foreign = prepared.resolve(&build(&spec.shuffled)).unwrap();
        prop_assert_eq!(&verdict, &ask(&hierarchy, &foreign, &scopes, &permissions, &values)?);

        if question.tree.is_unbound(&spec, &values) {
            prop_assert!(matches!(verdict, Verdict::Unbound(_)), "{:?}", verdict);
            return Ok(());
        }
        let held = model.grants(scopes.iter());
        let expected = question.tree.holds(&spec, &model, &held, &permissions, &values);
        prop_assert_eq!(verdict == Verdict::Granted, expected, "{:?}: {}", verdict, policy);

        let grants = hierarchy.close(&scopes, permissions.iter().copied());
        let why = hierarchy.explain_with(&scopes, &grants, &policy, &values).unwrap();
        prop_assert_eq!(why.is_granted(), expected);
        prop_assert_eq!(!why.to_string().contains("\n- "), expected, "{}", why);
    }

    #[test]
    fn holding_more_never_takes_anything_away(
        spec in spec(Shape::Any),
        question in question(),
        more in prop::collection::vec(any::<Index>(), 1..4),
    ) {
        let hierarchy = build(&spec.steps);
        let all = spellings(&spec);
        let (policy, values) = (question.tree.policy(&spec), question.values());
        let wider = [question.held.clone(), more].concat();
        let few = ask(&hierarchy, &policy, &pick(&all, &question.held), &question.permissions(), &values)?;
        if few == Verdict::Granted {
            for permissions in [&question.permissions()[..], &PERMISSIONS[..]] {
                let many = ask(&hierarchy, &policy, &pick(&all, &wider), permissions, &values)?;
                prop_assert_eq!(many, Verdict::Granted);
            }
        }
    }

    #[test]
    fn no_authority_comes_from_a_set_that_no_member_gives(
        spec in spec(Shape::Any),
        what in any::<[Index; 2]>(),
        held in prop::collection::vec(any::<Index>(), 0..6),
        id in any::<Index>(),
    ) {
        let hierarchy = build(&spec.steps);
        let tree = Tree::Leaf(what[0], what[1]);
        let policy = tree.policy(&spec);
        let (scopes, values) = (pick(&spellings(&spec), &held), [("id", VALUES[id.index(3)]), ("org", "1")]);
        let together = ask(&hierarchy, &policy, &scopes, &[], &values)? == Verdict::Granted;
        let mut alone = false;
        for scope in scopes.iter() {
            let scope = Scopes::well_formed([scope].into_iter());
            alone |= ask(&hierarchy, &policy, &scope, &[], &values)? == Verdict::Granted;
        }
        prop_assert_eq!(together, alone, "{} by {}", policy, scopes);
    }

    #[test]
    fn an_unknown_scope_grants_only_itself_and_nothing_grants_nothing(
        spec in spec(Shape::Any),
        question in question(),
    ) {
        let hierarchy = build(&spec.steps);
        for stranger in STRANGERS.into_iter().chain(["", " ", "\u{e9}"]) {
            for declared in spellings(&spec).iter().filter(|name| *name != stranger) {
                prop_assert!(!hierarchy.covers(stranger, declared), "{} covers {}", stranger, declared);
                prop_assert!(!hierarchy.covers(declared, stranger), "{} covers {}", declared, stranger);
            }
        }
        prop_assert!(!hierarchy.covers("", ""));
        let (policy, values) = (question.tree.policy(&spec), question.values());
        let strangers = Scopes::well_formed(STRANGERS.into_iter());
        let nothing = ask(&hierarchy, &policy, &Scopes::default(), &question.permissions(), &values)?;
        let unknown = ask(&hierarchy, &policy, &strangers, &question.permissions(), &values)?;
        prop_assert_eq!(&nothing, &unknown);
        if question.permissions().is_empty() {
            prop_assert_ne!(nothing, Verdict::Granted);
        }
    }

    #[test]
    fn normalising_keeps_what_is_granted_and_leaves_nothing_to_drop(
        spec in spec(Shape::Any),
        held in prop::collection::vec(any::<Index>(), 0..10),
    ) {
        let hierarchy = build(&spec.steps);
        let all = spellings(&spec);
        let scopes = pick(&all, &held);
        let normal = hierarchy.normalize(&scopes);
        for needed in &all {
            let by = |list: &Scopes| list.iter().any(|held| hierarchy.covers(held, needed));
            prop_assert_eq!(by(&scopes), by(&normal), "{} by {} and {}", needed, &scopes, &normal);
        }
        prop_assert_eq!(&hierarchy.normalize(&normal), &normal);
        for x in normal.iter() {
            prop_assert!(scopes.contains(x));
            prop_assert!(!normal.iter().any(|y| x != y && hierarchy.covers(y, x)), "{} in {}", x, &normal);
        }
    }

    #[test]
    fn a_grant_for_one_value_never_satisfies_another(spec in spec(Shape::ValuesKept)) {
        let hierarchy = build(&spec.steps);
        let templates = ["t_{id}", "u_{id}:r", "v_{id}", "o_{org}", "y_{id}"];
        for (from, to) in templates.iter().flat_map(|from| templates.map(|to| (from, to))) {
            for (one, other) in VALUES.iter().flat_map(|one| VALUES.map(|other| (one, other))) {
                let (held, needed) = (fill(from, one), fill(to, other));
                prop_assert!(
                    *one == other || !hierarchy.covers(&held, &needed),
                    "{} covers {}", held, needed
                );
            }
        }
    }

    #[test]
    fn a_challenge_is_enough_and_names_nothing_needless(spec in spec(Shape::Any), question in question()) {
        let hierarchy = build(&spec.steps);
        let all = spellings(&spec);
        let (policy, scopes) = (question.tree.policy(&spec), pick(&all, &question.held));
        let (permissions, values) = (question.permissions(), question.values());
        let everything = Scopes::well_formed(all.iter().map(String::as_str));
        match ask(&hierarchy, &policy, &scopes, &permissions, &values)? {
            Verdict::Granted | Verdict::Unbound(_) => {}
            Verdict::Scopes(named) if !named.is_empty() => {
                let passes = |scopes: &Scopes| ask(&hierarchy, &policy, scopes, &permissions, &values);
                prop_assert_eq!(passes(&named)?, Verdict::Granted, "{} for {}", named, policy);
                for needless in named.iter() {
                    let rest = Scopes::well_formed(named.iter().filter(|scope| *scope != needless));
                    prop_assert_ne!(passes(&rest)?, Verdict::Granted, "{} in {} for {}", needless, named, policy);
                }
            }
            // No scope is named: then none would help.
            verdict => {
                let with_all = ask(&hierarchy, &policy, &everything, &permissions, &values)?;
                prop_assert_ne!(with_all, Verdict::Granted, "{:?} for {}", verdict, policy);
            }
        }
    }
}

#[test]
fn an_open_hierarchy_takes_every_scope_as_itself() {
    let open = Hierarchy::default();
    let scopes: Scopes = "a a:b team_7".parse().unwrap();
    for (policy, granted) in [
        (Policy::from("a"), true),
        (Policy::from("team_7"), true),
        (Policy::all_of(["a", "a:b"]), true),
        (Policy::any_of(["x", "a:b"]), true),
        (Policy::from("a:"), false),
        (Policy::from("A"), false),
    ] {
        let verdict = ask(&open, &policy, &scopes, &[], &[]).unwrap();
        assert_eq!(verdict == Verdict::Granted, granted, "{policy}");
    }
    assert_eq!(open.normalize(&scopes), scopes);
    for policy in [
        Policy::from("team_{id}"),
        Policy::bound("team_{id}", "7"),
        Policy::from("a b"),
        Policy::permission("OWNER"),
    ] {
        assert!(policy.clone().resolve(&open).is_err(), "{policy}");
    }
}

#[test]
fn a_challenge_names_the_narrowest_scopes_keeps_what_is_held_and_leaves_ties_to_the_author() {
    let hierarchy = Hierarchy::builder()
        .scopes(["wide", "b", "a", "c", "d"])
        .includes("wide", ["c", "d"])
        .template("t_{id}", "[0-9]+")
        .permissions(["OWNER"])
        .build()
        .unwrap();
    let owner = || Policy::permission("OWNER");
    for (policy, held, permissions, challenge) in [
        // The narrowest, not the first.
        (Policy::any_of(["wide", "a"]), "", &[][..], "a"),
        // Of two that are equally narrow, the first of the policy, whatever the order of declaration.
        (Policy::any_of(["a", "b"]), "", &[], "a"),
        (Policy::any_of(["b", "a"]), "", &[], "b"),
        // What is held stays asked for, though it is wider than what else would do.
        (Policy::any_of(["a", "wide"]).and("b"), "wide", &[], "b wide"),
        (Policy::any_of(["a", "wide"]).and("b"), "", &[], "b a"),
        // One that serves twice is enough.
        (Policy::any_of(["a", "b"]).and(Policy::any_of(["b", "c"])), "", &[], "b"),
        (Policy::from("wide").and(Policy::any_of(["a", "c"])), "", &[], "wide"),
        (Policy::any_of(["t_1", "wide"]).and(Policy::any_of(["t_1", "b"])), "", &[], "t_1"),
        // What a permission grants needs no scope.
        (Policy::from("a").or(owner()).and("b"), "", &["OWNER"], "b"),
        (Policy::from("a").or(owner()).and("b"), "", &[], "b a"),
    ] {
        let scopes: Scopes = held.parse().unwrap();
        let verdict = ask(&hierarchy, &policy, &scopes, permissions, &[]).unwrap();
        let Verdict::Scopes(named) = verdict else { panic!("{policy}: {verdict:?}") };
        assert_eq!(sorted(&named), sorted(&challenge.parse().unwrap()), "{policy} with {held}");
    }
}
