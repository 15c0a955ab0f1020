use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use scopa_axum::{Authorized, Hierarchy, Policy, Requirement};
use scopa_testing::TestIssuer;

use crate::kit::*;

const MISCONFIGURED: &str = r#"{"error":"server_error","error_description":"the service is misconfigured"}"#;

async fn team(Path(id): Path<String>, _: Authorized<Team>) -> String {
    id
}

#[tokio::test]
async fn a_template_is_bound_to_the_path() {
    let issuer = TestIssuer::new();
    let app = Router::new()
        .route("/teams/{id}", get(async |_: Authorized<Team>| "in"))
        .nest("/orgs/{org}", Router::new().route("/teams/{id}", get(async |_: Authorized<Team>| "in")))
        .with_state(validator(&issuer));
    for (path, scope, status, challenge) in [
        ("/teams/7", "team_7", 200, None),
        ("/teams/7", "team_8 team_7", 200, None),
        ("/teams/8", "team_7", 403, Some(lacking("team_8"))),
        ("/teams/7", "", 403, Some(lacking("team_7"))),
        ("/teams/7", "admin", 403, Some(lacking("team_7"))),
        ("/orgs/7/teams/8", "team_8", 200, None),
        ("/orgs/7/teams/8", "team_7", 403, Some(lacking("team_8"))),
        // The value is that of the handler: percent-decoded, once.
        ("/teams/%37", "team_7", 200, None),
        ("/teams/%38", "team_7", 403, Some(lacking("team_8"))),
        ("/teams/%2537", "team_7", 403, Some(lacking(""))),
        // No scope can hold these, so none is named.
        ("/teams/7%2F8", "team_7 team_8", 403, Some(lacking(""))),
        ("/teams/7%20team_8", "team_7 team_8", 403, Some(lacking(""))),
        ("/teams/%7Bid%7D", "team_{id}", 403, Some(lacking(""))),
        ("/teams/*", "team_*", 403, Some(lacking(""))),
        ("/teams/%22", "team_7", 403, Some(lacking(""))),
        ("/teams/%FF", "team_7 team_%FF", 403, Some(lacking(""))),
    ] {
        let answer = ask(&app, "GET", path, &[&issuer.bearer_with(scope)]).await;
        assert_eq!(answer.status, status, "{path} with `{scope}`");
        assert_eq!(answer.challenge(), challenge.as_deref(), "{path} with `{scope}`");
        assert_eq!(ask(&app, "GET", path, &[]).await.challenge(), Some(MISSING), "{path}");
    }
}

#[tokio::test]
async fn the_policy_and_the_handler_see_the_same_value() {
    let issuer = TestIssuer::new();
    let app = Router::new().route("/teams/{id}", get(team)).with_state(validator(&issuer));
    let answer = ask(&app, "GET", "/teams/%37", &[&issuer.bearer_with("team_7")]).await;
    assert_eq!(answer.body, "7");
}

#[tokio::test]
async fn a_path_without_the_value_is_the_services_fault() {
    let issuer = TestIssuer::new();
    let guarded = || get(async |_: Authorized<Team>| "in");
    let app = Router::new()
        .route("/none", guarded())
        .route("/teams/{team}", guarded())
        // Two of the name: the outer or the inner team?
        .nest("/twice/{id}", Router::new().route("/{id}", guarded()))
        .fallback(async |_: Authorized<Team>| "in")
        .with_state(validator(&issuer));
    for path in ["/none", "/teams/7", "/twice/7/8", "/twice/8/7", "/twice/7/7", "/unknown"] {
        let answer = ask(&app, "GET", path, &[&issuer.bearer_with("team_7")]).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (500, MISCONFIGURED), "{path}");
        assert_eq!(answer.challenge(), None, "{path}");
        assert_eq!(ask(&app, "GET", path, &[]).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn several_placeholders_are_bound_by_name() {
    struct Member;

    impl Requirement for Member {
        fn policy() -> Policy {
            Policy::from("org_{org}").and("team_{id}")
        }
    }

    let issuer = TestIssuer::new();
    let hierarchy = Hierarchy::builder().template("org_{org}", "").template("team_{id}", "").build().unwrap();
    let app = Router::new()
        .route("/{id}/of/{org}", get(async |_: Authorized<Member>| "in"))
        .with_state(issuer.validator().hierarchy(hierarchy).build().unwrap());
    for (scope, status) in
        [("org_1 team_2", 200), ("org_2 team_1", 403), ("org_1", 403), ("org_1 org_2 team_1", 403)]
    {
        let answer = ask(&app, "GET", "/2/of/1", &[&issuer.bearer_with(scope)]).await;
        assert_eq!(answer.status, status, "{scope}");
    }
}
