//! The table of routes.

use http::{Method, StatusCode};
use scopa_tower::{Authenticated, Policy, Requirement as _};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, json};
use crate::applications::{self, Application, Registered, Secret};
use crate::call::Call;
use crate::fields::{self, Field};
use crate::graphql::{self, Data, Query};
use crate::notes::{self, NewNote, Note};
use crate::route::Route;
use crate::scopes::{Applications, FieldsRead, Read, Team, Write};

/// Returns all routes of the API: method, path, what is asked of the caller, who answers, and what the document says of it.
pub(crate) fn routes() -> Vec<Route> {
    // A call on the data of a team needs both: the team of the path, and the scope of the verb.
    let (read, write) = (<(Team, Read)>::policy(), <(Team, Write)>::policy());
    let fields_read = <(Team, FieldsRead)>::policy();
    // Here the path names no team: the token does.
    let any_team = Policy::from(FieldsRead).and(Policy::any_value(Team::SCOPE));
    // Each field of a query asks for its own scope.
    let (any, vendor) = (Authenticated::policy(), Applications::policy());
    vec![
        Route::new(GET, "/v1/ping", any.clone(), ping, "Tells who calls").gives::<Pong>(OK),
        Route::new(GET, NOTES, read.clone(), notes::list, "Lists the notes of a team").gives::<Vec<Note>>(OK),
        Route::new(POST, NOTES, write.clone(), notes::add, "Adds a note")
            .takes::<NewNote>()
            .gives::<Note>(CREATED),
        // A note of another team is as one that is not there.
        Route::new(GET, NOTE, read, notes::show, "Shows a note").gives::<Note>(OK).hides_other_teams(),
        Route::new(PUT, NOTE, write.clone(), notes::change, "Changes a note")
            .takes::<NewNote>()
            .gives::<Note>(OK),
        Route::new(DELETE, NOTE, write, notes::remove, "Removes a note"),
        Route::new(GET, FIELD, fields_read, fields::of_team, "Lists the fields of a team")
            .gives::<Vec<Field>>(OK),
        Route::new(GET, "/v1/field", any_team, fields::of_token, "Lists those of the token's team")
            .gives::<Vec<Field>>(OK),
        Route::new(POST, "/graphql", any, graphql::answer, "Answers a query")
            .takes::<Query>()
            .gives::<Data>(OK),
        Route::new(POST, APPLICATIONS, vendor.clone(), applications::make, "Makes an application")
            .takes::<Application>()
            .gives::<Registered>(CREATED),
        Route::new(PUT, APPLICATION, vendor.clone(), applications::change, "Changes an application, at once")
            .takes::<Application>()
            .gives::<Registered>(OK),
        Route::new(
            DELETE,
            APPLICATION,
            vendor.clone(),
            applications::end,
            "Ends an application, with its tokens",
        ),
        Route::new(
            POST,
            SECRETS,
            vendor.clone(),
            applications::add_secret,
            "Adds a secret beside the others",
        )
        .gives::<Secret>(CREATED),
        Route::new(DELETE, SECRET, vendor, applications::end_secret, "Ends a secret"),
    ]
}

/// Who calls.
#[derive(Serialize, ToSchema)]
struct Pong {
    /// The application.
    client_id: Option<String>,
    /// The person for whom it calls. None: it calls for itself, and sees all of the team.
    person: Option<String>,
}

async fn ping(call: Call) -> Result<Answer, Answer> {
    let client_id = call.caller.client_id().map(str::to_owned);
    let person = call.person().map(str::to_owned);
    Ok(json(OK, &Pong { client_id, person }))
}

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;
const OK: StatusCode = StatusCode::OK;
const CREATED: StatusCode = StatusCode::CREATED;

const NOTES: &str = "/v1/teams/{team}/notes";
const NOTE: &str = "/v1/teams/{team}/notes/{note}";
const FIELD: &str = "/v1/teams/{team}/field";
const APPLICATIONS: &str = "/v1/oauth-applications";
const APPLICATION: &str = "/v1/oauth-applications/{application}";
const SECRETS: &str = "/v1/oauth-applications/{application}/secrets";
const SECRET: &str = "/v1/oauth-applications/{application}/secrets/{secret}";
