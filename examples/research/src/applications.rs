use std::sync::Arc;

use http::StatusCode;
use scopa_tower::issuer::{Client, ClientDraft, ClientError, GrantType};
use scopa_tower::{Hierarchy, Scopes};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::answer::{Answer, done, invalid, json, not_found, wrong};
use crate::call::Call;
use crate::scopes::{Team, is_for_applications};

/// An application that may ask for tokens.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Application {
    /// What people call it.
    name: String,
    /// Whether it can keep a secret.
    confidential: bool,
    /// How it may ask.
    #[schema(value_type = Vec<String>)]
    grants: Vec<GrantType>,
    /// What it may ask for.
    scopes: Vec<String>,
    /// The teams that it may ask for.
    #[serde(default)]
    teams: Vec<String>,
    /// Where people are sent back to.
    #[serde(default)]
    redirect_uris: Vec<String>,
    /// Whether it is a partner's: those may not ask for themselves. Where a change does not say, it stays as it is.
    partner: Option<bool>,
}

/// An application with its id, those of its secrets and, when it is made, its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct Registered {
    client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    secret_ids: Vec<String>,
    #[serde(flatten)]
    #[schema(inline)]
    application: Application,
}

/// A further secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct Secret {
    secret_id: String,
    /// Shown this once.
    client_secret: String,
}

pub(crate) async fn make(mut call: Call) -> Result<Answer, Answer> {
    let mut application: Application = call.json().await?;
    application.partner.get_or_insert(false);
    let issuer = &call.service.issuer;
    let draft = application.draft(issuer.hierarchy()).map_err(|why| invalid(&why))?;
    let (client, secret) = issuer.clients().create(draft).await.map_err(told)?;
    let client_secret = secret.map(|secret| secret.as_str().to_owned());
    Ok(json(StatusCode::CREATED, &Registered::new(&client, client_secret, application)))
}

/// Counts from the next request on: tokens end that hold what the application may not have any more.
pub(crate) async fn change(mut call: Call) -> Result<Answer, Answer> {
    let mut application: Application = call.json().await?;
    let (issuer, client) = (&call.service.issuer, found(&call).await?);
    let kept = |name: &str| client.metadata(name).and_then(Value::as_bool);
    // With it the secrets would go, for good.
    if kept(CONFIDENTIAL) != Some(application.confidential) {
        return Err(invalid("`confidential`: it stays as it was made; make another application"));
    }
    application.partner = application.partner.or(kept(PARTNER));
    let draft = application.draft(issuer.hierarchy()).map_err(|why| invalid(&why))?;
    let client = issuer.clients().update(client.id(), draft).await.map_err(told)?;
    Ok(json(StatusCode::OK, &Registered::new(&client, None, application)))
}

pub(crate) async fn end(call: Call) -> Result<Answer, Answer> {
    let client = found(&call).await?;
    call.service.issuer.clients().remove(client.id()).await.map(|()| done()).map_err(told)
}

/// Adds a secret beside the others, so that programs change theirs without an outage.
pub(crate) async fn add_secret(call: Call) -> Result<Answer, Answer> {
    let client = found(&call).await?;
    let secret = call.service.issuer.clients().add_secret(client.id(), None).await.map_err(told)?;
    let made = Secret { secret_id: secret.id().to_owned(), client_secret: secret.as_str().to_owned() };
    Ok(json(StatusCode::CREATED, &made))
}

pub(crate) async fn end_secret(call: Call) -> Result<Answer, Answer> {
    let client = found(&call).await?;
    let secret = call.path.value("secret");
    call.service.issuer.clients().revoke_secret(client.id(), secret).await.map(|()| done()).map_err(told)
}

/// Finds the application of the path: a client that was made here. That of the vendor's own people is none.
async fn found(call: &Call) -> Result<Arc<Client>, Answer> {
    let client = call.service.issuer.clients().get(call.path.value("application")).await.map_err(told)?;
    client.filter(|client| client.metadata(CONFIDENTIAL).is_some()).ok_or_else(not_found)
}

impl Registered {
    fn new(client: &Client, client_secret: Option<String>, application: Application) -> Self {
        let secret_ids = client.secrets().iter().map(|secret| secret.id().to_owned()).collect();
        Self { client_id: client.id().to_owned(), client_secret, secret_ids, application }
    }
}

impl Application {
    fn draft(&self, hierarchy: &Hierarchy) -> Result<ClientDraft, String> {
        let is_partner = self.partner.unwrap_or_default();
        if is_partner && self.grants.contains(&GrantType::ClientCredentials) {
            return Err("`grants`: client credentials are closed to partners".to_owned());
        }
        if let Some(scope) = self.scopes.iter().find(|scope| !is_for_applications(scope)) {
            return Err(format!("`scopes`: `{}` is not for applications", scope.escape_debug()));
        }
        let teams: Vec<String> = self.teams.iter().map(|team| format!("team_{team}")).collect();
        if teams.iter().any(|team| hierarchy.declared(team) != Some(Team::SCOPE)) {
            return Err("`teams`: the id of a team is 24 lower-case hexadecimal digits".to_owned());
        }
        let scopes: Vec<&str> = self.scopes.iter().chain(&teams).map(String::as_str).collect();
        let scopes = scopes.join(" ").parse().map_err(|_| "`scopes`: not a list of scopes")?;
        let draft = match self.confidential {
            true => ClientDraft::web(&self.name, &self.redirect_uris),
            false => ClientDraft::public(&self.name, &self.redirect_uris),
        };
        let draft = draft.metadata(CONFIDENTIAL, self.confidential).metadata(PARTNER, is_partner);
        // Nothing by default: who asks says for what.
        Ok(draft.grants(self.grants.iter().copied()).scopes(scopes).default_scopes(Scopes::default()))
    }
}

fn told(error: ClientError) -> Answer {
    match error {
        ClientError::NotFound => not_found(),
        ClientError::Invalid(error) => invalid(&error.to_string()),
        error => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "an application was not made or changed"
            );
            wrong(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "try again later")
        }
    }
}

/// The client that the vendor's own people are issued tokens for: no application.
pub(crate) const OURS: &str = "website";
const CONFIDENTIAL: &str = "confidential";
const PARTNER: &str = "partner";
