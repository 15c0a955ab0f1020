//! The Query API: all completed jobs of a team, for a token or for a key.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use scopa_actix::Authorized;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fault::{Answer, Made};
use crate::gateway::{AllOf, Job, Kept};
use crate::keys::{ByKey, QueryKeys};
use crate::policies::{QueryAdmin, QueryRead};
use crate::team_of;

/// What is asked of the graph. This one has one answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    query: String,
}

/// What is found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Completed {
    jobs: Vec<Kept<Job>>,
}

/// A key, shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewKey {
    key: Key,
}

#[derive(Serialize, ToSchema)]
struct Key {
    value: String,
    /// When it ends, as RFC 3339 writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry: Option<String>,
}

/// Answers the bearer of a token.
pub(crate) async fn graph(
    caller: Authorized<QueryRead>,
    jobs: AllOf<Job>,
    asked: Query<Asked>,
) -> Answer<Completed> {
    Ok(completed(&jobs, &team_of(&caller)?, &asked))
}

/// Answers whoever has a key of the team.
pub(crate) async fn graph_by_key(key: ByKey, jobs: AllOf<Job>, asked: Query<Asked>) -> Json<Completed> {
    completed(&jobs, &key.team, &asked)
}

/// Makes a key.
pub(crate) async fn new_key(
    caller: Authorized<QueryAdmin>,
    keys: Data<QueryKeys>,
    kind: Path<String>,
) -> Made<NewKey> {
    let (value, end) = keys.regenerate(&team_of(&caller)?, &kind).await?;
    let written = |end: u64| Some(jiff::Timestamp::from_second(i64::try_from(end).ok()?).ok()?.to_string());
    Ok((Json(NewKey { key: Key { value, expiry: end.and_then(written) } }), StatusCode::CREATED))
}

fn completed(jobs: &AllOf<Job>, team: &str, asked: &Asked) -> Json<Completed> {
    tracing::debug!(length = asked.query.len(), "a query");
    let mut jobs = jobs.of_team(team);
    jobs.retain(|job| job.sent.is_completed);
    Json(Completed { jobs })
}
