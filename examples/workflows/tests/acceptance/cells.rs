use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use example_workflows::{Permission, hierarchy, policies};
use scopa_systems::Outcome;
use scopa_testing::TestIssuer;
use serde::Deserialize;

use crate::stage::{PREFIX, named};

#[derive(Deserialize)]
struct Table {
    scope_prefix: String,
    scopes: Vec<String>,
    permissions: Vec<String>,
    policies: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    policy: String,
    any_scope: Vec<String>,
    any_permission: Vec<String>,
}

/// Compares each policy with the published table, for each scope and each permission. Returns how many cells that were.
pub(crate) fn all_agree() -> Outcome<usize> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/workfloplus-policies.json");
    let table: Table = serde_json::from_str(&fs::read_to_string(file)?)?;
    assert_eq!(table.scope_prefix, PREFIX);
    assert!(Permission::ALL.iter().map(|one| one.as_str()).eq(table.permissions.iter().map(|one| &**one)));
    let hierarchy = hierarchy()?;
    let mut declared: Vec<&str> = hierarchy.scopes().filter_map(|scope| scope.strip_prefix(PREFIX)).collect();
    declared.sort_unstable();
    assert_eq!(declared, table.scopes);
    let ours: BTreeMap<_, _> = policies::all().into_iter().collect();
    let theirs: BTreeMap<_, _> = table.policies.iter().map(|row| (&*row.policy, row)).collect();
    assert!(ours.keys().eq(theirs.keys()));

    let issuer = TestIssuer::new();
    let auth = issuer.validator().hierarchy(hierarchy).build()?;
    let mut cells = 0;
    for scope in &table.scopes {
        let bearer = issuer.bearer_with(&named(scope));
        let access =
            auth.authenticate([bearer.as_bytes()]).now_or_later().map_err(|_| "keys are at hand")??;
        for permission in &table.permissions {
            let access = access.with_permissions([permission]);
            for (name, row) in &theirs {
                let asks_for_none = row.any_permission.is_empty();
                let expected = row.any_scope.contains(scope)
                    && (asks_for_none || row.any_permission.contains(permission));
                let policy = ours[name].clone();
                assert_eq!(access.holds(policy)?, expected, "{name}: {scope}, {permission}");
                cells += 1;
            }
        }
        // With no permission at all: only where none is asked for.
        for (name, row) in &theirs {
            let expected = row.any_scope.contains(scope) && row.any_permission.is_empty();
            assert_eq!(access.holds(ours[name].clone())?, expected, "{name}: {scope} alone");
        }
    }
    Ok(cells)
}

#[test]
fn each_policy_is_met_by_what_the_published_table_lists_and_by_nothing_else() -> Outcome {
    assert_eq!(all_agree()?, 27 * 26 * 5);
    Ok(())
}
