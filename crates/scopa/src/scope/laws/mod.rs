//! The laws of the scope model, over random hierarchies and policies.
//!
//! Every hierarchy is also judged by a naive [`Model`], and every policy as the tree it was written as.

mod model;
mod question;
mod world;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use model::*;
use question::*;
use world::*;

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
        let prepared = policy.clone().resolve(&[(String::new(), hierarchy.clone())]).unwrap();
        prop_assert_eq!(&verdict, &ask(&hierarchy, &prepared, &scopes, &permissions, &values)?);
        // Prepared for another hierarchy, it is looked up anew.
        let foreign = prepared.resolve(&[(String::new(), build(&spec.shuffled))]).unwrap();
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
            // No scope is named: then none would help, or nobody knows for which value.
            Verdict::Scopes(_) if question.tree.leaves_a_value_open(&spec) => {}
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
        assert!(policy.clone().resolve(&[(String::new(), open.clone())]).is_err(), "{policy}");
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
