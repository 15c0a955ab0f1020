use std::collections::BTreeSet;
use std::fs;

use crate::{cold, faults};

fn document(name: &str) -> String {
    let path = format!("{}/../../docs/{name}.md", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(path).unwrap()
}

/// The rows of the table in docs/reliability.md whose header starts with this, cell by cell.
fn table(header: &str) -> Vec<Vec<String>> {
    let text = document("reliability");
    let rows = text.lines().skip_while(|line| !line.starts_with(header)).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.map(cells).collect()
}

#[test]
fn the_faults_of_the_document_are_those_that_are_tested() {
    let tested: Vec<_> = faults::all()
        .iter()
        .map(|fault| {
            [fault.name, "accepted", fault.unknown, &format!("`{}`", fault.outcome)]
                .map(str::to_owned)
                .to_vec()
        })
        .collect();
    assert_eq!(table("| what happens |"), tested);
    assert!(tested.len() >= 40, "{} faults", tested.len());
}

#[test]
fn the_starts_of_the_document_are_those_that_are_tested() {
    let tested: Vec<_> = cold::starts()
        .iter()
        .map(|start| {
            let (kind, outcome) = start.outcome;
            [start.name, "503", &format!("`{kind}`"), &format!("`{outcome}`")].map(str::to_owned).to_vec()
        })
        .collect();
    assert_eq!(table("| what the service finds |"), tested);
}

#[test]
fn every_code_that_the_log_may_show_is_explained() {
    let tested = faults::all().iter().map(|fault| fault.outcome).collect::<BTreeSet<_>>();
    let tested: BTreeSet<_> =
        tested.into_iter().chain(cold::starts().iter().map(|start| start.outcome.1)).collect();
    let explained: BTreeSet<String> =
        table("| code |").into_iter().map(|row| row[0].trim_matches('`').to_owned()).collect();
    let guide = document("guide/outages");
    for code in &tested {
        assert!(explained.contains(*code), "{code} is not in docs/reliability.md");
        let is_good = ["ok", "not_modified"].contains(code);
        assert!(is_good || guide.contains(&format!("`{code}`")), "{code} is not in docs/guide/outages.md");
    }
    // `address` is left: only an issuer that `build` refuses leads there.
    assert_eq!(explained.len(), tested.len() + 1, "{explained:?} {tested:?}");
}
