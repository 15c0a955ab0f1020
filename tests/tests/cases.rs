//! One table of requests, through tower on hyper, axum and actix-web, over real HTTP.
//!
//! A row says what every server must answer: status, challenges, body, content type, `Cache-Control` and
//! `Retry-After`, to the byte, and which line stands in the log. Rows are added in the modules of `cases/`.

#[cfg(test)]
#[path = "cases/mod.rs"]
mod table;

use std::collections::{BTreeMap, BTreeSet};

use table::{Case, get, paths_in_other_spellings, refused_by_http, servers, table};

#[test]
fn every_row_is_answered_alike_by_all_three_servers() {
    let servers = servers();
    let mut complaints = Vec::new();
    // The second time most tokens that are accepted are remembered, and nothing about the answer may tell.
    let rows = table(&servers.issuer);
    let times = ["first", "again"].into_iter().flat_map(|time| rows.iter().map(move |row| (time, row)));
    for (time, Case { group, name, request, want }) in times {
        let outcomes = servers.ask(request);
        let mut answers = Vec::new();
        for outcome in outcomes {
            let mut complain = |what: String| {
                complaints.push(format!("{group}: {name}: {time}: {}: {what}", outcome.server))
            };
            let Some(received) = outcome.received else {
                complain("closed the connection".into());
                continue;
            };
            if received.answer != want.answer {
                complain(format!("expected {:?}\n    got {:?}", want.answer, received.answer));
            }
            want.fault_in(&outcome.log).into_iter().for_each(&mut complain);
            if let Some(secret) = request.secret() {
                let told = [received.text.as_str(), &outcome.log.join("\n")]
                    .iter()
                    .any(|text| text.contains(&secret));
                told.then(|| complain("tells the token".into()));
            }
            let text = received.text.to_ascii_lowercase();
            for mark in ["\r\nx-injected", "\r\nset-cookie", "panicked"] {
                text.contains(mark).then(|| complain(format!("holds {mark:?}")));
            }
            answers.push((outcome.server, received.answer));
        }
        if answers.windows(2).any(|pair| pair[0].1 != pair[1].1) {
            complaints.push(format!("{group}: {name}: {time}: the servers differ: {answers:?}"));
        }
    }
    let first: Vec<&str> = complaints.iter().take(20).map(String::as_str).collect();
    assert!(first.is_empty(), "{} complaints, first of all:\n{}", complaints.len(), first.join("\n"));
}

#[test]
fn a_challenge_is_worth_following() {
    let servers = servers();
    let mut followed = BTreeSet::new();
    for Case { group, name, request, want } in table(&servers.issuer) {
        // The names of these routes say that scopes stand in another claim there.
        let elsewhere = ["/scp", "/roles", "/publish", "/alpha-or-owner"].contains(&request.target());
        let Some(scope) = want.scope().filter(|_| !elsewhere) else { continue };
        if !followed.insert((request.target().to_owned(), scope.to_owned())) {
            continue;
        }
        let again = get(request.target()).bearer(servers.issuer.token().scope(scope).sign());
        for outcome in servers.ask(&again) {
            let status = outcome.received.unwrap().answer.status;
            assert_eq!(status, 200, "{group}: {name}: {}: refused with exactly {scope:?}", outcome.server);
        }
    }
    assert!(followed.len() >= 20, "only {} challenges: {followed:?}", followed.len());
}

#[test]
fn what_is_no_http_never_gets_a_page() {
    let servers = servers();
    for (name, request) in refused_by_http(&servers.issuer) {
        for outcome in servers.ask(&request) {
            // `None`: closed without a word.
            let status = outcome.received.map(|received| received.answer.status);
            assert!(matches!(status, None | Some(400 | 401 | 431)), "{name}: {}: {status:?}", outcome.server);
        }
    }
}

#[test]
fn another_spelling_of_a_path_is_no_way_in() {
    let servers = servers();
    for path in paths_in_other_spellings() {
        for outcome in servers.ask(&get(path)) {
            let status = outcome.received.unwrap().answer.status;
            assert!(matches!(status, 400 | 401 | 404), "{path}: {}: {status}", outcome.server);
        }
    }
}

#[test]
fn the_same_token_is_good_until_the_clock_passes_its_end() {
    let servers = servers();
    let clock = servers.issuer.clock();
    let start = scopa::Clock::now(&clock);
    let request = get("/any").bearer(servers.issuer.token().claim("exp", start + 60).sign());
    for (seconds, status) in [(0, 200), (60, 200), (89, 200), (90, 401), (3600, 401), (0, 200)] {
        clock.set(start + seconds);
        for outcome in servers.ask(&request) {
            assert_eq!(outcome.received.unwrap().answer.status, status, "{} s: {}", seconds, outcome.server);
        }
    }
    clock.set(start);
}

#[test]
fn the_table_is_long_and_names_no_row_twice() {
    let cases = table(&scopa_testing::TestIssuer::new());
    let mut count = BTreeMap::<&str, usize>::new();
    let mut names = BTreeSet::new();
    for case in &cases {
        *count.entry(case.group).or_default() += 1;
        assert!(names.insert((case.group, &case.name)), "{}: {} stands there twice", case.group, case.name);
    }
    for (group, number) in &count {
        println!("{number:4} {group}");
    }
    println!("{:4} rows, each through three servers", cases.len());
    assert!(cases.len() >= 150, "{} rows", cases.len());
    assert!(count.values().all(|number| *number >= 5), "{count:?}");
}

#[test]
fn every_reason_for_a_bad_token_has_a_row() {
    let wants: String =
        table(&scopa_testing::TestIssuer::new()).iter().map(|case| format!("{:?}", case.want)).collect();
    for reason in REASONS {
        assert!(wants.contains(&format!("reason=\\\"{reason}\\\"")), "no row for {reason}");
    }
}

/// The codes of `scopa::InvalidToken`.
const REASONS: [&str; 24] = [
    "too_long",
    "not_a_jwt",
    "encrypted",
    "unsecured",
    "algorithm_not_allowed",
    "header_not_allowed",
    "unknown_key",
    "key_algorithm_mismatch",
    "bad_signature",
    "wrong_type",
    "not_an_access_token",
    "sender_constrained",
    "missing_claim",
    "malformed_claim",
    "wrong_issuer",
    "wrong_audience",
    "wrong_client",
    "wrong_claim",
    "inactive",
    "revoked",
    "expired",
    "not_yet_valid",
    "too_old",
    "foreign_access",
];
