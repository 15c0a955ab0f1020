use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use scopa_axum::issuer::{Issuer, Store};
use scopa_axum::{Authorized, Clock, ConfigError, issuer_routes};
use tokio::time::timeout;

use crate::data::{digest_key, signing_keys};
use crate::login::SignIn;
use crate::scopes::{Read, Symbols, Write, hierarchy};
use crate::session::{Scheme, Sessions};
use crate::users::Users;

/// Makes the issuer: `origin` is where browsers and clients reach this service, `folder` where its keys are.
///
/// # Errors
/// Names the setting that is wrong.
pub fn issuer(
    origin: &str,
    folder: &Path,
    store: impl Store,
    clock: Arc<dyn Clock>,
) -> Result<Issuer, ConfigError> {
    let scheme = if origin.starts_with("https://") { Scheme::Https } else { Scheme::Http };
    let login = SignIn {
        users: Users::for_trying_out(origin, clock.clone())?,
        sessions: Sessions::new(clock.clone(), scheme),
        origin: origin.to_owned(),
    };
    Issuer::builder(origin, store, digest_key(folder)?)
        .audience(AUDIENCE)
        .signing_keys(signing_keys(folder)?)
        .hierarchy(hierarchy()?)
        .login(login)
        .clock(clock)
        .build()
}

/// Makes the service: the issuer, and an API that takes its tokens.
///
/// # Errors
/// Names the setting that is wrong.
pub fn app(issuer: &Issuer) -> Result<Router, ConfigError> {
    // In the same process: the keys are at hand, and what was revoked is refused at once.
    let auth = issuer.validator(AUDIENCE).revocation(issuer.revocation()).build()?;
    Ok(Router::new()
        .route("/crashes", get(list).post(upload))
        .route("/symbols", post(symbols))
        .with_state(auth)
        .route("/style.css", get(style))
        .merge(issuer_routes(issuer.clone()))
        .layer(from_fn(in_time)))
}

/// Who sends a body for ever is not waited for.
async fn in_time(request: Request, next: Next) -> Result<Response, StatusCode> {
    timeout(LONGEST_REQUEST, next.run(request)).await.map_err(|_| StatusCode::REQUEST_TIMEOUT)
}

async fn list(caller: Authorized<Read>) -> String {
    format!("no crashes, {}\n", caller.subject().unwrap_or("?"))
}

async fn upload(caller: Authorized<Write>) -> String {
    format!("thanks, {}\n", caller.subject().unwrap_or("?"))
}

async fn symbols(caller: Authorized<Symbols>) -> String {
    format!("symbols taken from {}\n", caller.client_id().unwrap_or("?"))
}

async fn style() -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "text/css"), (CACHE_CONTROL, "public, max-age=3600")],
        include_str!("../templates/style.css"),
    )
}

/// How the API calls itself in tokens (`aud`).
const AUDIENCE: &str = "crash-api";
/// How long a request may take, with all that its client sends.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);
