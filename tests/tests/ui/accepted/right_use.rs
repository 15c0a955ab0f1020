//! What the files of `refused` do wrong, done right.

use axum::extract::FromRef;
use axum::routing::get;
use scopa::{Authenticated, ConfigError, Guard, Policy, Refusal, Requirement, Validator, scopes};
use scopa_actix::Protect;
use scopa_tower::ProtectLayer;

scopes! {
    fn hierarchy;
    Write = "crashes:write" { Read = "crashes:read" },
    Team(id: "[0-9]+") = "team_{id}",
}

/// A policy that no name of a scope can be.
struct Owner;

impl Requirement for Owner {
    fn policy() -> Policy {
        Policy::from(Read).and(Policy::permission("OWNER"))
    }
}

/// A state of the service's own says where its validator is.
#[derive(Clone)]
struct AppState {
    auth: Validator,
}

impl FromRef<AppState> for Validator {
    fn from_ref(state: &AppState) -> Self {
        state.auth.clone()
    }
}

async fn read(_: scopa_axum::Authorized<Read>) {}
async fn team(_: scopa_axum::Authorized<(Team, Read)>) {}
async fn anybody(_: Option<scopa_axum::Authorized>) {}

async fn one_team(caller: scopa_axum::Authorized) -> Result<(), scopa_axum::Rejection> {
    caller.require(Team("7"))?;
    Ok(caller.require(Policy::from(Team("7")).or(Write))?)
}

async fn actix_read(_: scopa_actix::Authorized<Read>) -> &'static str {
    "read"
}

fn guards(auth: &Validator) -> Result<[Guard; 4], ConfigError> {
    Ok([
        Guard::of::<Read>(auth)?,
        Guard::of::<(Read, Team)>(auth)?,
        Guard::of::<Authenticated>(auth)?,
        Guard::new(auth.clone()).require(Read)?,
    ])
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let issuer = scopa_testing::TestIssuer::new();
    let auth =
        issuer.validator().hierarchy(hierarchy()?.to_builder().permissions(["OWNER"]).build()?).build()?;
    guards(&auth)?;
    Guard::of::<Owner>(&auth)?;
    ProtectLayer::new(auth.clone()).require(Read)?.require(Team("7"))?;
    Protect::new(auth.clone()).require(Read)?.require(Team("7"))?;
    let _refusal = Refusal::forbidden();

    let _axum: axum::Router = axum::Router::new()
        .route("/crashes", get(read))
        .route("/teams/{id}", get(team))
        .route("/", get(anybody))
        .route("/team-7", get(one_team))
        .with_state(AppState { auth: auth.clone() });
    let _actix = actix_web::App::new().app_data(auth).route("/crashes", actix_web::web::get().to(actix_read));
    Ok(())
}
