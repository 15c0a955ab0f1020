//! The port of the accounts: clients, their secrets, and people.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use scopa_actix::issuer::{Client, ClientDraft};
use scopa_actix::{Access, Authorized, ConfigError};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::fault::{Answer, Fault, Gone, Made};
use crate::people::{Person, add_person, people, require_held};
use crate::permissions::{CLAIM, Holder, held_by};
use crate::policies::ClientAdmin;
use crate::routes::{Described, guarded, on};
use crate::{Permission, PermissionsIn, Service, team_of};

/// Returns the routes beside those of the issuer.
#[rustfmt::skip]
pub(crate) fn routes() -> Vec<Described> {
    vec![
        on("POST /api/client/", guarded!(create), "Makes a client. Its secret is shown this once").takes::<ClientRequest>().creates::<CreatedClient>(),
        on("GET /api/client/{client_id}", guarded!(show), "A client").answers::<ClientAnswer>(),
        on("PUT /api/client/{client_id}", guarded!(change), "Changes what a client may have").takes::<ClientRequest>().answers::<ClientAnswer>(),
        on("DELETE /api/client/{client_id}", guarded!(remove), "Ends a client, and its living tokens"),
        on("POST /api/client/{client_id}/secrets", guarded!(add_secret), "Makes a further secret, good beside the others").creates::<NewSecret>(),
        on("DELETE /api/client/{client_id}/secrets/{secret_id}", guarded!(end_secret), "Ends a secret: no new tokens for it"),
        on("GET /api/team/user", guarded!(people), "The people of the team").answers::<Vec<Person>>(),
        on("POST /api/team/user", guarded!(add_person), "Adds a person to the team").takes::<Person>().creates::<Person>(),
    ]
}

/// Whoever makes clients, and ends them.
type Owner = Authorized<ClientAdmin>;

/// What a client shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClientRequest {
    name: String,
    scopes: Vec<String>,
    permissions: BTreeSet<Permission>,
}

/// A client, without its secrets.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ClientAnswer {
    client_id: String,
    grant_types: Vec<String>,
    secrets: Vec<SecretAnswer>,
    team_name: String,
    display_name: String,
    scopes: Vec<String>,
    allow_access_tokens_via_browser: bool,
    client_permissions: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SecretAnswer {
    secret_id: String,
}

/// A client that was made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CreatedClient {
    client: ClientAnswer,
    new_secret: String,
}

/// A secret, shown this once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewSecret {
    secret_id: String,
    new_secret: String,
}

async fn create(
    caller: Owner,
    service: Data<Service>,
    Json(wanted): Json<ClientRequest>,
) -> Made<CreatedClient> {
    let team = team_of(&caller)?;
    let (client, secret) = service.issuer.clients().create(draft(&service, &caller, &team, &wanted)?).await?;
    let new_secret = secret.map(|secret| secret.as_str().to_owned()).unwrap_or_default();
    Ok((Json(CreatedClient { client: described(&client, team), new_secret }), StatusCode::CREATED))
}

async fn show(caller: Owner, service: Data<Service>, id: Path<String>) -> Answer<ClientAnswer> {
    let team = team_of(&caller)?;
    let client = service.client_of(&team, &id).await?;
    Ok(Json(described(&client, team)))
}

async fn change(
    caller: Owner,
    service: Data<Service>,
    id: Path<String>,
    Json(wanted): Json<ClientRequest>,
) -> Answer<ClientAnswer> {
    let team = team_of(&caller)?;
    service.client_of(&team, &id).await?;
    let client = service.issuer.clients().update(&id, draft(&service, &caller, &team, &wanted)?).await?;
    service.permissions.forget(&Holder::Client(id.into_inner()));
    Ok(Json(described(&client, team)))
}

async fn remove(caller: Owner, service: Data<Service>, id: Path<String>) -> Gone {
    service.client_of(&team_of(&caller)?, &id).await?;
    service.issuer.clients().remove(&id).await?;
    service.permissions.forget(&Holder::Client(id.into_inner()));
    Ok(HttpResponse::NoContent().finish())
}

async fn add_secret(caller: Owner, service: Data<Service>, id: Path<String>) -> Made<NewSecret> {
    service.client_of(&team_of(&caller)?, &id).await?;
    let secret = service.issuer.clients().add_secret(&id, None).await?;
    let (secret_id, new_secret) = (secret.id().to_owned(), secret.as_str().to_owned());
    Ok((Json(NewSecret { secret_id, new_secret }), StatusCode::CREATED))
}

async fn end_secret(caller: Owner, service: Data<Service>, ids: Path<(String, String)>) -> Gone {
    let (id, secret_id) = ids.into_inner();
    service.client_of(&team_of(&caller)?, &id).await?;
    service.issuer.clients().revoke_secret(&id, &secret_id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Makes the registration. The team stands in its tokens, the permissions only if they are to be found there.
fn draft(
    service: &Service,
    caller: &Access,
    team: &str,
    wanted: &ClientRequest,
) -> Result<ClientDraft, Fault> {
    require_held(caller, &wanted.permissions)?;
    // One by one: joined below, a name with a space in it would be two.
    let declared = service.issuer.hierarchy();
    if let Some(unknown) = wanted.scopes.iter().find(|scope| declared.declared(scope).is_none()) {
        return Err(Fault::Invalid(format!("there is no scope `{}`", unknown.escape_debug())));
    }
    if wanted.scopes.is_empty() {
        return Err(Fault::Invalid("a client needs a scope".into()));
    }
    let scopes = wanted.scopes.join(" ").parse();
    let scopes = scopes.map_err(|error: ConfigError| Fault::Invalid(error.to_string()))?;
    let draft = ClientDraft::machine(&wanted.name).scopes(scopes);
    let held = json!(wanted.permissions);
    let draft = draft.claim(crate::TEAM_CLAIM, team).metadata(CLAIM, held.clone());
    Ok(if service.permissions_in == PermissionsIn::Token { draft.claim(CLAIM, held) } else { draft })
}

fn described(client: &Client, team_name: String) -> ClientAnswer {
    let secrets = client.secrets().iter().map(|secret| SecretAnswer { secret_id: secret.id().to_owned() });
    ClientAnswer {
        client_id: client.id().to_owned(),
        grant_types: vec!["client_credentials".to_owned()],
        secrets: secrets.collect(),
        team_name,
        display_name: client.name().to_owned(),
        scopes: client.scopes().iter().map(str::to_owned).collect(),
        allow_access_tokens_via_browser: false,
        client_permissions: held_by(client).iter().map(|name| name.to_lowercase()).collect(),
    }
}
