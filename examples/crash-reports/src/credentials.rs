//! What people make for their programs: OAuth clients, of one scope and one database each.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderName};
use scopa_axum::Authorized;
use scopa_axum::issuer::{Client, ClientDraft, ClientError, Issuer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::asked::database_of;
use crate::refused::Refused;
use crate::scopes::Unrestricted;

/// What a client will be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    name: String,
    scope: OneScope,
    database: String,
    /// How long its tokens are good, in seconds: an hour if nothing is said, a day at most.
    expires_in: Option<u64>,
    /// For old programs that always ask for `restricted`: they get what the client has.
    #[serde(default)]
    ignore_requested_scope: bool,
}

/// What a program may have: one of these, and no other.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OneScope {
    Symbols,
    Restricted,
}

/// A client that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct Made {
    client_id: String,
    /// Shown this once.
    client_secret: String,
    name: String,
    scope: String,
    database: String,
}

/// A client, as it is listed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Listed {
    client_id: String,
    name: String,
    scope: String,
    database: String,
    secret_ids: Vec<String>,
}

/// A further secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct Secret {
    secret_id: String,
    /// Shown this once.
    client_secret: String,
}

type Shown<T> = ([(HeaderName, &'static str); 1], Json<T>);

pub(crate) async fn create(
    caller: Authorized<Unrestricted>,
    State(issuer): State<Issuer>,
    draft: Result<Json<Draft>, JsonRejection>,
) -> Result<(StatusCode, Shown<Made>), Refused> {
    let Json(draft) = draft?;
    if draft.database != database_of(&caller)? {
        return Err(caller.forbidden().into());
    }
    let scope = match draft.scope {
        OneScope::Symbols => "symbols",
        OneScope::Restricted => "restricted",
    };
    let scopes = scope.parse().map_err(ClientError::from)?;
    let mut client =
        ClientDraft::machine(draft.name).scopes(scopes).exactly_one_scope().claim(DATABASE, draft.database);
    if let Some(seconds) = draft.expires_in {
        client = client.access_lifetime(Duration::from_secs(seconds));
    }
    if draft.ignore_requested_scope {
        client = client.ignore_requested_scope();
    }
    let (client, secret) = issuer.clients().create(client).await?;
    let made = Made {
        client_id: client.id().to_owned(),
        client_secret: secret.map(|secret| secret.as_str().to_owned()).unwrap_or_default(),
        name: client.name().to_owned(),
        scope: scope.to_owned(),
        database: database(&client).to_owned(),
    };
    Ok((StatusCode::CREATED, shown_once(made)))
}

pub(crate) async fn list(
    caller: Authorized<Unrestricted>,
    State(issuer): State<Issuer>,
) -> Result<Json<Vec<Listed>>, Refused> {
    let ours = database_of(&caller)?;
    let mut listed = Vec::new();
    let mut page = issuer.clients().list(None, PAGE).await?;
    while let Some(last) = page.last() {
        listed.extend(page.iter().filter(|client| database(client) == ours).map(|client| Listed {
            client_id: client.id().to_owned(),
            name: client.name().to_owned(),
            scope: client.scopes().to_string(),
            database: ours.clone(),
            secret_ids: client.secrets().iter().map(|secret| secret.id().to_owned()).collect(),
        }));
        page = issuer.clients().list(Some(last.id()), PAGE).await?;
    }
    Ok(Json(listed))
}

/// From the next request on, on every instance, it gets no tokens, and those that it has are refused.
pub(crate) async fn remove(
    caller: Authorized<Unrestricted>,
    State(issuer): State<Issuer>,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Refused> {
    let Path(client_id) = path?;
    ours(&caller, &issuer, &client_id).await?;
    issuer.clients().remove(&client_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a secret beside the others, so that programs change theirs without an outage.
pub(crate) async fn add_secret(
    caller: Authorized<Unrestricted>,
    State(issuer): State<Issuer>,
    path: Result<Path<String>, PathRejection>,
) -> Result<(StatusCode, Shown<Secret>), Refused> {
    let Path(client_id) = path?;
    ours(&caller, &issuer, &client_id).await?;
    let secret = issuer.clients().add_secret(&client_id, None).await?;
    let made = Secret { secret_id: secret.id().to_owned(), client_secret: secret.as_str().to_owned() };
    Ok((StatusCode::CREATED, shown_once(made)))
}

pub(crate) async fn revoke_secret(
    caller: Authorized<Unrestricted>,
    State(issuer): State<Issuer>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<StatusCode, Refused> {
    let Path((client_id, secret_id)) = path?;
    ours(&caller, &issuer, &client_id).await?;
    issuer.clients().revoke_secret(&client_id, &secret_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets those of a database at its clients. Whether there are others nobody learns.
async fn ours(caller: &Authorized<Unrestricted>, issuer: &Issuer, id: &str) -> Result<(), Refused> {
    let client = issuer.clients().get(id).await?.ok_or(Refused::NOT_FOUND)?;
    if database(&client) == database_of(caller)? { Ok(()) } else { Err(Refused::NOT_FOUND) }
}

fn database(client: &Client) -> &str {
    client.claim(DATABASE).and_then(|database| database.as_str()).unwrap_or_default()
}

fn shown_once<T>(secret: T) -> Shown<T> {
    ([(CACHE_CONTROL, "no-store")], Json(secret))
}

const DATABASE: &str = "database";
const PAGE: usize = 100;
