use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, json};
use crate::call::Call;
use crate::scopes::Team;

/// A field that the notes of a team have beside their text.
#[derive(Serialize, ToSchema)]
pub(crate) struct Field {
    team: String,
    name: &'static str,
    kind: &'static str,
}

pub(crate) async fn of_team(call: Call) -> Result<Answer, Answer> {
    Ok(json(StatusCode::OK, &fields([call.path.value("team")].into_iter())))
}

/// The path names no team. The guard has seen to it that the token does.
pub(crate) async fn of_token(call: Call) -> Result<Answer, Answer> {
    Ok(json(StatusCode::OK, &fields(call.caller.values(Team::SCOPE))))
}

fn fields<'t>(teams: impl Iterator<Item = &'t str>) -> Vec<Field> {
    let kinds = [("sector", "text"), ("conviction", "number")];
    let of = |team: &str| kinds.map(|(name, kind)| Field { team: team.to_owned(), name, kind });
    teams.flat_map(of).collect()
}
