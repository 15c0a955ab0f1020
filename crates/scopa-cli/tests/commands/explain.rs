use crate::kit::{file, scopa};

const TOML: &str = r#"
[scopes]
admin = ["crashes:write"]
"crashes:write" = ["crashes:read"]
"crashes:read" = []
symbols = []
[templates]
"team_{id}" = "[0-9]+"
"#;

#[test]
fn a_report_says_through_what_a_scope_is_held() {
    let toml = file("explain.toml", TOML);
    for (held, needed, code, report) in [
        (
            "admin",
            &["crashes:read"][..],
            0,
            "granted: crashes:read\nheld: admin\n+ crashes:read: admin > crashes:write > crashes:read\n",
        ),
        (
            "admin",
            &["crashes:read symbols"],
            1,
            "refused: crashes:read and symbols\nheld: admin\n\
             + crashes:read: admin > crashes:write > crashes:read\n\
             - symbols: nothing held includes it\nwould do: crashes:read symbols\n",
        ),
        (
            "symbols",
            &["crashes:read", "symbols"],
            0,
            "granted: crashes:read or symbols\nheld: symbols\n+ crashes:read or symbols: symbols\n",
        ),
        ("team_7", &["team_7"], 0, "granted: team_7\nheld: team_7\n+ team_7: team_7\n"),
        (
            "team_7",
            &["team_8"],
            1,
            "refused: team_8\nheld: team_7\n- team_8: nothing held includes it\nwould do: team_8\n",
        ),
        (
            "",
            &["symbols"],
            1,
            "refused: symbols\nheld: no scope\n- symbols: nothing held includes it\nwould do: symbols\n",
        ),
    ] {
        let mut arguments = vec!["explain", "--hierarchy", &toml, "--held", held];
        for needed in needed {
            arguments.extend(["--needed", needed]);
        }
        let ran = scopa(&arguments);
        assert_eq!((ran.code, &*ran.out, &*ran.err), (code, report, ""), "{arguments:?}");
    }
}

#[test]
fn the_same_hierarchy_in_json_says_the_same() {
    let toml = file("explain-same.toml", TOML);
    let json = file(
        "explain-same.json",
        r#"{"scopes": {"admin": ["crashes:write"], "crashes:write": ["crashes:read"], "crashes:read": [], "symbols": []}}"#,
    );
    let [one, other] = [toml, json]
        .map(|file| scopa(&["explain", "--hierarchy", &file, "--held", "admin", "--needed", "crashes:read"]));
    assert_eq!((one.code, one.out), (other.code, other.out));
}

#[test]
fn a_scope_that_is_not_declared_and_a_file_that_is_no_hierarchy_are_told() {
    let toml = file("explain-faults.toml", TOML);
    let ran = scopa(&["explain", "--hierarchy", &toml, "--held", "admin", "--needed", "crash:read"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("`crash:read`"), "{}", ran.err);
    let cycle = file("explain-unknown.toml", "[scopes]\nadmin = [\"nobody\"]\n");
    let ran = scopa(&["explain", "--hierarchy", &cycle, "--held", "admin", "--needed", "admin"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("explain-unknown.toml: ") && ran.err.contains("nobody"), "{}", ran.err);
}

#[test]
fn what_a_terminal_would_obey_in_a_file_is_shown_and_not_sent() {
    for (name, text) in
        [("hostile.toml", "[scopes]\n\u{1b}[2Ja = []\n"), ("hostile.json", "{\"\u{9b}2J\": {}}")]
    {
        let ran = scopa(&["explain", "--hierarchy", &file(name, text), "--held", "a", "--needed", "b"]);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(!ran.err.contains(['\u{1b}', '\u{9b}']), "{:?}", ran.err);
    }
}
