//! The reports that say why a policy is met or not, letter by letter.
#![cfg(test)]

use scopa::{Hierarchy, Policy, Scopes};
use scopa_testing::TestIssuer;

fn hierarchy() -> Hierarchy {
    Hierarchy::builder()
        .scopes(["admin", "left", "right", "bottom", "symbols", "archive"])
        .includes("admin", ["left", "right", "team_{id}"])
        .includes("left", ["bottom"])
        .includes("right", ["bottom"])
        .template("team_{id}", "[0-9]+")
        .template("notes_{id}", "[0-9]+")
        .includes("team_{id}", ["notes_{id}", "archive"])
        .alias("floor", "bottom")
        .bundle("ops", ["right"])
        .permissions(["OWNER"])
        .build()
        .unwrap()
}

#[test]
fn reports_read_as_expected() {
    for (held, policy, report) in [
        ("admin", Policy::authenticated(), "granted: any valid token\nheld: admin"),
        ("", Policy::authenticated(), "granted: any valid token\nheld: no scope"),
        ("admin", Policy::from("bottom"), "granted: bottom\nheld: admin\n+ bottom: admin > left > bottom"),
        (
            "symbols right left",
            Policy::from("bottom"),
            "granted: bottom\nheld: symbols right left\n+ bottom: right > bottom",
        ),
        ("admin bottom", Policy::from("bottom"), "granted: bottom\nheld: admin bottom\n+ bottom: bottom"),
        ("floor", Policy::from("bottom"), "granted: bottom\nheld: floor\n+ bottom: floor"),
        ("bottom", Policy::from("floor"), "granted: floor\nheld: bottom\n+ floor: bottom"),
        ("ops", Policy::from("bottom"), "granted: bottom\nheld: ops\n+ bottom: ops > right > bottom"),
        (
            "",
            Policy::from("bottom"),
            "refused: bottom\nheld: no scope\n- bottom: nothing held includes it\nwould do: bottom",
        ),
        (
            "unknown",
            Policy::any_of(["left", "bottom"]).and("symbols"),
            "refused: (left or bottom) and symbols\n\
             held: unknown\n\
             - left or bottom: nothing held includes it\n\
             - symbols: nothing held includes it\n\
             would do: symbols bottom",
        ),
        (
            "right",
            Policy::any_of(["left", "bottom"]).and("symbols"),
            "refused: (left or bottom) and symbols\n\
             held: right\n\
             + left or bottom: right > bottom\n\
             - symbols: nothing held includes it\n\
             would do: symbols bottom",
        ),
        (
            "team_7",
            Policy::bound("notes_{id}", "7").and("archive"),
            "granted: notes_{id} for `7` and archive\n\
             held: team_7\n\
             + notes_{id} for `7`: team_7 > notes_{id}\n\
             + archive: team_7 > archive",
        ),
        (
            "team_7",
            Policy::bound("notes_{id}", "8"),
            "refused: notes_{id} for `8`\n\
             held: team_7\n\
             - notes_{id} for `8`: nothing held includes it\n\
             would do: notes_8",
        ),
        (
            "admin",
            Policy::from("notes_8"),
            "granted: notes_8\nheld: admin\n+ notes_8: admin > team_{id} > notes_{id}",
        ),
        (
            "team_7",
            Policy::from("notes_{id}"),
            "refused: notes_{id}\n\
             held: team_7\n\
             - notes_{id}: nothing held includes it\n\
             would do: nothing, the request gave no value for `{id}`",
        ),
        (
            "admin",
            Policy::bound("team_{id}", "7\n8"),
            "refused: team_{id} for `7\\n8`\n\
             held: admin\n\
             - team_{id} for `7\\n8`: nothing held includes it\n\
             would do: no scope that could be named",
        ),
        (
            "admin",
            Policy::from("bottom").and(Policy::permission("OWNER")),
            "refused: bottom and permission OWNER\n\
             held: admin\n\
             + bottom: admin > left > bottom\n\
             - permission OWNER: nothing held includes it\n\
             would do: no scope, a permission is missing",
        ),
    ] {
        let held: Scopes = held.parse().unwrap();
        let why = hierarchy().explain(&held, &policy).unwrap();
        assert_eq!(why.to_string(), report);
        assert_eq!(why.is_granted(), report.starts_with("granted"));
        let would_do = report.rsplit_once("would do: ").map(|(_, scopes)| scopes);
        let named = why.sufficient().map(Scopes::as_str);
        assert_eq!(
            named,
            would_do.filter(|text| !text.starts_with("no scope") && !text.starts_with("nothing"))
        );
    }
}

#[test]
fn without_a_hierarchy_every_scope_explains_itself() {
    let why = |held: &str| {
        let policy = Policy::any_of(["b", "a"]).and("c");
        Hierarchy::default().explain(&held.parse().unwrap(), &policy).unwrap().to_string()
    };
    assert_eq!(why("c a"), "granted: (b or a) and c\nheld: c a\n+ b or a: a\n+ c: c");
    assert_eq!(
        why("c"),
        "refused: (b or a) and c\nheld: c\n- b or a: nothing held includes it\n+ c: c\nwould do: b c"
    );
}

#[test]
fn an_access_explains_its_permissions_and_not_its_token() {
    let issuer = TestIssuer::new();
    let validator = issuer.validator().hierarchy(hierarchy()).build().unwrap();
    let bearer = issuer.token().scope("admin").bearer();
    let access = validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap().unwrap();
    let policy = Policy::from("bottom").and(Policy::permission("OWNER"));
    assert!(!access.explain(&policy, &[]).unwrap().is_granted());
    let why = access.with_permissions(["OWNER"]).explain(&policy, &[]).unwrap();
    assert_eq!(
        why.to_string(),
        "granted: bottom and permission OWNER\n\
         held: admin\n\
         + bottom: admin > left > bottom\n\
         + permission OWNER: permission OWNER"
    );
    assert!(access.explain(&Policy::from("botom"), &[]).unwrap_err().to_string().contains("`botom`"));
}
