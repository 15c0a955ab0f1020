//! What a scope covers is for its issuer's hierarchy to say; what a route asks for must be known to every one.

use std::any::type_name;

use scopa::{AnyOf, ConfigError, Guard, Hierarchy, HierarchyBuilder, Policy, Validator, scopes};

use scopa_testing::TokenBuilder;

use crate::{Two, detail, present};

scopes! {
    fn declared;
    Admin = "admin" { Write = "write" { Read = "read" } },
    Team(id) = "team_{id}",
}

/// At staff `admin` includes all, and `write` includes `read`. At partners `read` includes `write`, and `admin` nothing.
fn of_partners() -> HierarchyBuilder {
    Hierarchy::builder()
        .scopes(["admin", "write", "read"])
        .includes("read", ["write"])
        .template("team_{id}", "[0-9]+")
        .permissions(["OWNER"])
}

fn of_staff() -> HierarchyBuilder {
    declared().unwrap().to_builder().permissions(["OWNER", "ADMIN"])
}

fn validator(two: &Two, partners: HierarchyBuilder) -> Validator {
    let partners = two.of_partners().permission_claim("permissions").hierarchy(partners.build().unwrap());
    let staff = two.of_staff().permission_claim("permissions").hierarchy(of_staff().build().unwrap());
    staff.or_issuer(partners).build().unwrap()
}

#[test]
fn the_same_scope_can_mean_more_at_one_issuer_than_at_another() {
    let two = Two::new();
    let validator = validator(&two, of_partners());
    let (write, read) = (validator.prepare("write").unwrap(), validator.prepare("read").unwrap());
    for (scope, writes_as_staff, writes_as_partner, reads_as_staff, reads_as_partner) in [
        ("read", false, true, true, true),
        ("write", true, true, true, false),
        ("admin", true, false, true, false),
        ("team_7", false, false, false, false),
    ] {
        let staff = present(&validator, &two.staff_token().scope(scope)).unwrap();
        let partner = present(&validator, &two.partner_token().scope(scope)).unwrap();
        for (access, policy, name, expected) in [
            (&staff, &write, "write", writes_as_staff),
            (&staff, &read, "read", reads_as_staff),
            (&partner, &write, "write", writes_as_partner),
            (&partner, &read, "read", reads_as_partner),
        ] {
            // Prepared or not, asked in whichever way.
            let found = [
                validator.authorize(access, policy, &[]).is_ok(),
                access.require(policy.clone()).is_ok(),
                access.require(name).is_ok(),
                access.holds(name).unwrap(),
                access.explain(policy, &[]).unwrap().is_granted(),
            ];
            assert_eq!(found, [expected; 5], "{scope} of {} for {name}", access.issuer());
        }
    }
}

#[test]
fn an_explanation_goes_along_the_edges_of_the_own_hierarchy() {
    let two = Two::new();
    let validator = validator(&two, of_partners());
    let explained =
        |token: &TokenBuilder| present(&validator, token).unwrap().explain(&"write".into(), &[]).unwrap();
    let staff = explained(&two.staff_token().scope("admin"));
    assert!(staff.to_string().contains("admin > write"), "{staff}");
    let partner = explained(&two.partner_token().scope("admin read"));
    assert!(partner.to_string().contains("read > write"), "{partner}");
    assert!(!partner.to_string().contains("admin >"), "{partner}");
}

#[test]
fn permissions_are_those_of_the_own_hierarchy() {
    let two = Two::new();
    let validator = validator(&two, of_partners());
    let owner = validator.prepare(Policy::permission("OWNER")).unwrap();
    for token in [two.staff_token(), two.partner_token()] {
        let access = present(&validator, &token).unwrap();
        assert_eq!(validator.authorize(&access, &owner, &[]).unwrap_err().status(), 403);
        let more = access.with_permissions(["OWNER", "ADMIN"]);
        assert!(validator.authorize(&more, &owner, &[]).is_ok());
        assert_eq!(more.issuer(), access.issuer());
        let claimed = present(&validator, &token.claim("permissions", ["OWNER"])).unwrap();
        assert!(validator.authorize(&claimed, &owner, &[]).is_ok());
    }
    // Which is not declared at partners, and grants nothing there.
    let staff = present(&validator, &two.staff_token()).unwrap().with_permissions(["ADMIN"]);
    assert!(staff.holds(Policy::permission("ADMIN")).unwrap());
    let partner = present(&validator, &two.partner_token()).unwrap().with_permissions(["ADMIN"]);
    assert!(partner.holds(Policy::permission("ADMIN")).is_err());
}

#[test]
fn without_one_of_its_own_an_issuer_has_that_of_the_first() {
    let two = Two::new();
    let validator =
        two.of_staff().hierarchy(declared().unwrap()).or_issuer(two.of_partners()).build().unwrap();
    let access = present(&validator, &two.partner_token().scope("admin")).unwrap();
    assert!(access.require(Read).is_ok());
    assert!(validator.prepare("wirte").is_err());
    // And where the first has none, each scope stands for itself.
    let validator = two.validator();
    let access = present(&validator, &two.partner_token().scope("anything")).unwrap();
    assert!(access.require("anything").is_ok() && access.require("read").is_err());
}

#[test]
fn a_policy_must_be_declared_at_every_issuer_and_the_error_says_where_it_is_not() {
    let two = Two::new();
    let poor = Hierarchy::builder().scopes(["read"]).bundle("write", ["read"]);
    let validator = validator(&two, poor);
    let guard = || Guard::new(validator.clone());
    let not_declared = |name: &str| {
        format!(
            "policy: asks for the scope `{name}`: it is not declared; add it to the hierarchy's `scopes` (issuer `https://partners.example.com`)"
        )
    };
    for (error, expected) in [
        (validator.prepare("admin").unwrap_err(), not_declared("admin")),
        (guard().require("admin").unwrap_err(), not_declared("admin")),
        (validator.prepare(Policy::from("read").and("admin")).unwrap_err(), not_declared("admin")),
        (
            validator.policy_of::<(Read, Admin)>().unwrap_err(),
            not_declared("admin").replacen("policy: ", &format!("policy: `{}` ", type_name::<(Read, Admin)>()), 1),
        ),
        (
            validator.prepare("write").unwrap_err(),
            "policy: asks for the scope `write`: it is a bundle or wildcard; ask for the scopes it grants (issuer `https://partners.example.com`)".into(),
        ),
        (
            validator.prepare("team_{id}").unwrap_err(),
            "policy: asks for the template `team_{id}`: declare it in the hierarchy with `template` (issuer `https://partners.example.com`)".into(),
        ),
        (
            validator.prepare(Policy::permission("ADMIN")).unwrap_err(),
            "policy: asks for the permission `ADMIN`: add it to the hierarchy's `permissions` (issuer `https://partners.example.com`)".into(),
        ),
        // Of those who lack it the first is named.
        (
            validator.prepare("wirte").unwrap_err(),
            not_declared("wirte").replace("partners", "id"),
        ),
    ] {
        assert_eq!(error.to_string(), expected);
    }
    assert!(validator.policy_of::<Read>().is_ok());
    assert!(Guard::of::<AnyOf<(Read, Admin)>>(&validator).is_err());
}

#[test]
fn what_is_wrong_by_itself_or_with_the_only_hierarchy_names_no_issuer() {
    let two = Two::new();
    let nothing: [&'static str; 0] = [];
    let several = validator(&two, of_partners());
    let shared = two.of_staff().hierarchy(declared().unwrap()).or_issuer(two.of_partners()).build().unwrap();
    let single = two.of_staff().hierarchy(declared().unwrap()).build().unwrap();
    for error in [
        several.prepare(Policy::all_of(nothing)).unwrap_err(),
        shared.prepare("wirte").unwrap_err(),
        single.prepare("wirte").unwrap_err(),
    ] {
        assert!(!error.to_string().contains("https://"), "{error}");
    }
}

#[test]
fn what_a_handler_asks_for_and_is_not_declared_is_our_own_mistake() {
    let two = Two::new();
    let validator = validator(&two, Hierarchy::builder().scopes(["read"]));
    let staff = present(&validator, &two.staff_token().scope("admin")).unwrap();
    assert!(staff.require("write").is_ok());
    let partner = present(&validator, &two.partner_token().scope("admin write")).unwrap();
    let refusal = partner.require("write").unwrap_err();
    assert_eq!(refusal.status(), 500);
    assert!(detail(&refusal).ends_with("(issuer `https://partners.example.com`)"), "{refusal:?}");
    let error = |result: Result<(), ConfigError>| result.unwrap_err().to_string();
    assert_eq!(error(partner.holds("write").map(drop)), detail(&refusal));
    assert_eq!(error(partner.explain(&"write".into(), &[]).map(drop)), detail(&refusal));
}

#[test]
fn a_challenge_is_worth_following_at_the_issuer_that_the_token_is_of() {
    let two = Two::new();
    let validator = validator(&two, of_partners());
    let single = || ["admin", "write", "read", "team_{id}"].map(Policy::from);
    let pairs = single().into_iter().flat_map(|one| {
        single().into_iter().flat_map(move |other| [one.clone().and(other.clone()), one.clone().or(other)])
    });
    let wide = [
        Policy::from("write").or("team_{id}").and(Policy::from("read").or("admin")),
        Policy::from("write").and(Policy::permission("OWNER").or("read")),
    ];
    let values = [("id", "7")];
    let (mut followed, mut differ) = (0, 0);
    for policy in single().into_iter().chain(pairs).chain(wide) {
        let policy = validator.prepare(policy).unwrap();
        for held in ["", "read", "write", "admin", "team_7", "read team_7", "unknown"] {
            let asked = [two.staff_token(), two.partner_token()].map(|token| {
                let access = present(&validator, &token.clone().scope(held)).unwrap();
                let refusal = validator.authorize(&access, &policy, &values).err()?;
                let needed = refusal.scope().as_str().to_owned();
                let again = present(&validator, &token.scope(&needed)).unwrap();
                let passes = validator.authorize(&again, &policy, &values).is_ok();
                assert!(passes, "{policy} with {held:?}: {needed:?} of {}", again.issuer());
                followed += 1;
                Some(needed)
            });
            differ += usize::from(asked[0] != asked[1]);
        }
    }
    assert!(followed > 200 && differ > 20, "{followed} challenges, {differ} differ");
}
