//! The scopes of four real services, as tests of the model.

use super::*;

fn passes(hierarchy: &Hierarchy, held: &str, policy: &Policy) -> bool {
    let scopes: Scopes = held.parse().unwrap();
    let grants = hierarchy.close(&scopes, std::iter::empty());
    policy.check(hierarchy, &grants, &scopes, &[]).unwrap() == Verdict::Granted
}

fn challenge(hierarchy: &Hierarchy, held: &str, policy: &Policy) -> String {
    let scopes: Scopes = held.parse().unwrap();
    let grants = hierarchy.close(&scopes, std::iter::empty());
    match policy.check(hierarchy, &grants, &scopes, &[]).unwrap() {
        Verdict::Scopes(scopes) => scopes.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn bugsplat_has_siblings_under_one_top() {
    let hierarchy = Hierarchy::builder()
        .scopes(["unrestricted", "symbols", "restricted"])
        .includes("unrestricted", ["symbols", "restricted"])
        .build()
        .unwrap();
    for (held, needed, covered) in [
        ("unrestricted", "symbols", true),
        ("unrestricted", "restricted", true),
        ("restricted", "symbols", false),
        ("symbols", "restricted", false),
        ("symbols", "unrestricted", false),
        ("restricted", "unrestricted", false),
        ("symbols restricted", "unrestricted", false),
    ] {
        assert_eq!(passes(&hierarchy, held, &Policy::from(needed)), covered, "{held} for {needed}");
        if !covered {
            assert_eq!(challenge(&hierarchy, held, &Policy::from(needed)), needed);
        }
    }
}

#[test]
fn opsduty_has_two_apis_side_by_side_and_a_prefix_only_where_it_is_declared() {
    let siblings = Hierarchy::builder().scopes(["api", "api:v1"]);
    let nested = siblings.clone().prefix("api", ':').build().unwrap();
    let siblings = siblings.build().unwrap();
    for (held, needed, as_siblings, as_nested) in [
        ("api", "api", true, true),
        ("api:v1", "api:v1", true, true),
        ("api", "api:v1", false, true),
        ("api:v1", "api", false, false),
        ("api:", "api:v1", false, false),
        ("api:v1:x", "api:v1", false, false),
    ] {
        assert_eq!(passes(&siblings, held, &Policy::from(needed)), as_siblings, "{held} for {needed}");
        assert_eq!(passes(&nested, held, &Policy::from(needed)), as_nested, "{held} for {needed}");
    }
}

#[test]
fn bipsync_binds_a_team_and_inserts_a_scope_in_the_middle_of_a_name() {
    let hierarchy = Hierarchy::builder()
        .scopes(["rest_api:read", "rest_api:fields:read", "rest_api:write", "fields:read", "projects:read"])
        .scopes(["tasks:read"])
        .includes("rest_api:read", ["rest_api:fields:read"])
        .template("team_{id}", "[0-9a-f]{24}")
        .build()
        .unwrap();
    let (ours, theirs) = ("65df73340142feec34d7d6ee", "65df73340142feec34d7d6ef");
    let team = |id: &str| Policy::bound("team_{id}", id);
    for (held, policy, covered) in [
        ("rest_api:read", Policy::from("rest_api:fields:read"), true),
        ("rest_api:fields:read", Policy::from("rest_api:read"), false),
        ("rest_api:write", Policy::from("rest_api:read"), false),
        ("rest_api:write", Policy::from("rest_api:fields:read"), false),
        ("rest_api:read", Policy::from("rest_api:write"), false),
        ("rest_api", Policy::from("rest_api:read"), false),
        ("rest_api:fields:read", Policy::from("fields:read"), false),
        ("fields:read", Policy::from("rest_api:fields:read"), false),
        ("team_65df73340142feec34d7d6ee rest_api:read", team(ours).and("rest_api:read"), true),
        ("team_65df73340142feec34d7d6ee rest_api:read", team(ours).and("rest_api:fields:read"), true),
        ("team_65df73340142feec34d7d6ee", team(ours).and("rest_api:read"), false),
        ("rest_api:read", team(ours).and("rest_api:read"), false),
        ("team_65df73340142feec34d7d6ee rest_api:read", team(theirs).and("rest_api:read"), false),
        ("team_65df73340142feec34d7d6ee", team("65DF73340142FEEC34D7D6EE"), false),
        ("team_65DF73340142FEEC34D7D6EE", team(ours), false),
        ("team_65df73340142feec34d7d6e", team(ours), false),
        ("team_*", team(ours), false),
        ("team_{id}", team(ours), false),
        ("team_*", team("*"), false),
        ("projects:read tasks:read", Policy::all_of(["projects:read", "tasks:read"]), true),
    ] {
        assert_eq!(passes(&hierarchy, held, &policy), covered, "{held} for {policy}");
    }
    // One challenge names all that is needed, what is held already included.
    for (held, policy, named) in [
        (
            "team_65df73340142feec34d7d6ee rest_api:read",
            team(theirs).and("rest_api:read"),
            "rest_api:read team_65df73340142feec34d7d6ef",
        ),
        ("projects:read", Policy::all_of(["projects:read", "tasks:read"]), "projects:read tasks:read"),
    ] {
        assert_eq!(challenge(&hierarchy, held, &policy), named);
    }
}

/// A policy's name, its scopes and its permissions: any of each will do.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

const WORKFLOPLUS: &[Row] = &[
    ("Client_Admin", &["team.admin"], &["OWNER"]),
    ("Job_Modify", &["job.modify", "job.admin"], &["OWNER"]),
    ("Job_Read", &["job.read", "job.read_all", "job.admin"], &["OWNER", "ADMIN"]),
    ("Job_ReadAll", &["job.read_all", "job.modify", "job.admin"], &["OWNER", "ADMIN"]),
    ("Query_Admin", &["query.admin"], &["OWNER", "ADMIN"]),
    ("Query_Read", &["query.read", "query.admin"], &["OWNER", "ADMIN"]),
    ("Reports_Admin", &["reports.admin"], &["OWNER", "ADMIN"]),
    ("Reports_Create", &["reports.create", "reports.admin"], &["OWNER", "ADMIN", "EDITOR"]),
    ("Reports_Modify", &["reports.modify", "reports.admin"], &["OWNER", "ADMIN"]),
    ("Reports_Read", &["reports.read", "reports.create", "reports.admin"], &["OWNER", "ADMIN", "EDITOR"]),
    ("Schedule_Admin", &["schedule.admin"], &["OWNER", "ADMIN"]),
    ("Schedule_Read", &["schedule.read", "schedule.read_all", "schedule.admin"], &["OWNER", "ADMIN"]),
    ("Schedule_ReadAll", &["schedule.read_all", "schedule.admin"], &["OWNER", "ADMIN"]),
    ("Spoke_Client", &["spoke.client"], &["SPOKE"]),
    ("Team_Admin", &["team.admin"], &["OWNER", "ADMIN"]),
    ("TeamSettings_Admin", &["teamsettings.admin"], &["OWNER", "ADMIN"]),
    (
        "TeamSettings_Read",
        &["teamsettings.read", "teamsettings.admin"],
        &["OWNER", "ADMIN", "EDITOR", "APPROVER"],
    ),
    ("Trigger_Admin", &["trigger.admin"], &["OWNER", "ADMIN"]),
    ("Trigger_Execute", &["workflow.execute", "workflow.admin"], &["OWNER", "ADMIN"]),
    ("Trigger_Read", &["trigger.read", "trigger.admin"], &["OWNER", "ADMIN"]),
    ("Workflow_Admin", &["workflow.admin"], &["OWNER", "ADMIN"]),
    ("Workflow_Approve", &["workflow.approve"], &["APPROVER"]),
    ("Workflow_Create", &["workflow.create", "workflow.admin"], &["OWNER", "ADMIN", "EDITOR"]),
    ("Workflow_Delete", &["workflow.delete", "workflow.admin"], &["OWNER", "ADMIN", "EDITOR"]),
    ("Workflow_Execute", &["workflow.execute"], &[]),
    ("Workflow_Modify", &["workflow.modify", "workflow.admin"], &["OWNER", "ADMIN", "EDITOR"]),
    (
        "Workflow_Read",
        &["workflow.read", "workflow.execute", "workflow.admin", "spoke.client"],
        &["OWNER", "ADMIN", "EDITOR", "APPROVER", "SPOKE"],
    ),
];

const PREFIX: &str = "https://www.workfloplus.com/auth/";
const PERMISSIONS: [&str; 5] = ["OWNER", "ADMIN", "EDITOR", "APPROVER", "SPOKE"];

fn workfloplus() -> Hierarchy {
    let edges = [
        ("job.admin", &["job.modify", "job.read_all"][..]),
        ("job.read_all", &["job.read"]),
        ("query.admin", &["query.read"]),
        ("reports.admin", &["reports.create", "reports.modify"]),
        ("reports.create", &["reports.read"]),
        ("trigger.admin", &["trigger.read"]),
        ("schedule.admin", &["schedule.read_all"]),
        ("schedule.read_all", &["schedule.read"]),
        ("teamsettings.admin", &["teamsettings.read"]),
        ("workflow.admin", &["workflow.read", "workflow.create", "workflow.delete", "workflow.modify"]),
        ("workflow.execute", &["workflow.read"]),
        ("spoke.client", &["workflow.read"]),
    ];
    let full = |name: &str| format!("{PREFIX}{name}");
    let mut builder = Hierarchy::builder().scopes(scopes().map(full)).permissions(PERMISSIONS);
    for (scope, included) in edges {
        builder = builder.includes(full(scope), included.iter().map(|name| full(name)));
    }
    builder.build().unwrap()
}

/// Every scope that some policy lists, once.
fn scopes() -> impl Iterator<Item = &'static str> {
    let mut all: Vec<&str> = WORKFLOPLUS.iter().flat_map(|(_, scopes, _)| scopes.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter()
}

/// A policy of the service: its first scope, for the edges say the rest; where they cannot, all of them.
fn policy(name: &str, scopes: &[&str], permissions: &[&'static str]) -> Policy {
    let needs = if matches!(name, "Job_ReadAll" | "Trigger_Execute") { scopes } else { &scopes[..1] };
    let scopes = Policy::any_of(needs.iter().map(|scope| format!("{PREFIX}{scope}")));
    // `Workflow_Execute` lists no permission, and none is asked for.
    if permissions.is_empty() {
        return scopes;
    }
    scopes.and(Policy::any_permission(permissions.iter().copied()))
}

#[test]
fn workfloplus_comes_out_as_listed_in_every_cell() {
    let hierarchy = workfloplus();
    assert_eq!((WORKFLOPLUS.len(), scopes().count()), (27, 26));
    let mut cells = 0;
    for (name, any_scope, any_permission) in WORKFLOPLUS {
        let policy =
            policy(name, any_scope, any_permission).resolve(&[(String::new(), hierarchy.clone())]).unwrap();
        for (scope, permission) in scopes().flat_map(|scope| PERMISSIONS.map(|p| (scope, p))) {
            let held: Scopes = format!("{PREFIX}{scope}").parse().unwrap();
            let grants = hierarchy.close(&held, [permission].into_iter());
            let verdict = policy.check(&hierarchy, &grants, &held, &[]).unwrap();
            let may = any_permission.is_empty() || any_permission.contains(&permission);
            let cell = format!("{name} with {scope} and {permission}: {verdict:?}");
            assert_eq!(verdict == Verdict::Granted, any_scope.contains(&scope) && may, "{cell}");
            // No scope could help where the permission is missing, and the challenge names one of the list.
            match verdict {
                Verdict::Granted => {}
                Verdict::Permission => assert!(!may, "{cell}"),
                Verdict::Scopes(named) => {
                    let listed = any_scope.iter().any(|scope| *named.as_str() == *format!("{PREFIX}{scope}"));
                    assert!(may && listed, "{cell}");
                }
                Verdict::Unbound(_) => panic!("{cell}"),
            }
            cells += 1;
        }
    }
    assert_eq!(cells, 27 * 26 * 5);
}

#[test]
fn workfloplus_gives_nothing_to_a_scope_or_a_permission_alone() {
    let hierarchy = workfloplus();
    let all: Scopes =
        scopes().map(|scope| format!("{PREFIX}{scope}")).collect::<Vec<_>>().join(" ").parse().unwrap();
    // Names of permissions that stand among the scopes are scopes nobody declared.
    let misplaced: Scopes = PERMISSIONS.join(" ").parse().unwrap();
    for (name, any_scope, any_permission) in WORKFLOPLUS {
        let policy = policy(name, any_scope, any_permission);
        let check = |scopes: &Scopes, permissions: &[&str]| {
            let grants = hierarchy.close(scopes, permissions.iter().copied());
            policy.check(&hierarchy, &grants, scopes, &[]).unwrap() == Verdict::Granted
        };
        assert!(check(&all, &PERMISSIONS), "{name}");
        assert_eq!(check(&all, &[]), any_permission.is_empty(), "{name}");
        assert!(!check(&misplaced, &PERMISSIONS), "{name}");
        let scopes_as_permissions: Vec<&str> = all.iter().collect();
        assert_eq!(check(&all, &scopes_as_permissions), any_permission.is_empty(), "{name}");
    }
}
