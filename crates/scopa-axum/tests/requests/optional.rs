use axum::Router;
use axum::routing::get;
use scopa_axum::{Authorized, ProtectLayer};
use scopa_testing::TestIssuer;

use crate::kit::*;

async fn greet(caller: Option<Authorized<Read>>) -> String {
    caller.map_or_else(|| "stranger".to_owned(), |caller| caller.subject().unwrap_or("?").to_owned())
}

#[tokio::test]
async fn only_a_request_without_credentials_is_anonymous() {
    let issuer = TestIssuer::new();
    let auth = validator(&issuer);
    let app = Router::new().route("/", get(greet)).with_state(auth.clone());
    let behind_layer = app.clone().layer(ProtectLayer::new(auth).optional());
    let reader = issuer.bearer_with("crashes:read");
    let auditor = issuer.bearer_with("audit");
    let expired = issuer.token().scope("crashes:read").expired().bearer();
    let rows: [(&[&str], u16, &str); 7] = [
        (&[], 200, "stranger"),
        (&["Basic dXNlcjpwYXNz"], 200, "stranger"),
        (&[&reader], 200, "user-1"),
        (&[&auditor], 403, ""),
        (&[&expired], 401, ""),
        (&["Bearer forged"], 401, ""),
        (&[&reader, &reader], 400, ""),
    ];
    for (credentials, status, body) in rows {
        for app in [&app, &behind_layer] {
            let answer = ask(app, "GET", "/", credentials).await;
            assert_eq!(answer.status, status, "{credentials:?}");
            assert!(status != 200 || answer.body == body, "{credentials:?}: {}", answer.body);
        }
    }
}
