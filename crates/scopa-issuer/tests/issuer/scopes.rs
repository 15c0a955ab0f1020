use proptest::prelude::*;
use scopa::{Hierarchy, Scopes};
use scopa_issuer::ClientDraft;

use crate::stage::{Stage, hierarchy};

/// Asks as a client, and returns what it gets.
fn given(stage: &Stage, id: &str, scope: Option<&str>) -> String {
    let ask = [("grant_type", "client_credentials")].into_iter().chain(scope.map(|scope| ("scope", scope)));
    let answer = stage.post("/oauth2/token", id, &ask.collect::<Vec<_>>());
    let Some(token) = answer.text("access_token") else { return answer.refusal() };
    let said = stage.post("/oauth2/introspect", "web", &[("token", &token)]);
    // What is said beside the token is what the token holds.
    if let Some(told) = answer.text("scope") {
        assert_eq!(Some(told), said.text("scope"));
    }
    said.text("scope").unwrap()
}

#[test]
fn a_client_gets_what_it_asks_for_or_an_error() {
    let stage = Stage::with(|issuer| issuer.at_most_one("team_{id}"));
    let scopes = |text: &str| text.parse::<Scopes>().unwrap();
    let machine = |text: &str| ClientDraft::machine("a").scopes(scopes(text));
    stage.client("wide", machine("admin beta"));
    stage.client("some", machine("write beta").default_scopes(scopes("read")));
    stage.client("one", machine("write beta").default_scopes(scopes("beta")).exactly_one_scope());
    stage.client("deaf", machine("beta").exactly_one_scope().ignore_requested_scope());
    stage.client("teams", machine("read team_{id}"));
    for (client, asked, expected) in [
        ("wide", None, "admin beta"),
        ("wide", Some("read"), "read"),
        ("wide", Some("beta admin"), "beta admin"),
        ("wide", Some("read write beta"), "write beta"),
        ("wide", Some("beta beta"), "beta"),
        ("some", None, "read"),
        ("some", Some("write"), "write"),
        ("one", None, "beta"),
        ("one", Some("write"), "write"),
        ("one", Some("read"), "read"),
        ("one", Some("write beta"), "400 invalid_scope"),
        ("one", Some("write read"), "400 invalid_scope"),
        ("deaf", Some("admin"), "beta"),
        ("deaf", Some("a  b"), "beta"),
        ("machine", Some("team_1 write"), "team_1 write"),
        ("machine", Some("team_1 team_2"), "400 invalid_scope"),
        ("machine", None, "400 invalid_scope"),
        ("machine", Some("team_3"), "400 invalid_scope"),
        ("machine", Some("team_x"), "400 invalid_scope"),
        ("machine", Some("team_*"), "400 invalid_scope"),
        ("machine", Some("team_{id}"), "400 invalid_scope"),
        ("machine", Some("WRITE"), "400 invalid_scope"),
        ("teams", Some("team_77"), "team_77"),
        ("teams", Some("team_77 team_78"), "400 invalid_scope"),
        ("teams", Some("team_{id}"), "400 invalid_scope"),
        ("teams", Some("team_77777"), "400 invalid_scope"),
        ("teams", None, "read"),
    ] {
        assert_eq!(given(&stage, client, asked), expected, "{client} {asked:?}");
    }
}

#[test]
fn of_many_scopes_none_is_looked_at() {
    let stage = Stage::new();
    stage.client("teams", ClientDraft::machine("a").scopes("team_{id}".parse().unwrap()));
    let teams = |most: usize| (0..most).map(|team| format!("team_{team}")).collect::<Vec<_>>().join(" ");
    assert_eq!(given(&stage, "teams", Some(&teams(128))), teams(128));
    assert_eq!(given(&stage, "teams", Some(&teams(129))), "400 invalid_scope");
}

/// Names, and which of them include which.
fn hierarchies() -> impl Strategy<Value = Hierarchy> {
    // An edge goes to a later name: no cycles.
    proptest::collection::vec((0usize..6, 0usize..6), 0..10).prop_map(|edges| {
        let mut drawn = hierarchy().to_builder().scopes(NAMES).template("t_{id}", "[0-9]+");
        for (from, to) in edges.into_iter().filter(|(from, to)| from < to) {
            drawn = drawn.includes(NAMES[from], [NAMES[to]]);
        }
        drawn.build().unwrap()
    })
}

fn some(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::sample::subsequence(of, 0..=of.len()).prop_map(|scopes| scopes.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_issued_never_exceeds_what_the_client_holds(
        hierarchy in hierarchies(),
        held in some(&["a", "b", "c", "d", "e", "f", "t_1", "t_{id}"]),
        asked in some(&["a", "b", "c", "d", "e", "f", "t_1", "t_2", "t_{id}", "unknown"]),
    ) {
        let stage = Stage::with(|issuer| issuer.hierarchy(hierarchy.clone()));
        stage.client("client", ClientDraft::machine("a").scopes(held.parse().unwrap()));
        let outcome = given(&stage, "client", Some(&*asked).filter(|asked| !asked.is_empty()));
        if outcome == "400 invalid_scope" {
            return Ok(());
        }
        let issued: Scopes = outcome.parse().unwrap();
        let opens = |by: &Scopes, need: &str| by.iter().any(|scope| hierarchy.covers(scope, need));
        for need in NAMES.into_iter().chain(["t_1", "t_2"]) {
            let is_held = opens(&held.parse().unwrap(), need) || (need.starts_with("t_") && held.contains("t_{id}"));
            prop_assert!(!opens(&issued, need) || is_held, "{} opens {}, {} does not", issued, need, held);
            // And what was asked for is what was given.
            if !asked.is_empty() {
                prop_assert_eq!(opens(&issued, need), opens(&asked.parse().unwrap(), need), "{} {}", issued, need);
            }
        }
    }
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
