//! The port of the gateway: the APIs that take the tokens.

use actix_web::guard::fn_guard;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, ServiceConfig};
use actix_web::{HttpResponse, web};
use scopa_actix::{Access, Authorized, Requirement};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fault::{Answer, Fault, Gone, Made};
use crate::keys::has_key;
use crate::permissions::Holder;
use crate::policies::{
    JobModify, JobRead, JobReadAll, ScheduleAdmin, ScheduleRead, TeamSettingsAdmin, TeamSettingsRead,
    WorkflowDelete, WorkflowExecute, WorkflowModify, WorkflowRead,
};
use crate::query::{Completed, NewKey, graph, graph_by_key, new_key};
use crate::records::Records;
use crate::routes::{Described, guarded, on};
use crate::team_of;

/// Returns the routes of the APIs. Most handlers are for several sorts of records, and say in `<>` what is asked for, and for what.
#[rustfmt::skip]
pub(crate) fn routes() -> Vec<Described> {
    let by_key = web::to(graph_by_key).guard(fn_guard(has_key));
    vec![
        on("GET /jobs/v1/", guarded!(list::<JobReadAll, Job>), "All jobs of the team").answers::<Vec<Kept<Job>>>(),
        on("POST /jobs/v1/", guarded!(make::<WorkflowExecute, Job>), "Starts a job").takes::<Job>().creates::<Kept<Job>>(),
        on("GET /jobs/v1/my/", guarded!(my_jobs), "The caller's jobs").answers::<Vec<Kept<Job>>>(),
        on("GET /jobs/v1/{client_job_id}", guarded!(one::<JobRead, Job>), "A job").answers::<Kept<Job>>(),
        on("POST /jobs/v1/{client_job_id}", guarded!(write::<JobModify, Job>), "Writes a job").takes::<Job>().answers::<Kept<Job>>(),
        on("DELETE /jobs/v1/{client_job_id}", guarded!(remove::<JobModify, Job>), "Deletes a job"),
        on("GET /scheduledjobs/v1/{id}", guarded!(one::<ScheduleRead, Schedule>), "A scheduled job").answers::<Kept<Schedule>>(),
        on("POST /scheduledjobs/v1", guarded!(make::<ScheduleAdmin, Schedule>), "Schedules a job").takes::<Schedule>().creates::<Kept<Schedule>>(),
        on("GET /workflows/v2", guarded!(list::<WorkflowRead, Workflow>), "The workflows").answers::<Vec<Kept<Workflow>>>(),
        on("PUT /workflows/v2/{id}", guarded!(write::<WorkflowModify, Workflow>), "Writes a workflow").takes::<Workflow>().answers::<Kept<Workflow>>(),
        on("DELETE /workflows/v2/{id}", guarded!(remove::<WorkflowDelete, Workflow>), "Deletes a workflow"),
        on("GET /teamsettings/v1/", guarded!(settings), "The team's settings").answers::<TeamSettings>(),
        on("POST /teamsettings/v1/", guarded!(put_settings), "Writes the team's settings").takes::<TeamSettings>().answers::<TeamSettings>(),
        on("GET /collections/v1/collection", guarded!(collections), "The collections").answers::<Vec<String>>(),
        on("GET /api/query/v2/graph", guarded!(graph), "The completed jobs of the team").query("query").answers::<Completed>().or_by_key(by_key),
        on("POST /api/query/v2/keys/{kind}", guarded!(new_key), "Makes a new key, `primary`, `secondary` or, for an hour, `temporary`").creates::<NewKey>(),
    ]
}

/// What the teams have.
#[derive(Debug, Clone, Default)]
pub(crate) struct Board {
    jobs: AllOf<Job>,
    scheduled: AllOf<Schedule>,
    workflows: AllOf<Workflow>,
    settings: Data<Records<TeamSettings>>,
}

/// The records of one sort.
pub(crate) type AllOf<T> = Data<Records<Kept<T>>>;

impl Board {
    /// Gives it to the handlers, each sort to those that ask for it.
    pub(crate) fn share(&self, config: &mut ServiceConfig) {
        let Self { jobs, scheduled, workflows, settings } = self.clone();
        config.app_data(jobs).app_data(scheduled).app_data(workflows).app_data(settings);
    }
}

/// What was sent, under its id, and who sent it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Kept<T> {
    id: String,
    written_by: String,
    #[serde(flatten)]
    pub(crate) sent: T,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Job {
    workflow: String,
    #[serde(default)]
    pub(crate) is_completed: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Schedule {
    workflow: String,
    due: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Workflow {
    title: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TeamSettings {
    language: String,
}

/// What can be sent, and kept.
trait Sent: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {}
impl<T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> Sent for T {}

async fn list<R: Requirement, T: Sent>(caller: Authorized<R>, records: AllOf<T>) -> Answer<Vec<Kept<T>>> {
    Ok(Json(records.of_team(&team_of(&caller)?)))
}

async fn my_jobs(caller: Authorized<JobRead>, jobs: AllOf<Job>) -> Answer<Vec<Kept<Job>>> {
    let (mut jobs, name) = (jobs.of_team(&team_of(&caller)?), name_of(&caller));
    jobs.retain(|job| job.written_by == name);
    Ok(Json(jobs))
}

async fn one<R: Requirement, T: Sent>(
    caller: Authorized<R>,
    records: AllOf<T>,
    id: Path<String>,
) -> Answer<Kept<T>> {
    records.get(&team_of(&caller)?, &id).map(Json).ok_or(Fault::NotFound)
}

async fn make<R: Requirement, T: Sent>(
    caller: Authorized<R>,
    records: AllOf<T>,
    Json(sent): Json<T>,
) -> Made<Kept<T>> {
    let mut id = [0; 12];
    getrandom::fill(&mut id).map_err(|_| Fault::Unavailable)?;
    let id = id.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((keep(&records, &caller, id, sent)?, StatusCode::CREATED))
}

async fn write<R: Requirement, T: Sent>(
    caller: Authorized<R>,
    records: AllOf<T>,
    id: Path<String>,
    Json(sent): Json<T>,
) -> Answer<Kept<T>> {
    keep(&records, &caller, id.into_inner(), sent)
}

async fn remove<R: Requirement, T: Sent>(caller: Authorized<R>, records: AllOf<T>, id: Path<String>) -> Gone {
    records.remove(&team_of(&caller)?, &id)?;
    Ok(HttpResponse::NoContent().finish())
}

async fn settings(
    caller: Authorized<TeamSettingsRead>,
    all: Data<Records<TeamSettings>>,
) -> Answer<TeamSettings> {
    let set = all.get(&team_of(&caller)?, SETTINGS);
    Ok(Json(set.unwrap_or_else(|| TeamSettings { language: "en".into() })))
}

async fn put_settings(
    caller: Authorized<TeamSettingsAdmin>,
    all: Data<Records<TeamSettings>>,
    Json(settings): Json<TeamSettings>,
) -> Answer<TeamSettings> {
    all.put(&team_of(&caller)?, SETTINGS, settings).map(Json)
}

async fn collections(_: Authorized) -> Json<[&'static str; 2]> {
    Json(["inspections", "repairs"])
}

fn keep<T: Sent>(records: &AllOf<T>, caller: &Access, id: String, sent: T) -> Answer<Kept<T>> {
    let kept = Kept { id: id.clone(), written_by: name_of(caller), sent };
    records.put(&team_of(caller)?, &id, kept).map(Json)
}

fn name_of(caller: &Access) -> String {
    Holder::of(caller).map_or_else(String::new, |holder| holder.name().to_owned())
}

/// Each team has its settings once.
const SETTINGS: &str = "settings";
