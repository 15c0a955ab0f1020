use axum::Router;
use axum::extract::FromRef;
use axum::routing::{any, get, post};
use scopa_axum::{Access, AnyOf, Authorized, Policy, Rejection, Requirement, Validator};
use scopa_testing::TestIssuer;

use crate::kit::*;

struct Undeclared;

impl Requirement for Undeclared {
    fn policy() -> Policy {
        Policy::from("crashes:raed")
    }
}

fn app(issuer: &TestIssuer) -> Router {
    Router::new()
        .route("/", get(async |caller: Authorized| caller.subject().unwrap_or("?").to_owned()))
        .route("/read", get(async |_: Authorized<Read>| "read"))
        .route("/both", post(async |_: Authorized<(Write, Audit)>| "both"))
        .route("/either", get(async |_: Authorized<AnyOf<(Admin, Audit)>>| "either"))
        .route("/two", get(async |_: Authorized<Read>, _: Authorized<Audit>| "two"))
        .route("/undeclared", get(async |_: Authorized<Undeclared>| "undeclared"))
        .route("/any", any(async |_: Authorized| "any"))
        .with_state(validator(issuer))
}

#[tokio::test]
async fn the_signature_of_the_handler_is_the_policy() {
    let issuer = TestIssuer::new();
    let app = app(&issuer);
    let none = lacking("crashes:read");
    for (method, path, scope, status, challenge) in [
        ("GET", "/", "", 200, None),
        ("GET", "/", "unknown", 200, None),
        ("GET", "/read", "crashes:read", 200, None),
        ("GET", "/read", "crashes:write", 200, None),
        ("GET", "/read", "audit admin", 200, None),
        ("GET", "/read", "", 403, Some(none.clone())),
        ("GET", "/read", "audit crashes", 403, Some(none)),
        ("POST", "/both", "admin audit", 200, None),
        ("POST", "/both", "admin", 403, Some(lacking("audit crashes:write"))),
        ("GET", "/either", "audit", 200, None),
        ("GET", "/either", "crashes:write", 403, Some(lacking("audit"))),
        ("GET", "/two", "crashes:read audit", 200, None),
        ("GET", "/two", "crashes:read", 403, Some(lacking("audit"))),
        ("HEAD", "/read", "crashes:read", 200, None),
        ("HEAD", "/read", "audit", 403, Some(lacking("crashes:read"))),
    ] {
        let answer = ask(&app, method, path, &[&issuer.bearer_with(scope)]).await;
        assert_eq!(answer.status, status, "{method} {path} with `{scope}`");
        assert_eq!(
            sorted(answer.challenge()),
            sorted(challenge.as_deref()),
            "{method} {path} with `{scope}`"
        );
    }
}

/// The order in which a challenge lists scopes is not part of what it says.
fn sorted(challenge: Option<&str>) -> Option<Vec<String>> {
    let (text, scopes) = challenge?.split_once(" scope=").unwrap_or((challenge?, ""));
    let mut words: Vec<String> = scopes.trim_matches('"').split(' ').map(str::to_owned).collect();
    words.sort();
    words.push(text.to_owned());
    Some(words)
}

#[tokio::test]
async fn bad_credentials_are_told_apart() {
    let issuer = TestIssuer::new();
    let app = app(&issuer);
    let good = issuer.token().bearer();
    let expired = issuer.token().expired().bearer();
    let forged = issuer.token().signed_by_a_stranger().bearer();
    let elsewhere = issuer.token().audience("https://other.example.com").bearer();
    let unsigned = issuer.token().unsigned().bearer();
    let rows: [(&[&str], u16, Option<&str>); 10] = [
        (&[], 401, Some(MISSING)),
        (&["Basic dXNlcjpwYXNz"], 401, Some(MISSING)),
        (&["Bearer"], 400, Some(MALFORMED)),
        (&[&good, &good], 400, Some(MALFORMED)),
        (&[&good, "Basic dXNlcjpwYXNz"], 400, Some(MALFORMED)),
        (&["Bearer not-a-token"], 401, Some(FORGED)),
        (&[&expired], 401, Some(FORGED)),
        (&[&forged], 401, Some(FORGED)),
        (&[&elsewhere], 401, Some(FORGED)),
        (&[&unsigned], 401, Some(FORGED)),
    ];
    for (credentials, status, challenge) in rows {
        for method in ["GET", "HEAD"] {
            let answer = ask(&app, method, "/", credentials).await;
            assert_eq!(answer.status, status, "{credentials:?}");
            assert_eq!(answer.challenge(), challenge, "{credentials:?}");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert!(!answer.body.contains("ey"), "{}", answer.body);
        }
    }
    assert_eq!(ask(&app, "GET", "/", &[&good]).await.body, "user-1");
}

#[tokio::test]
async fn the_answer_is_the_refusals_own() {
    let issuer = TestIssuer::new();
    let answer = ask(&app(&issuer), "GET", "/read", &[&issuer.bearer_with("audit")]).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.body,
        r#"{"error":"insufficient_scope","error_description":"the access token lacks the scope that is needed","scope":"crashes:read"}"#
    );
    assert_eq!(ask(&app(&issuer), "GET", "/read", &[]).await.body, "{}");
}

#[tokio::test]
async fn an_extractor_guards_every_method_of_its_handler_and_no_other() {
    let app = app(&TestIssuer::new());
    for method in ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "QUERY"] {
        assert_eq!(status(&app, method, "/any").await, 401, "{method}");
    }
    for (method, expected) in [("GET", 401), ("HEAD", 401), ("OPTIONS", 405), ("POST", 405)] {
        assert_eq!(status(&app, method, "/read").await, expected, "{method}");
    }
}

#[tokio::test]
async fn a_scope_that_is_not_declared_is_the_services_fault() {
    let issuer = TestIssuer::new();
    Log::listen();
    let answer = ask(&app(&issuer), "GET", "/undeclared", &[&issuer.bearer_with("admin crashes:raed")]).await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.challenge(), None);
    assert!(!answer.body.contains("raed"), "{}", answer.body);

    let log = Log::text();
    assert!(log.starts_with("ERROR scopa"), "{log}");
    assert!(log.contains("`crashes:raed`") && log.contains("Undeclared") && !log.contains("ey"), "{log}");
}

#[tokio::test]
async fn the_validator_can_be_a_part_of_the_state() {
    #[derive(Clone)]
    struct AppState {
        auth: Validator,
    }

    impl FromRef<AppState> for Validator {
        fn from_ref(state: &AppState) -> Self {
            state.auth.clone()
        }
    }

    let issuer = TestIssuer::new();
    let app = Router::new()
        .route("/", get(async |_: Authorized<Read>| "read"))
        .with_state(AppState { auth: validator(&issuer) });
    assert_eq!(ask(&app, "GET", "/", &[&issuer.bearer_with("admin")]).await.status, 200);
    assert_eq!(ask(&app, "GET", "/", &[&issuer.bearer_with("audit")]).await.status, 403);
}

#[tokio::test]
async fn the_handler_can_ask_for_more() {
    async fn handler(caller: Authorized<Read>) -> Result<String, Rejection> {
        caller.require(Team("7"))?;
        let access: Access = caller.clone().into_access();
        assert!(format!("{caller:?}").starts_with("Authorized(Access"));
        Ok(access.client_id().unwrap_or("?").to_owned())
    }

    let issuer = TestIssuer::new();
    let app = Router::new().route("/", get(handler)).with_state(validator(&issuer));
    let answer = ask(&app, "GET", "/", &[&issuer.bearer_with("admin team_7")]).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "client-1"));
    let answer = ask(&app, "GET", "/", &[&issuer.bearer_with("admin team_8")]).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.challenge(), Some(lacking("team_7").as_str()));
}
