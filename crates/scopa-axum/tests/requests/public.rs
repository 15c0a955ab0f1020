use axum::Router;
use axum::routing::get;
use scopa_axum::{Authorized, Guard, protect_all};
use scopa_testing::TestIssuer;

use crate::kit::*;

/// Method, path, status without a token.
type Case = (&'static str, &'static str, u16);

async fn inside() -> &'static str {
    "inside"
}

fn app() -> Router {
    let api = Router::new().route("/health", get(inside)).route("/a", get(inside));
    Router::new()
        .route("/health", get(inside).post(inside))
        .route("/version", get(inside).post(inside))
        .route("/users/{id}", get(inside).delete(inside))
        .route("/files/{*path}", get(inside))
        .nest("/api", api)
        .nest_service("/static", Router::<()>::new().route("/page", get(inside)))
        .fallback(inside)
}

#[tokio::test]
async fn a_public_route_is_named_as_the_router_names_it() {
    let rows: &[(&str, &[Case])] = &[
        (
            "/health",
            &[
                ("GET", "/health", 200),
                ("HEAD", "/health", 200),
                ("POST", "/health", 401),
                ("PUT", "/health", 401),
                ("OPTIONS", "/health", 401),
                ("GET", "/health?all", 200),
                ("GET", "/health/", 401),
                ("GET", "//health", 401),
                ("GET", "/HEALTH", 401),
                ("GET", "/%68ealth", 401),
                ("GET", "/version", 401),
                ("GET", "/api/health", 401),
                ("GET", "/unknown", 401),
                ("GET", "/", 401),
            ],
        ),
        (
            "GET /version",
            &[
                ("GET", "/version", 200),
                ("HEAD", "/version", 200),
                ("POST", "/version", 401),
                ("PUT", "/version", 401),
                ("OPTIONS", "/version", 401),
            ],
        ),
        ("POST /version", &[("POST", "/version", 200), ("GET", "/version", 401), ("HEAD", "/version", 401)]),
        ("HEAD /version", &[("HEAD", "/version", 200), ("GET", "/version", 401)]),
        ("get /version", &[("GET", "/version", 401)]),
        ("GET  /version", &[("GET", "/version", 401)]),
        (
            "GET /users/{id}",
            &[("GET", "/users/7", 200), ("DELETE", "/users/7", 401), ("GET", "/users/7/keys", 401)],
        ),
        ("/users/7", &[("GET", "/users/7", 401)]),
        ("/users/{name}", &[("GET", "/users/7", 401), ("GET", "/users/{name}", 401)]),
        ("/files/{*path}", &[("GET", "/files/a/b", 200), ("GET", "/users/7", 401)]),
        ("/files", &[("GET", "/files/a", 401)]),
        ("/api/health", &[("GET", "/api/health", 200), ("GET", "/health", 401), ("GET", "/api/a", 401)]),
        ("/unknown", &[("GET", "/unknown", 401)]),
        ("/static", &[("GET", "/static/page", 401), ("GET", "/static/", 401)]),
        ("/static/page", &[("GET", "/static/page", 401)]),
        ("", &[("GET", "/", 401), ("GET", "/unknown", 401)]),
        ("*", &[("GET", "/health", 401)]),
    ];
    let issuer = TestIssuer::new();
    let auth = validator(&issuer);
    for (public, cases) in rows {
        let app = protect_all(app(), Guard::new(auth.clone()).public([public])).unwrap();
        for (method, path, status) in *cases {
            let answer = ask(&app, method, path, &[]).await;
            assert_eq!(answer.status, *status, "`{public}` is public: {method} {path}");
        }
    }
}

#[tokio::test]
async fn without_public_routes_everything_is_guarded() {
    let issuer = TestIssuer::new();
    let app = protect_all(app(), Guard::new(validator(&issuer))).unwrap();
    let token = issuer.token().bearer();
    for path in ["/health", "/users/7", "/files/a", "/api/a", "/static/page", "/unknown", "/"] {
        for method in ["GET", "HEAD", "POST", "OPTIONS", "QUERY"] {
            assert_eq!(status(&app, method, path).await, 401, "{method} {path}");
        }
        assert_eq!(ask(&app, "GET", path, &[&token]).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn what_is_mounted_afterwards_is_open() {
    let guarded = Router::new().route("/a", get(inside));
    let app = protect_all(guarded, Guard::new(validator(&TestIssuer::new())))
        .unwrap()
        .nest_service("/static", Router::<()>::new().route("/page", get(inside)));
    assert_eq!(status(&app, "GET", "/static/page").await, 200);
    assert_eq!(status(&app, "GET", "/a").await, 401);
}

#[tokio::test]
async fn the_names_are_those_of_the_outermost_router() {
    let auth = validator(&TestIssuer::new());
    let inner = Router::new().route("/health", get(inside)).route("/a", get(inside));
    let nested = |public: &'static str| {
        Router::new()
            .nest("/api", protect_all(inner.clone(), Guard::new(auth.clone()).public([public])).unwrap())
    };
    assert_eq!(status(&nested("/health"), "GET", "/api/health").await, 401);
    assert_eq!(status(&nested("/api/health"), "GET", "/api/health").await, 200);
    assert_eq!(status(&nested("/api/health"), "GET", "/api/a").await, 401);
}

#[tokio::test]
async fn the_guard_may_ask_for_scopes() {
    let issuer = TestIssuer::new();
    let guard = Guard::new(validator(&issuer)).require(Read).unwrap();
    let app = protect_all(app(), guard.public(["/health"])).unwrap();
    for (scope, path, status) in [
        ("admin", "/users/7", 200),
        ("audit", "/users/7", 403),
        ("audit", "/unknown", 403),
        ("audit", "/health", 200),
    ] {
        let answer = ask(&app, "GET", path, &[&issuer.bearer_with(scope)]).await;
        assert_eq!(answer.status, status, "{path} with `{scope}`");
        assert_eq!(answer.challenge(), (status == 403).then_some(lacking("crashes:read").as_str()));
    }
}

#[tokio::test]
async fn an_optional_guard_refuses_bad_tokens_only() {
    let guard = Guard::new(validator(&TestIssuer::new())).optional();
    let app = protect_all(app(), guard.public(["/health"])).unwrap();
    assert_eq!(status(&app, "GET", "/users/7").await, 200);
    assert_eq!(ask(&app, "GET", "/users/7", &["Bearer forged"]).await.status, 401);
    assert_eq!(ask(&app, "GET", "/health", &["Bearer forged"]).await.status, 200);
}

#[tokio::test]
async fn a_guard_that_is_bound_to_the_path_is_an_error_at_the_start() {
    let guard = Guard::new(validator(&TestIssuer::new())).require(Team::SCOPE).unwrap();
    let error = protect_all(app(), guard).unwrap_err();
    assert!(error.to_string().contains("`{id}`"), "{error}");
}

#[tokio::test]
async fn the_handler_of_a_public_route_can_ask_by_itself() {
    let issuer = TestIssuer::new();
    let auth = validator(&issuer);
    let app = Router::new()
        .route("/own", get(async |_: Authorized<Read>| "inside"))
        .route("/maybe", get(async |caller: Option<Authorized>| caller.is_some().to_string()));
    let app = protect_all(app, Guard::new(auth.clone()).public(["/own", "/maybe"])).unwrap().with_state(auth);
    assert_eq!(status(&app, "GET", "/own").await, 401);
    assert_eq!(ask(&app, "GET", "/own", &[&issuer.bearer_with("admin")]).await.status, 200);
    assert_eq!(ask(&app, "GET", "/maybe", &[]).await.body, "false");
    assert_eq!(ask(&app, "GET", "/maybe", &[&issuer.bearer_with("")]).await.body, "true");
}
