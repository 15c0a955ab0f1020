//! Declarations that cannot be meant: each is refused when the hierarchy is built, by the name of the culprit.
#![cfg(test)]

use scopa::{Hierarchy, HierarchyBuilder, Policy, Scopes};

/// A declaration on top of a small catalogue, and what the error must say.
type Case = (&'static str, fn(HierarchyBuilder) -> HierarchyBuilder, &'static [&'static str]);

fn catalogue() -> HierarchyBuilder {
    Hierarchy::builder()
        .scopes(["admin", "write", "read", "crashes.read", "crashes.write"])
        .includes("admin", ["write"])
        .includes("write", ["read"])
        .template("team_{id}", "[0-9a-f]{24}")
        .template("org_{org}", "")
        .bundle("ops", ["write"])
        .wildcard("crashes.*")
        .permissions(["OWNER"])
}

#[test]
fn every_mistake_is_refused_by_the_name_of_the_culprit() {
    let cases: &[Case] = &[
        ("cycle", |b| b.includes("read", ["admin"]), &["`admin` > `write` > `read` > `admin`", "`alias`"]),
        ("self edge", |b| b.includes("read", ["read"]), &["`read` > `read`"]),
        (
            "cycle by alias",
            |b| b.alias("reader", "read").includes("reader", ["write"]),
            &["`write` > `read` > `write`"],
        ),
        (
            "cycle of templates",
            |b| {
                b.template("t_{id}", "[x]+")
                    .includes("team_{id}", ["t_{id}"])
                    .includes("t_{id}", ["team_{id}"])
            },
            &["`team_{id}` > `t_{id}` > `team_{id}`"],
        ),
        (
            "cycle by prefix",
            |b| b.scopes(["api", "api:v1"]).prefix("api", ':').includes("api:v1", ["api"]),
            &["`api` > `api:v1` > `api`"],
        ),
        ("scope twice", |b| b.scopes(["read"]), &["`read` is declared twice"]),
        ("template twice", |b| b.template("team_{id}", "[x]+"), &["`team_{id}` is declared twice"]),
        ("bundle twice", |b| b.bundle("ops", ["read"]), &["`ops` is declared twice"]),
        ("bundle like a scope", |b| b.bundle("read", ["write"]), &["`read` is declared twice"]),
        ("alias like a scope", |b| b.alias("write", "read"), &["`write` is declared twice"]),
        ("alias twice", |b| b.alias("r", "read").alias("r", "write"), &["`r` is declared twice"]),
        ("wildcard twice", |b| b.wildcard("crashes.*"), &["`crashes.*` is declared twice"]),
        ("unknown child", |b| b.includes("admin", ["wirte"]), &["`admin`", "`wirte`", "add it to `scopes`"]),
        ("unknown parent", |b| b.includes("amdin", ["write"]), &["includes names `amdin`", "not declared"]),
        ("unknown alias target", |b| b.alias("r", "raed"), &["alias `r`", "`raed`", "not declared"]),
        ("alias of itself", |b| b.alias("r", "r"), &["alias `r` names `r`", "not declared"]),
        (
            "aliases of each other",
            |b| b.alias("r", "s").alias("s", "r"),
            &["alias `r` names `s`", "not declared"],
        ),
        ("alias of a bundle", |b| b.alias("o", "ops"), &["alias `o`", "`ops`", "a bundle or wildcard"]),
        (
            "alias that drops the value",
            |b| b.alias("squad", "team_{id}"),
            &["alias `squad` and `team_{id}`", "same value"],
        ),
        (
            "alias that adds a value",
            |b| b.alias("read_{id}", "read"),
            &["alias `read_{id}` and `read`", "same value"],
        ),
        (
            "alias with another placeholder",
            |b| b.alias("squad_{squad}", "team_{id}"),
            &["alias `squad_{squad}` and `team_{id}`"],
        ),
        ("bundle empty", |b| b.bundle("none", [""; 0]), &["bundle `none` has no members"]),
        ("bundle of unknown", |b| b.bundle("dev", ["raed"]), &["bundle `dev`", "`raed`", "not declared"]),
        (
            "bundle as child",
            |b| b.includes("admin", ["ops"]),
            &["`admin` names `ops`", "a bundle or wildcard"],
        ),
        (
            "bundle as parent",
            |b| b.includes("ops", ["read"]),
            &["includes names `ops`", "a bundle or wildcard"],
        ),
        ("bundle in a bundle", |b| b.bundle("all", ["ops"]), &["bundle `all` names `ops`"]),
        (
            "wildcard as child",
            |b| b.includes("admin", ["crashes.*"]),
            &["`admin` names `crashes.*`", "a bundle or wildcard"],
        ),
        (
            "template over template",
            |b| b.template("team_{team}", "[0-9]{24}"),
            &["`team_{id}`", "`team_{team}`", "overlap"],
        ),
        (
            "template over a plain scope",
            |b| b.scopes(["org_acme"]),
            &["`org_acme` is also an instance of the template `org_{org}`"],
        ),
        (
            "template over an alias",
            |b| b.alias("org_read", "read").alias("org_r-1", "read"),
            &["`org_r-1` is also an instance of the template `org_{org}`"],
        ),
        ("template over a bundle", |b| b.bundle("org_ops", ["read"]).bundle("org_o", ["read"]), &["`org_o`"]),
        (
            "alias over a template",
            |b| b.alias("org_a{id}", "team_{id}"),
            &["`org_{org}`", "`org_a{id}`", "overlap"],
        ),
        ("prefix of nothing", |b| b.prefix("read", ':'), &["prefix `read` matches no declared scope"]),
        ("prefix of unknown", |b| b.prefix("raed", ':'), &["prefix names `raed`", "not declared"]),
        ("prefix by a letter", |b| b.prefix("read", 'x'), &["prefix `read`", "`x` is no separator"]),
        ("prefix by a star", |b| b.prefix("read", '*'), &["prefix `read`", "`*` is no separator"]),
        ("prefix by a space", |b| b.prefix("read", ' '), &["prefix `read`", "` ` is no separator"]),
        ("wildcard of nothing", |b| b.wildcard("crash.*"), &["wildcard `crash.*` matches no declared scope"]),
        ("wildcard without star", |b| b.wildcard("crashes"), &["wildcard `crashes`", "has no `*`"]),
        ("star alone", |b| b.wildcard("*"), &["wildcard `*`", "every scope"]),
        ("stars alone", |b| b.wildcard("*.*"), &["wildcard `*.*`", "every scope"]),
        ("star in a segment", |b| b.wildcard("crashes.r*"), &["wildcard `crashes.r*`", "a whole segment"]),
        ("star without separator", |b| b.wildcard("crash*"), &["wildcard `crash*`", "a whole segment"]),
        ("empty segment", |b| b.wildcard("crashes..*"), &["wildcard `crashes..*`", "no segment is empty"]),
        ("empty name", |b| b.scopes([""]), &["`` is not a scope"]),
        ("space in a name", |b| b.scopes(["a b"]), &["`a b` is not a scope", "visible ASCII"]),
        ("control in a name", |b| b.scopes(["a\nb"]), &["`a\\nb` is not a scope"]),
        ("quotation mark", |b| b.scopes(["a\"b"]), &["is not a scope"]),
        ("backslash", |b| b.alias("a\\b", "read"), &["is not a scope"]),
        ("not ASCII", |b| b.bundle("\u{e9}quipe", ["read"]), &["`\u{e9}quipe` is not a scope"]),
        ("template in scopes", |b| b.scopes(["user_{id}"]), &["`user_{id}`", "declare it with `template`"]),
        ("template without value", |b| b.template("user", ""), &["template `user`", "as a plain scope"]),
        ("template of everything", |b| b.template("{id}", ""), &["template `{id}`", "every scope"]),
        (
            "class of anything",
            |b| b.template("user_{id}", ".*"),
            &["template `user_{id}`", "must be written"],
        ),
        ("class with a star", |b| b.template("user_{id}", "[*]+"), &["template `user_{id}`", "no `*`"]),
        ("class with a separator", |b| b.template("user_{id}", "[a-z:]+"), &["template `user_{id}`"]),
        (
            "differing placeholders",
            |b| b.includes("team_{id}", ["org_{org}"]),
            &["`team_{id}` includes `org_{org}`", "same placeholder"],
        ),
        ("permission twice", |b| b.permissions(["OWNER"]), &["permission `OWNER` is declared twice"]),
        ("permission empty", |b| b.permissions([""]), &["permission `` is empty"]),
        ("permission with a space", |b| b.permissions(["A B"]), &["permission `A B`", "white space"]),
        ("too many", |b| b.scopes((0..4096).map(|n| format!("s{n}"))), &["more than 4096 scopes"]),
    ];
    for (what, declare, says) in cases {
        let error = match declare(catalogue()).build() {
            Err(error) => error,
            Ok(hierarchy) => panic!("{what}: accepted as {hierarchy:?}"),
        };
        assert_eq!(error.setting(), "hierarchy", "{what}");
        for part in *says {
            assert!(error.to_string().contains(part), "{what}: {error}");
        }
    }
    assert!(catalogue().build().is_ok());
}

#[test]
fn the_limit_of_scopes_can_be_reached_and_not_passed() {
    let full = Hierarchy::builder().scopes((0..4096).map(|n| format!("s{n}")));
    assert!(full.clone().scopes(["one-more"]).build().is_err());
    let hierarchy = full.includes("s0", ["s4095"]).build().unwrap();
    assert!(hierarchy.covers("s0", "s4095"));
    assert_eq!(hierarchy.scopes().count(), 4096);
}

#[test]
fn a_long_chain_is_closed_without_recursion() {
    let names: Vec<String> = (0..4000).map(|n| format!("s{n}")).collect();
    let mut builder = Hierarchy::builder().scopes(&names);
    for pair in names.windows(2) {
        builder = builder.includes(&pair[0], [&pair[1]]);
    }
    let hierarchy = builder.clone().build().unwrap();
    assert!(hierarchy.covers("s0", "s3999") && !hierarchy.covers("s3999", "s0"));
    let error = builder.includes("s3999", ["s0"]).build().unwrap_err();
    assert!(error.to_string().contains("`s3999` > `s0`"));
}

#[test]
fn an_alias_of_an_alias_means_the_same_in_any_order() {
    for aliases in [[("r", "read"), ("rr", "r")], [("rr", "r"), ("r", "read")]] {
        let builder = aliases.iter().fold(catalogue(), |builder, (name, scope)| builder.alias(*name, *scope));
        let hierarchy = builder.build().unwrap();
        for (held, needed) in [("rr", "read"), ("read", "rr"), ("r", "rr"), ("admin", "rr")] {
            assert!(hierarchy.covers(held, needed), "{held} covers {needed}");
        }
        assert!(!hierarchy.covers("rr", "write"));
        assert_eq!(hierarchy.normalize(&"rr read r".parse().unwrap()).as_str(), "rr");
    }
}

#[test]
fn an_alias_of_a_template_takes_the_same_values() {
    let hierarchy = catalogue()
        .alias("squad_{id}", "team_{id}")
        .alias("crew_{id}", "squad_{id}")
        .alias("company-{org}", "org_{org}")
        .build()
        .unwrap();
    let id = "65df73340142feec34d7d6ee";
    for (one, other, same) in [
        (format!("squad_{id}"), format!("team_{id}"), true),
        (format!("crew_{id}"), format!("team_{id}"), true),
        (format!("crew_{id}"), format!("squad_{id}"), true),
        ("company-acme".to_owned(), "org_acme".to_owned(), true),
        ("company-acme".to_owned(), "org_acme2".to_owned(), false),
        ("crew_7".to_owned(), "team_7".to_owned(), false),
        ("squad_7".to_owned(), "crew_7".to_owned(), false),
    ] {
        assert_eq!(hierarchy.covers(&one, &other), same, "{one} covers {other}");
        assert_eq!(hierarchy.covers(&other, &one), same, "{other} covers {one}");
    }
}

#[test]
fn spelling_is_no_meaning_unless_it_is_asked_for() {
    let names = ["api", "api:v1", "api:v1:x", "api:", "apis", "api.v1", "api::x"];
    let plain = Hierarchy::builder().scopes(names).build().unwrap();
    let opted = Hierarchy::builder().scopes(names).prefix("api", ':').build().unwrap();
    for name in &names[1..] {
        assert!(!plain.covers("api", name), "{name}");
        assert_eq!(opted.covers("api", name), matches!(*name, "api:v1" | "api:v1:x"), "{name}");
        assert!(!opted.covers(name, "api"), "{name}");
    }
    assert!(!opted.covers("api:v1", "api:v1:x"), "only the declared prefix is read that way");
    assert!(!opted.covers("api", "api:v2"), "only what is declared is included");
}

#[test]
fn a_wildcard_stands_for_whole_segments() {
    let names = ["a.read", "a.b.read", "a.b.c", "b.read", "a.", "areas", "a"];
    for (pattern, covered) in [
        ("a.*", &["a.read", "a.b.read", "a.b.c"][..]),
        ("*.read", &["a.read", "b.read"]),
        ("a.*.read", &["a.b.read"]),
        ("a.b.*", &["a.b.read", "a.b.c"]),
        ("*.b.*", &["a.b.read", "a.b.c"]),
    ] {
        let hierarchy = Hierarchy::builder().scopes(names).wildcard(pattern).build().unwrap();
        for name in names {
            assert_eq!(hierarchy.covers(pattern, name), covered.contains(&name), "{pattern} covers {name}");
        }
        assert!(!hierarchy.covers("x.*", "a.read"), "a pattern that is not declared grants nothing");
    }
}

#[test]
fn bundles_and_wildcards_are_held_and_never_asked_for() {
    let hierarchy = catalogue().build().unwrap();
    let held: Scopes = "ops crashes.*".parse().unwrap();
    let all = Policy::all_of(["write", "read", "crashes.read", "crashes.write"]);
    assert!(hierarchy.explain(&held, &all).unwrap().is_granted());
    for name in ["ops", "crashes.*"] {
        let error = hierarchy.explain(&held, &Policy::from(name)).unwrap_err();
        assert!(error.to_string().contains(&format!("`{name}`: it is a bundle or wildcard")), "{error}");
        assert!(!hierarchy.scopes().any(|scope| scope == name));
    }
}

#[test]
fn a_policy_that_names_something_undeclared_is_refused() {
    let hierarchy = catalogue().build().unwrap();
    for (policy, says) in [
        (Policy::from("raed"), "the scope `raed`: it is not declared; add it to the hierarchy's `scopes`"),
        (Policy::from("read").and("raed"), "`raed`"),
        (Policy::from("read").or("raed"), "`raed`"),
        (Policy::from("team_{team}"), "the template `team_{team}`: declare it"),
        (Policy::from("team_7"), "the scope `team_7`"),
        (Policy::bound("squad_{id}", "7"), "the template `squad_{id}`"),
        (Policy::bound("read", "7"), "`read`: it is a plain scope and carries no value"),
        (Policy::permission("read"), "the permission `read`: add it to the hierarchy's `permissions`"),
        (Policy::from("OWNER"), "the scope `OWNER`"),
        (Policy::from("a\nb"), "`a\\nb`"),
        (Policy::any_of([""; 0]), "`any_of` of nothing"),
        (Policy::all_of([""; 0]), "`all_of` of nothing"),
        (Policy::any_permission([""; 0]), "`any_permission` of nothing"),
    ] {
        let error = hierarchy.explain(&Scopes::default(), &policy).unwrap_err();
        assert_eq!(error.setting(), "policy");
        assert!(error.to_string().contains(says), "{policy}: {error}");
    }
}

const JSON: &str = r#"{
    "scopes": {"admin": ["write", "team_{id}"], "write": ["read"], "read": [], "api": [], "api.v1": []},
    "templates": {
        "team_{id}": {"values": "[0-9a-f]{4}", "includes": ["notes_{id}"]},
        "notes_{id}": "[0-9a-f]{4}",
        "org_{org}": {}
    },
    "aliases": {"reader": "read"},
    "bundles": {"ops": ["write", "api"]},
    "prefixes": {"api": "."},
    "wildcards": ["api.*"],
    "permissions": ["OWNER", "ADMIN"]
}"#;

const TOML: &str = r#"
wildcards = ["api.*"]
permissions = ["OWNER", "ADMIN"]

[scopes]
admin = ["write", "team_{id}"]
write = ["read"]
read = []
api = []
"api.v1" = []

[templates]
"team_{id}" = { values = "[0-9a-f]{4}", includes = ["notes_{id}"] }
"notes_{id}" = "[0-9a-f]{4}"
"org_{org}" = {}

[aliases]
reader = "read"

[bundles]
ops = ["write", "api"]

[prefixes]
api = "."
"#;

#[test]
fn data_in_json_and_toml_declares_the_same() {
    let json: Hierarchy = serde_json::from_str(JSON).unwrap();
    let toml: Hierarchy = toml::from_str(TOML).unwrap();
    for hierarchy in [json, toml] {
        for (held, needed, covered) in [
            ("admin", "read", true),
            ("reader", "read", true),
            ("ops", "api.v1", true),
            ("api", "api.v1", true),
            ("api.*", "api.v1", true),
            ("admin", "notes_65df", true),
            ("team_65df", "notes_65df", true),
            ("team_65df", "notes_65de", false),
            ("notes_65df", "team_65df", false),
            ("org_Acme-1", "org_Acme-1", true),
            ("read", "write", false),
        ] {
            assert_eq!(hierarchy.covers(held, needed), covered, "{held} covers {needed}");
        }
        let owner = Policy::permission("OWNER").or(Policy::permission("ADMIN"));
        assert!(!hierarchy.explain(&"admin".parse().unwrap(), &owner).unwrap().is_granted());
    }
}

#[test]
fn mistakes_in_json_are_refused_by_name() {
    for (text, says) in [
        (r#"{"scopes": {"a": ["b"], "b": ["a"]}}"#, "`a` > `b` > `a`"),
        (r#"{"scopes": {"a": ["b"]}}"#, "`b`, which is not declared"),
        (r#"{"scopes": {"a": [], "a": []}}"#, "`a` is declared twice"),
        (
            r#"{"scopes": {"a": []}, "templates": {"t_{id}": "", "t_{id}": "[x]+"}}"#,
            "`t_{id}` is declared twice",
        ),
        (r#"{"scopes": {"a": []}, "aliases": {"b": "a", "b": "a"}}"#, "`b` is declared twice"),
        (r#"{"scopes": {"a": []}, "bundles": {"b": ["a"], "b": ["a"]}}"#, "`b` is declared twice"),
        (
            r#"{"scopes": {"a": [], "a:b": [], "a.c": []}, "prefixes": {"a": ":", "a": "."}}"#,
            "`a` is declared twice",
        ),
        (r#"{"scopes": {"a": []}, "scopes": {"b": []}}"#, "duplicate field `scopes`"),
        (r#"{"scopes": {"a": []}, "scope": {}}"#, "unknown field `scope`"),
        (r#"{"scopes": {"a": []}, "bundles": {"b": []}}"#, "bundle `b` has no members"),
        (r#"{"scopes": {"a": []}, "aliases": {"a": "a"}}"#, "`a` is declared twice"),
        (r#"{"scopes": {"a": []}, "prefixes": {"a": ":"}}"#, "prefix `a` matches no"),
        (r#"{"scopes": {"a": []}, "prefixes": {"a": "::"}}"#, "expected a character"),
        (r#"{"scopes": {"a": []}, "wildcards": ["*"]}"#, "wildcard `*`"),
        (r#"{"scopes": {"t_{id}": []}}"#, "declare it with `template`"),
        (r#"{"scopes": {"a": []}, "templates": {"t_{id}": {"value": "[x]+"}}}"#, "did not match"),
        (r#"{"scopes": {"a": []}, "templates": {"t_{id}": 3}}"#, "did not match"),
        (r#"{"scopes": {"a b": []}}"#, "`a b` is not a scope"),
        (r#"{"scopes": ["a"]}"#, "expected a table"),
        (r#"{"scopes": {"a": "b"}}"#, "expected a sequence"),
        (r#"{"permissions": ["A", "A"]}"#, "permission `A` is declared twice"),
    ] {
        let error = serde_json::from_str::<Hierarchy>(text).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
    assert!(serde_json::from_str::<Hierarchy>("{}").is_ok());
}

#[test]
fn mistakes_in_toml_are_refused_by_name() {
    for (text, says) in [
        ("[scopes]\na = [\"b\"]\nb = [\"a\"]", "`a` > `b` > `a`"),
        ("[scopes]\na = [\"b\"]", "`b`, which is not declared"),
        ("[scopes]\na = []\na = []", "duplicate key"),
        ("[scopes]\na = []\n[scope]\n", "unknown field `scope`"),
        ("[scopes]\na = []\n[bundles]\na = [\"a\"]", "`a` is declared twice"),
        ("[scopes]\na.b = []", "expected a sequence"),
        ("wildcards = [\"*\"]", "wildcard `*`"),
    ] {
        let error = toml::from_str::<Hierarchy>(text).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[test]
fn a_hierarchy_goes_back_into_its_builder() {
    let hierarchy: Hierarchy = serde_json::from_str(JSON).unwrap();
    let again = hierarchy.to_builder().scopes(["extra"]).includes("extra", ["admin"]).build().unwrap();
    assert!(again.covers("extra", "notes_65df") && again.covers("api.*", "api.v1"));
    assert!(!hierarchy.covers("extra", "admin"));
    assert!(format!("{hierarchy:?}").contains(r#""write": ["read"]"#));
}

mod written {
    scopa::scopes! {
        /// The scopes of a crash service.
        pub(super) fn hierarchy;
        Admin = "admin" {
            Write = "crashes:write" { Read = "crashes:read" },
            Symbols = "symbols",
            Notes(id) = "notes_{id}",
        },
        /// Reads, and nothing else.
        Auditor = "audit" { Read, Symbols },
        Team(id: "[0-9a-f]{4}") = "team_{id}" { Notes },
    }

    scopa::scopes! { pub(super) fn circular; A = "a" { B = "b" { A } } }
    scopa::scopes! { pub(super) fn twice; C = "c", D = "c" }
}

#[test]
fn the_macro_draws_nesting_and_what_is_named_again() {
    use written::{Admin, Auditor, Read, Symbols, Team, Write};

    let hierarchy = written::hierarchy().unwrap();
    for (held, needed, covered) in [
        (Admin::SCOPE, Read::SCOPE, true),
        (Write::SCOPE, Read::SCOPE, true),
        (Write::SCOPE, Symbols::SCOPE, false),
        (Auditor::SCOPE, Read::SCOPE, true),
        (Auditor::SCOPE, Symbols::SCOPE, true),
        (Auditor::SCOPE, Write::SCOPE, false),
        (Read::SCOPE, Write::SCOPE, false),
        (Admin::SCOPE, "notes_a", true),
        ("team_65df", "notes_65df", true),
        ("team_65df", "notes_65de", false),
        ("team_65DF", "notes_65DF", false),
        (Admin::SCOPE, "team_65df", false),
    ] {
        assert_eq!(hierarchy.covers(held, needed), covered, "{held} covers {needed}");
    }
    let policy = Policy::from(Read).and(Team("65df")).or(Admin);
    assert_eq!(policy.to_string(), "(crashes:read or admin) and (team_{id} for `65df` or admin)");
    assert!(hierarchy.explain(&"crashes:write team_65df".parse().unwrap(), &policy).unwrap().is_granted());
    assert!(!hierarchy.explain(&"crashes:write team_65de".parse().unwrap(), &policy).unwrap().is_granted());
}

#[test]
fn what_the_macro_cannot_see_is_an_error_of_its_function() {
    for (hierarchy, says) in
        [(written::circular(), "`a` > `b` > `a`"), (written::twice(), "`c` is declared twice")]
    {
        assert!(hierarchy.unwrap_err().to_string().contains(says));
    }
}
