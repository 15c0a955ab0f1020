//! The crash service on axum: a handler's signature says what it asks for.

use std::error::Error;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use quickstart::{Read, Team, Write, hierarchy};
use scopa_axum::{Authorized, Validator};
use tokio::net::TcpListener;
use tokio::signal::ctrl_c;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    quickstart::log_to_stderr();

    let options = quickstart::Options::from_args()?;
    let auth = Validator::builder(&options.issuer, &options.audience)
        .discover(options.network()?) // in a service of yours: `HttpClient::new()?`
        .hierarchy(hierarchy()?)
        .build()?;
    tokio::spawn(auth.keep_fresh()); // the keys are there before the first caller

    let app = Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/crashes", get(list).post(upload))
        .route("/teams/{id}/crashes", get(of_team))
        .with_state(auth);

    let listener = TcpListener::bind(options.address).await?;
    options.print_walk(listener.local_addr()?); // only in this example
    axum::serve(listener, app).with_graceful_shutdown(async { drop(ctrl_c().await) }).await?;
    Ok(())
}

async fn health() -> &'static str {
    "well\n"
}

async fn ready(State(auth): State<Validator>) -> StatusCode {
    if auth.readiness().is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
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
