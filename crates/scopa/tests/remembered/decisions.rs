//! Facts are remembered, never decisions.

use scopa::{Guard, Hierarchy, Policy, RefusalKind, TokenCache, Validator};
use scopa_testing::TestIssuer;

use crate::{issuer, present};

fn hierarchy() -> Hierarchy {
    Hierarchy::builder()
        .scopes(["read", "write"])
        .includes("write", ["read"])
        .template("team_{id}", "[0-9]+")
        .permissions(["OWNER"])
        .build()
        .unwrap()
}

fn service() -> (TestIssuer, Validator) {
    let issuer = issuer();
    let auth = issuer.validator().hierarchy(hierarchy()).permission_claim("permissions").build().unwrap();
    (issuer, auth)
}

#[test]
fn one_remembered_token_passes_one_policy_and_is_refused_by_another() {
    let (issuer, auth) = service();
    let token = issuer.token().scope("read team_7").sign();
    for _ in 0..5 {
        let access = present(&auth, &token).unwrap();
        assert!(access.require("read").is_ok());
        let refusal = access.require("write").unwrap_err();
        assert_eq!((refusal.kind(), refusal.scope().as_str()), (RefusalKind::InsufficientScope, "write"));
        assert_eq!(access.require(Policy::permission("OWNER")).unwrap_err().kind(), RefusalKind::Forbidden);
        assert!(auth.authorize(&access, &Policy::from("read"), &[]).is_ok());
        assert!(auth.authorize(&access, &Policy::from("write"), &[]).is_err());
    }
}

#[test]
fn guards_of_one_validator_judge_a_remembered_token_each_by_its_own_policy() {
    let (issuer, auth) = service();
    let guard = |policy: &'static str| Guard::new(auth.clone()).require(policy).unwrap();
    let (reads, writes) = (guard("read"), guard("write"));
    let field = issuer.bearer_with("read");
    let admit = |guard: &Guard| guard.admit(None, [field.as_bytes()], |_| None).now_or_later().unwrap();
    for _ in 0..5 {
        assert!(admit(&reads).is_ok());
        assert_eq!(admit(&writes).unwrap_err().status(), 403);
    }
}

#[test]
fn values_are_those_of_the_request_at_hand() {
    let (issuer, auth) = service();
    let policy = auth.prepare(Policy::from("team_{id}")).unwrap();
    let (seven, eight) = (issuer.token().scope("team_7").sign(), issuer.token().scope("team_8").sign());
    for _ in 0..5 {
        for (token, own, other) in [(&seven, "7", "8"), (&eight, "8", "7")] {
            let access = present(&auth, token).unwrap();
            assert!(auth.authorize(&access, &policy, &[("id", own)]).is_ok());
            let refusal = auth.authorize(&access, &policy, &[("id", other)]).unwrap_err();
            assert_eq!(refusal.scope().as_str(), format!("team_{other}"));
            assert!(auth.authorize(&access, &policy, &[]).is_err());
        }
    }
}

#[test]
fn permissions_that_one_request_adds_are_not_there_in_the_next() {
    for cache in [TokenCache::new(), TokenCache::new().digests()] {
        let issuer = issuer();
        let builder = issuer.validator().hierarchy(hierarchy()).permission_claim("permissions");
        let auth = builder.token_cache(cache).build().unwrap();
        let token = issuer.token().scope("read").sign();
        let owner = Policy::permission("OWNER");
        for _ in 0..20 {
            let access = present(&auth, &token).unwrap();
            assert!(access.require(owner.clone()).is_err());
            assert_eq!(access.permissions().count(), 0);
            let raised = access.with_permissions(["OWNER"]);
            assert!(raised.require(owner.clone()).is_ok() && raised.require("read").is_ok());
            assert!(auth.owns(&raised));
            assert!(access.require(owner.clone()).is_err());
        }
        // Nor do they go away from a token that has them.
        let owners = issuer.token().scope("read").claim("permissions", ["OWNER"]).sign();
        for _ in 0..20 {
            let access = present(&auth, &owners).unwrap();
            assert!(access.with_permissions(["ADMIN"]).require(owner.clone()).is_err());
            assert!(access.require(owner.clone()).is_ok());
        }
    }
}

#[test]
fn tokens_that_differ_in_one_claim_are_each_their_own() {
    let (issuer, auth) = service();
    let base = || issuer.token().scope("read").claim("permissions", ["OWNER"]).claim("jti", "one");
    let tokens = [
        (base(), "user-1", true, true),
        (base().claim("permissions", ["READER"]), "user-1", true, false),
        (base().without("permissions"), "user-1", true, false),
        (base().subject("user-2"), "user-2", true, true),
        (base().scope(""), "user-1", false, true),
        (base().scope("write"), "user-1", true, true),
    ];
    let tokens: Vec<_> =
        tokens.map(|(token, subject, reads, owns)| (token.sign(), subject, reads, owns)).into();
    for _ in 0..5 {
        for (token, subject, reads, owns) in &tokens {
            let access = present(&auth, token).unwrap();
            assert_eq!(access.subject(), Some(*subject));
            assert_eq!(access.require("read").is_ok(), *reads);
            assert_eq!(access.require(Policy::permission("OWNER")).is_ok(), *owns);
        }
    }
}

#[test]
fn an_access_of_one_validator_is_nothing_to_another_that_has_seen_the_token() {
    let issuer = issuer();
    let (one, other) = (issuer.validator().build().unwrap(), issuer.validator().realm("b").build().unwrap());
    let token = issuer.token().scope("read").sign();
    for _ in 0..3 {
        let (of_one, of_other) = (present(&one, &token).unwrap(), present(&other, &token).unwrap());
        assert!(one.owns(&of_one) && other.owns(&of_other) && one.clone().owns(&of_one));
        assert!(!one.owns(&of_other) && !other.owns(&of_one));
        assert!(other.authorize(&of_one, &Policy::from("read"), &[]).is_err());
        let challenge = of_other.require("write").unwrap_err().challenge().unwrap();
        assert!(challenge.contains(r#"realm="b""#), "{challenge}");
        assert!(!of_one.require("write").unwrap_err().challenge().unwrap().contains("realm"));
    }
    // One for another API has seen it and refuses it, as often as it comes.
    let elsewhere = issuer.clone().with_audience("https://other.example.com").validator().build().unwrap();
    for _ in 0..3 {
        assert_eq!(crate::reason(&elsewhere, &token).code(), "wrong_audience");
    }
}
