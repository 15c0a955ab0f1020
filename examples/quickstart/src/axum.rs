//! The crash service on axum: a handler's signature says what it asks for.

use std::error::Error;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use quickstart::{Read, Team, Write, hierarchy};
use scopa_axum::{Authorized, KeySet, Validator};
use tokio::net::TcpListener;
use tokio::signal::ctrl_c;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    quickstart::log_to_stderr();

    // Only in this example. Your identity provider instead: take the key set that its `jwks_uri` serves.
    let issuer = quickstart::embedded_issuer();
    let jwks = issuer.jwks();

    let auth = Validator::builder("https://id.example.com", "https://api.example.com")
        .keys(KeySet::from_jwks(&jwks)?)
        .hierarchy(hierarchy()?)
        .build()?;
    let app = Router::new()
        .route("/health", get(health))
        .route("/crashes", get(list).post(upload))
        .route("/teams/{id}/crashes", get(of_team))
        .with_state(auth);

    let listener = TcpListener::bind(quickstart::address()?).await?;
    quickstart::print_walk(&issuer, listener.local_addr()?); // only in this example
    axum::serve(listener, app).with_graceful_shutdown(async { drop(ctrl_c().await) }).await?;
    Ok(())
}

async fn health() -> &'static str {
    "well\n"
}

async fn list(_: Authorized<Read>) -> &'static str {
    "no crashes\n"
}

async fn upload(caller: Authorized<Write>) -> String {
    format!("thanks, {}\n", caller.client_id().unwrap_or("?"))
}

async fn of_team(_: Authorized<(Read, Team)>, Path(id): Path<String>) -> String {
    format!("no crashes of team {id}\n")
}
