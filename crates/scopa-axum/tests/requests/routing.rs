//! What a layer covers: the table in the documentation of the crate, row by row.

use axum::Router;
use axum::routing::{MethodRouter, any, get};
use scopa_axum::{Guard, ProtectLayer, protect_all};
use scopa_testing::TestIssuer;

use crate::kit::*;

async fn inside() -> &'static str {
    "inside"
}

struct Row {
    name: &'static str,
    app: Router,
    /// Method, path, and the status without a token and with one.
    cases: &'static [(&'static str, &'static str, u16, u16)],
}

const COVERED: &[(&str, &str, u16, u16)] = &[
    ("GET", "/a", 401, 200),
    ("HEAD", "/a", 401, 200),
    ("POST", "/a", 401, 405),
    ("GET", "/unknown", 401, 404),
];

fn rows(issuer: &TestIssuer) -> Vec<Row> {
    let auth = validator(issuer);
    let layer = || ProtectLayer::new(auth.clone());
    let all = |router: Router| protect_all(router, Guard::new(auth.clone()).public(["/public"])).unwrap();
    let router = || Router::new().route("/a", get(inside));
    let guarded_late = |guarded: MethodRouter| Router::new().route("/a", guarded.post(inside));
    vec![
        Row { name: "Router::layer", app: router().layer(layer()), cases: COVERED },
        Row { name: "protect_all", app: all(router()), cases: COVERED },
        Row {
            name: "Router::layer and a fallback",
            app: router().fallback(inside).layer(layer()),
            cases: &[("GET", "/a", 401, 200), ("GET", "/unknown", 401, 200)],
        },
        Row {
            name: "protect_all and a fallback",
            app: all(router().fallback(inside)),
            cases: &[("GET", "/a", 401, 200), ("GET", "/unknown", 401, 200)],
        },
        Row {
            name: "Router::route_layer",
            app: router().route_layer(layer()),
            cases: &[("GET", "/a", 401, 200), ("POST", "/a", 401, 405), ("GET", "/unknown", 404, 404)],
        },
        Row {
            name: "Router::route_layer and a fallback",
            app: router().fallback(inside).route_layer(layer()),
            cases: &[("GET", "/a", 401, 200), ("GET", "/unknown", 200, 200)],
        },
        Row {
            name: "MethodRouter::layer",
            app: guarded_late(get(inside).layer(layer())),
            cases: &[
                ("GET", "/a", 401, 200),
                ("POST", "/a", 200, 200),
                ("PUT", "/a", 401, 405),
                ("GET", "/unknown", 404, 404),
            ],
        },
        Row {
            name: "MethodRouter::route_layer",
            app: guarded_late(get(inside).route_layer(layer())),
            cases: &[("GET", "/a", 401, 200), ("POST", "/a", 200, 200), ("PUT", "/a", 405, 405)],
        },
        Row {
            name: "layer inside of nest",
            app: Router::new().nest("/api", router().layer(layer())),
            cases: &[
                ("GET", "/api/a", 401, 200),
                ("POST", "/api/a", 401, 405),
                ("GET", "/api/nope", 404, 404),
            ],
        },
        Row {
            name: "protect_all inside of nest",
            app: Router::new().nest("/api", all(router())),
            cases: &[
                ("GET", "/api/a", 401, 200),
                ("POST", "/api/a", 401, 405),
                ("GET", "/api/nope", 404, 404),
            ],
        },
        Row {
            name: "protect_all around nest",
            app: all(Router::new().nest("/api", router())),
            cases: &[("GET", "/api/a", 401, 200), ("GET", "/api/nope", 401, 404), ("GET", "/", 401, 404)],
        },
        Row {
            name: "a route after Router::layer",
            app: router().layer(layer()).route("/late", get(inside)),
            cases: &[("GET", "/a", 401, 200), ("GET", "/late", 200, 200), ("GET", "/unknown", 401, 404)],
        },
        Row {
            name: "a route after protect_all",
            app: all(router()).route("/late", get(inside)),
            cases: &[("GET", "/a", 401, 200), ("GET", "/late", 200, 200), ("GET", "/unknown", 401, 404)],
        },
        Row {
            name: "merge",
            app: router().layer(layer()).merge(Router::new().route("/open", get(inside))),
            cases: &[
                ("GET", "/a", 401, 200),
                ("POST", "/a", 401, 405),
                ("GET", "/open", 200, 200),
                ("GET", "/unknown", 404, 404),
            ],
        },
    ]
}

#[tokio::test]
async fn the_table_of_the_documentation_holds() {
    let issuer = TestIssuer::new();
    let token = issuer.token().bearer();
    for Row { name, app, cases } in rows(&issuer) {
        for (method, path, without, with) in cases {
            let answer = ask(&app, method, path, &[]).await;
            assert_eq!(answer.status, *without, "{name}: {method} {path} without a token");
            assert_eq!(answer.challenge(), (*without == 401).then_some(MISSING), "{name}: {method} {path}");
            let answer = ask(&app, method, path, &[&token]).await;
            assert_eq!(answer.status, *with, "{name}: {method} {path} with a token");
        }
    }
}

#[tokio::test]
async fn axum_tells_the_methods_of_a_guarded_route() {
    let auth = validator(&TestIssuer::new());
    let app = Router::new().route("/a", get(inside)).route("/any", any(inside));
    let app = app.layer(ProtectLayer::new(auth));
    assert_eq!(ask(&app, "POST", "/a", &[]).await.header("allow"), Some("GET,HEAD"));
    assert_eq!(ask(&app, "POST", "/any", &[]).await.header("allow"), None);
}
