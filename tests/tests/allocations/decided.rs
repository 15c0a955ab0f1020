//! The decision alone, for an access that is at hand.

use std::borrow::Cow;

use scopa::{AnyOf, Authenticated, Guard, Policy, Requirement};

use crate::kit::{Audit, Org, Owner, Read, Stage, Team, Write, count};

fn value(name: &str) -> Option<Cow<'static, str>> {
    match name {
        "id" => Some("7".into()),
        "org" => Some("1".into()),
        _ => None,
    }
}

#[test]
fn a_granted_request_costs_the_guard_nothing() {
    let stage = Stage::new();
    let access = stage.access();
    for policy in [
        Authenticated::policy(),
        Read::policy(),
        <(Read, Write, Audit)>::policy(),
        <AnyOf<(Audit, Read)>>::policy(),
        Team("7").into(),
        Team::policy(),
        <(Team, Org)>::policy(),
        <AnyOf<(Team, Audit)>>::policy(),
        Owner::policy(),
        <(Read, Team, Owner)>::policy(),
        Policy::any_of([Policy::all_of([Read::policy(), Owner::policy()]), Team::policy()]),
    ] {
        let guard = Guard::new(stage.auth.clone()).require(policy.clone()).unwrap();
        let known = || guard.admit(Some(&access), [], value).now_or_later().unwrap().unwrap().unwrap();
        assert_eq!(count(known).0, 0, "admit: {policy}");
        let behind = || guard.admit_known(Some(&access), [], value).unwrap().unwrap();
        assert_eq!(count(behind).0, 0, "admit_known: {policy}");
        let caller = Ok(access.clone());
        let decided = || guard.decide(caller, &[("id", "7"), ("org", "1")]).unwrap().unwrap();
        assert_eq!(count(decided).0, 0, "decide: {policy}");
    }
}

#[test]
fn a_guard_without_a_policy_costs_nothing_either() {
    let stage = Stage::new();
    let access = stage.access();
    let guard = Guard::new(stage.auth.clone());
    assert_eq!(count(|| guard.admit_known(Some(&access), [], |_| None).unwrap().unwrap()).0, 0);
}

#[test]
fn a_policy_that_a_type_stands_for_is_prepared_once() {
    let stage = Stage::new();
    let access = stage.access();
    let admit = || {
        let policy = stage.auth.policy_of::<(Read, Team)>().unwrap();
        stage.auth.admit(policy, Some(&access), [], value).optional().now_or_later().unwrap().unwrap()
    };
    assert!(count(admit).0 > 0, "nothing was prepared");
    assert_eq!(count(admit).0, 0);
}

#[test]
fn without_a_hierarchy_names_are_compared_where_they_stand() {
    let issuer = scopa_testing::TestIssuer::new();
    let guard = Guard::new(issuer.validator().build().unwrap());
    let guard = guard.require(Policy::any_of(["write", "read"]).and("audit")).unwrap();
    let bearer = issuer.bearer_with("read audit");
    let access = guard.validator().authenticate([bearer.as_bytes()]).now_or_later().unwrap().unwrap();
    let (counted, _) = count(|| guard.admit_known(Some(&access), [], |_| None).unwrap().unwrap());
    assert_eq!(counted, 0);
}
