//! Where people register the programs that they write, and take leave. For browsers: by the session's cookie, from our own pages.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{FromRequestParts, Path, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{Router, delete, get, post};
use scopa_axum::Scopes;
use scopa_axum::issuer::{Client, ClientDraft, ClientError, ClientSecret, Issuer};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::login::{Form, NOT_OURS, SaidPage, SignIn, SignInPage, page, said};
use crate::problem::Problem;

/// What these routes need.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub(crate) issuer: Issuer,
    pub(crate) sign_in: SignIn,
    /// What an application may ask people for: everything.
    pub(crate) scopes: Scopes,
    /// Held by who makes an application, or leaves: so nobody has too many, and who leaves leaves none behind.
    pub(crate) turn: Arc<Mutex<()>>,
}

/// Makes the routes.
pub(crate) fn routes(desk: Desk) -> Router {
    Router::new()
        .route("/app/sign-in", get(show_sign_in).post(sign_in))
        .route("/app/oauth-applications", post(create))
        .route("/app/oauth-applications/{client_id}/secret", post(add_secret))
        .route("/app/oauth-applications/{client_id}", delete(end))
        .route("/app/account", delete(leave))
        .with_state(desk)
}

/// Somebody who is signed in, by their name.
struct SignedIn(String);

impl FromRequestParts<Desk> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Problem> {
        if parts.method != Method::GET && !desk.sign_in.is_from_our_page(&parts.headers) {
            return Err(Problem::NotSignedIn);
        }
        desk.sign_in.session(&parts.headers).map(|session| Self(session.user)).ok_or(Problem::NotSignedIn)
    }
}

/// What a person says about an application.
#[derive(Debug, Deserialize)]
struct ApplicationDraft {
    name: String,
    redirect_uris: Vec<String>,
}

async fn show_sign_in(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    let page = match desk.sign_in.session(&headers) {
        Some(session) => page(StatusCode::OK, &SaidPage { title: "You are signed in", what: &session.user }),
        None => page(StatusCode::OK, &SignInPage::saying("to your applications")),
    };
    page.map(Body::from)
}

async fn sign_in(State(desk): State<Desk>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let answer = match desk.sign_in.is_from_our_page(&headers) {
        true => desk.sign_in.sign_in(&headers, &uri, &Form::of(&body)),
        false => said(NOT_OURS),
    };
    answer.map(Body::from)
}

/// Makes an application.
async fn create(
    SignedIn(person): SignedIn,
    State(desk): State<Desk>,
    draft: Result<Json<ApplicationDraft>, JsonRejection>,
) -> Result<Shown, Problem> {
    let Json(ApplicationDraft { name, redirect_uris }) = draft?;
    let _turn = desk.turn.lock().await;
    if !desk.sign_in.people.knows(&person) {
        return Err(Problem::NotSignedIn);
    }
    if desk.applications_of(&person).await?.len() >= MOST {
        return Err(Problem::too_many("applications"));
    }
    let draft = ClientDraft::web(&name, &redirect_uris).scopes(desk.scopes.clone()).metadata(OWNER, person);
    let (client, secret) = desk.issuer.clients().create(draft).await?;
    Ok(shown(json!({
        "client_id": client.id(),
        "client_secret": secret.as_ref().map(ClientSecret::as_str),
        "name": name,
        "redirect_uris": redirect_uris,
        "scopes": desk.scopes.iter().collect::<Vec<_>>(),
    })))
}

/// Makes one more secret, beside those that there are.
async fn add_secret(
    SignedIn(person): SignedIn,
    State(desk): State<Desk>,
    client_id: Result<Path<String>, PathRejection>,
) -> Result<Shown, Problem> {
    let Path(client_id) = client_id?;
    desk.check_owner(&person, &client_id).await?;
    let secret = desk.issuer.clients().add_secret(&client_id, None).await?;
    Ok(shown(json!({"client_id": client_id, "client_secret": secret.as_str()})))
}

/// Ends an application, with all that people have consented to for it.
async fn end(
    SignedIn(person): SignedIn,
    State(desk): State<Desk>,
    client_id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let Path(client_id) = client_id?;
    desk.check_owner(&person, &client_id).await?;
    desk.issuer.clients().remove(&client_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends an account. With it end her applications, for nobody else could end them any more, and all that the person has consented to.
async fn leave(SignedIn(person): SignedIn, State(desk): State<Desk>) -> Result<StatusCode, Problem> {
    // Goes on when the browser hangs up: half an end is none.
    tokio::spawn(async move { desk.see_off(&person).await }).await.map_err(|_| Problem::Unavailable)??;
    Ok(StatusCode::NO_CONTENT)
}

/// What holds a secret, which is told this once: for nobody on the way to keep.
type Shown = (StatusCode, [(HeaderName, &'static str); 1], Json<Value>);

fn shown(what: Value) -> Shown {
    (StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(what))
}

impl Desk {
    async fn see_off(&self, person: &str) -> Result<(), Problem> {
        let _turn = self.turn.lock().await;
        for client in self.applications_of(person).await? {
            match self.issuer.clients().remove(client.id()).await {
                Ok(()) | Err(ClientError::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // First the person, then the grants: from here on nobody consents any more.
        self.sign_in.people.remove(person);
        self.issuer.end_grants(person, None).await.map_err(|_| Problem::Unavailable)?;
        Ok(())
    }

    /// Looks through the whole register, which is small here: otherwise keep who owns what in a table of yours.
    async fn applications_of(&self, person: &str) -> Result<Vec<Arc<Client>>, Problem> {
        let mut found: Vec<Arc<Client>> = Vec::new();
        let mut last: Option<String> = None;
        loop {
            let clients = self.issuer.clients().list(last.as_deref(), 100).await?;
            let Some(client) = clients.last() else { return Ok(found) };
            last = Some(client.id().to_owned());
            found.extend(clients.into_iter().filter(|client| is_theirs(client, person)));
        }
    }

    /// An application of somebody else is told as one that there is not.
    async fn check_owner(&self, person: &str, client_id: &str) -> Result<(), Problem> {
        let client = self.issuer.clients().get(client_id).await?.ok_or(Problem::NotFound)?;
        if is_theirs(&client, person) { Ok(()) } else { Err(Problem::NotFound) }
    }
}

fn is_theirs(client: &Client, person: &str) -> bool {
    client.metadata(OWNER).and_then(|owner| owner.as_str()) == Some(person)
}

/// Whose an application is: a claim of its registration, which is for this service to read and not for tokens.
const OWNER: &str = "owner";

/// How many applications somebody can have.
const MOST: usize = 20;
