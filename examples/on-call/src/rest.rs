//! The REST API, version 1. What a handler asks for stands in its first argument; the document reads it from there.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use scopa_axum::Authorized;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Api;
use crate::board::{Board, Heartbeat, HeartbeatDraft, Incident, Schedule};
use crate::document::guarded;
use crate::people::person;
use crate::problem::Problem;
use crate::scopes::Rest;

/// Makes the routes, and their part of the document.
pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(guarded!(list_heartbeats))
        .routes(guarded!(create_heartbeat))
        .routes(guarded!(heartbeat))
        .routes(guarded!(change_heartbeat))
        .routes(guarded!(remove_heartbeat))
        .routes(guarded!(check_in))
        .routes(guarded!(incidents))
        .routes(guarded!(users))
        .routes(guarded!(services))
        .routes(guarded!(schedules))
        .routes(guarded!(shifts))
        .routes(routes!(public_check_in))
        .routes(routes!(public_check_in_from))
}

/// A list; everything is on its one page.
#[derive(Debug, Serialize, ToSchema)]
struct Page<T> {
    items: Vec<T>,
    page_info: PageInfo,
}

/// Where the page is among others.
#[derive(Debug, Default, Serialize, ToSchema)]
struct PageInfo {
    has_next_page: bool,
    has_previous_page: bool,
    next_page: Option<String>,
    previous_page: Option<String>,
    after: Option<String>,
    before: Option<String>,
}

/// Somebody who can be called.
#[derive(Debug, Serialize, ToSchema)]
struct User {
    email: String,
    first_name: &'static str,
}

/// Something that people rely on.
#[derive(Debug, Serialize, ToSchema)]
struct Service {
    id: u64,
    name: String,
}

/// Who is called from when to when.
#[derive(Debug, Serialize, ToSchema)]
struct Shift {
    start: String,
    end: String,
    users: Vec<User>,
}

/// Lists the heartbeats.
#[utoipa::path(get, path = "/api/v1/heartbeats/", responses((status = 200, body = Page<Heartbeat>)))]
async fn list_heartbeats(_: Authorized<Rest>, State(api): State<Api>) -> Json<Page<Heartbeat>> {
    page(api.board.heartbeats())
}

/// Adds a heartbeat.
#[utoipa::path(post, path = "/api/v1/heartbeats/", request_body = HeartbeatDraft,
    responses((status = 201, body = Heartbeat)))]
async fn create_heartbeat(
    _: Authorized<Rest>,
    State(api): State<Api>,
    draft: Result<Json<HeartbeatDraft>, JsonRejection>,
) -> Result<(StatusCode, Json<Heartbeat>), Problem> {
    let made = api.board.add(draft?.0.checked()?).ok_or_else(|| Problem::too_many("heartbeats"))?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Shows a heartbeat.
#[utoipa::path(get, path = "/api/v1/heartbeats/{heartbeat_id}/", params(("heartbeat_id" = u64, Path)),
    responses((status = 200, body = Heartbeat), (status = 404)))]
async fn heartbeat(
    _: Authorized<Rest>,
    State(api): State<Api>,
    id: Result<Path<u64>, PathRejection>,
) -> Result<Json<Heartbeat>, Problem> {
    Ok(Json(api.board.heartbeat(id?.0).ok_or(Problem::NotFound)?))
}

/// Changes a heartbeat.
#[utoipa::path(put, path = "/api/v1/heartbeats/{heartbeat_id}/", params(("heartbeat_id" = u64, Path)),
    request_body = HeartbeatDraft, responses((status = 200, body = Heartbeat), (status = 404)))]
async fn change_heartbeat(
    _: Authorized<Rest>,
    State(api): State<Api>,
    id: Result<Path<u64>, PathRejection>,
    draft: Result<Json<HeartbeatDraft>, JsonRejection>,
) -> Result<Json<Heartbeat>, Problem> {
    Ok(Json(api.board.change(id?.0, draft?.0.checked()?).ok_or(Problem::NotFound)?))
}

/// Removes a heartbeat.
#[utoipa::path(delete, path = "/api/v1/heartbeats/{heartbeat_id}/", params(("heartbeat_id" = u64, Path)),
    responses((status = 204), (status = 404)))]
async fn remove_heartbeat(
    _: Authorized<Rest>,
    State(api): State<Api>,
    id: Result<Path<u64>, PathRejection>,
) -> Result<StatusCode, Problem> {
    if api.board.remove(id?.0) { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::NotFound) }
}

/// Hears from a heartbeat.
#[utoipa::path(get, path = "/api/v1/heartbeats/checkin/{service_id}/{name}/{environment}",
    params(("service_id" = u64, Path), ("name" = String, Path), ("environment" = String, Path)),
    responses((status = 200)))]
async fn check_in(
    _: Authorized<Rest>,
    what: Result<Path<(u64, String, String)>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let Path((_service, name, environment)) = what?;
    heard([&name, &environment])
}

/// Lists the incidents.
#[utoipa::path(get, path = "/api/v1/incidents/", responses((status = 200, body = Page<Incident>)))]
async fn incidents(_: Authorized<Rest>) -> Json<Page<Incident>> {
    page(Board::incidents())
}

/// Lists the people.
#[utoipa::path(get, path = "/api/v1/users/", responses((status = 200, body = Page<User>)))]
async fn users(_: Authorized<Rest>, State(api): State<Api>) -> Json<Page<User>> {
    page(api.people.names().into_iter().map(user).collect())
}

/// Lists the services.
#[utoipa::path(get, path = "/api/v1/services/", responses((status = 200, body = Page<Service>)))]
async fn services(_: Authorized<Rest>) -> Json<Page<Service>> {
    page(Vec::new())
}

/// Lists the schedules.
#[utoipa::path(get, path = "/api/v1/schedules/", responses((status = 200, body = Page<Schedule>)))]
async fn schedules(_: Authorized<Rest>) -> Json<Page<Schedule>> {
    page(Board::schedules())
}

/// Lists the shifts of a schedule, to those who may see it.
#[utoipa::path(get, path = "/api/v1/schedules/{schedule_id}/shifts/", params(("schedule_id" = u64, Path)),
    responses((status = 200, body = Vec<Shift>), (status = 404)))]
async fn shifts(
    caller: Authorized<Rest>,
    State(api): State<Api>,
    id: Result<Path<u64>, PathRejection>,
) -> Result<Json<Vec<Shift>>, Problem> {
    let schedule = id?.0;
    if !Board::schedules().iter().any(|known| known.id == schedule) {
        return Err(Problem::NotFound);
    }
    // The token acts for a person, and has that person's rights, as they are now. No scope would help: no challenge.
    if !person(&caller).is_some_and(|name| api.people.may_see(&name, schedule)) {
        return Err(caller.forbidden().into());
    }
    let (start, end) = ("2026-11-27T08:00:00Z".to_owned(), "2026-11-28T08:00:00Z".to_owned());
    let users = api.people.names().into_iter().filter(|name| api.people.may_see(name, schedule));
    Ok(Json(vec![Shift { start, end, users: users.map(user).collect() }]))
}

/// Hears from a heartbeat that knows its public name, without a token.
#[utoipa::path(get, path = "/heartbeats/checkin/{public_id}/", params(("public_id" = String, Path)),
    responses((status = 200)))]
async fn public_check_in(id: Result<Path<String>, PathRejection>) -> Result<StatusCode, Problem> {
    heard([&id?.0])
}

/// Hears from a heartbeat in an environment, without a token.
#[utoipa::path(get, path = "/heartbeats/checkin/{public_id}/{environment}/",
    params(("public_id" = String, Path), ("environment" = String, Path)), responses((status = 200)))]
async fn public_check_in_from(
    from: Result<Path<(String, String)>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let Path((id, environment)) = from?;
    heard([&id, &environment])
}

/// Takes what has a name. Nothing comes of it here, and nobody learns which names there are.
fn heard<const N: usize>(names: [&str; N]) -> Result<StatusCode, Problem> {
    if names.iter().all(|name| !name.is_empty()) { Ok(StatusCode::OK) } else { Err(Problem::NotFound) }
}

fn page<T>(items: Vec<T>) -> Json<Page<T>> {
    Json(Page { items, page_info: PageInfo::default() })
}

fn user(name: &'static str) -> User {
    User { email: format!("{name}@on-call.example"), first_name: name }
}
