use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware::map_response;
use axum::response::Html;
use axum::routing::{Router, get};
use scopa_axum::issuer::{DigestKey, Endpoints, Issuer, Store, TokenFormat};
use scopa_axum::{Clock, ConfigError, HttpClient, Introspection, Validator, ValidatorBuilder, issuer_routes};
use utoipa_axum::router::OpenApiRouter;

use crate::applications::{self, Desk};
use crate::board::Board;
use crate::graphql::{self, Graphs};
use crate::login::SignIn;
use crate::people::People;
use crate::problem::with_detail;
use crate::scopes::hierarchy;
use crate::session::Sessions;
use crate::{document, rest};

/// The service: an issuer with its people, and the two APIs that take its tokens.
#[derive(Debug, Clone)]
pub struct OnCall {
    /// Who gives tokens out.
    pub issuer: Issuer,
    /// For whom they act.
    pub people: Arc<People>,
    sign_in: SignIn,
}

impl OnCall {
    /// Makes it: `origin` is where browsers and clients reach it. A refresh token that was just used may be used again within
    /// `refresh_grace`, for clients that lose answers: zero, or 10 to 30 seconds.
    ///
    /// # Errors
    /// Names the setting that is wrong.
    pub fn new(
        origin: &str,
        store: impl Store,
        digest_key: DigestKey,
        clock: Arc<dyn Clock>,
        refresh_grace: Duration,
    ) -> Result<Self, ConfigError> {
        let people = Arc::new(People::for_trying_out(origin)?);
        let sessions = Arc::new(Sessions::new(origin, clock.clone()));
        let sign_in = SignIn { people: people.clone(), sessions, origin: origin.into() };
        let issuer = Issuer::builder(origin, store, digest_key)
            .audience(AUDIENCE)
            .hierarchy(hierarchy()?)
            .endpoints(endpoints())
            // Two years are too long for a token that nobody can take back: so they are opaque, and asked about each time.
            .token_format(TokenFormat::Opaque)
            .access_lifetime(TWO_YEARS)
            .refresh_lifetime(TWO_YEARS)
            .refresh_grace(refresh_grace)
            .login(sign_in.clone())
            .clock(clock)
            .build()?;
        Ok(Self { issuer, people, sign_in })
    }

    /// Makes the routes: the pages and endpoints of the issuer, where people register applications, and the APIs.
    ///
    /// # Errors
    /// Names the setting that is wrong.
    pub fn routes(&self) -> Result<Router, ConfigError> {
        // In the same process the store is asked about each token: what was revoked is refused at once.
        let local = self.issuer.local(HttpClient::new()?);
        let auth = self.issuer.validator(AUDIENCE).introspect(self.issuer.introspection(), local);
        let scopes = hierarchy()?.scopes().collect::<Vec<_>>().join(" ");
        let scopes = scopes.parse().map_err(|error| ConfigError::new("scopes", format!("{error}")))?;
        let (issuer, sign_in) = (self.issuer.clone(), self.sign_in.clone());
        let desk = Desk { issuer, sign_in, scopes, turn: Arc::default() };
        let apis = api_alone(self.issuer.identifier(), auth, self.people.clone())?;
        Ok(apis.merge(applications::routes(desk)).merge(issuer_routes(self.issuer.clone())))
    }
}

/// Says how the APIs ask an issuer elsewhere over HTTP, as one of its clients. An answer is remembered for 30 seconds; an issuer
/// that does not answer is 503 for tokens that are not.
///
/// # Errors
/// Names the setting that is wrong.
pub fn asking(issuer: &str, client_id: &str, client_secret: &str) -> Result<ValidatorBuilder, ConfigError> {
    let asks = Introspection::new(client_id, client_secret);
    let http = HttpClient::new()?;
    Ok(Validator::builder(issuer, AUDIENCE)
        .discover(http.clone())
        .introspect(asks, http)
        .hierarchy(hierarchy()?))
}

/// Makes the routes of the two APIs, which take the tokens of `issuer`.
///
/// # Errors
/// Names the setting that is wrong.
pub fn api_alone(issuer: &str, auth: ValidatorBuilder, people: Arc<People>) -> Result<Router, ConfigError> {
    let board = Arc::new(Board::new());
    let graphs = graphql::schema(board.clone());
    let auth = auth.revocation(people.clone()).build()?;
    let document = document::start(issuer, &hierarchy()?);
    let (routes, document) = OpenApiRouter::with_openapi(document)
        .merge(rest::routes())
        .merge(graphql::routes())
        .split_for_parts();
    let document = document.to_json().map_err(|error| ConfigError::new("document", error.to_string()))?;
    let fields = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=300")];
    Ok(routes
        .route("/api/v1/openapi.json", get(async move || (fields, document.clone())))
        .route("/api/v1/docs", get(async || Html(DOCS)))
        .layer(map_response(with_detail))
        .with_state(Api { auth, board, graphs, people }))
}

/// What the handlers of both APIs share.
#[derive(Clone)]
pub(crate) struct Api {
    auth: Validator,
    pub(crate) board: Arc<Board>,
    pub(crate) graphs: Graphs,
    pub(crate) people: Arc<People>,
}

impl FromRef<Api> for Validator {
    fn from_ref(api: &Api) -> Self {
        api.auth.clone()
    }
}

/// As django-oauth-toolkit calls them; a trailing slash belongs to the path.
fn endpoints() -> Endpoints {
    Endpoints::default()
        .authorize(AUTHORIZE)
        .token(TOKEN)
        .introspection("/oauth2/introspect/")
        .revocation("/oauth2/revoke_token/")
}

/// How the two APIs call themselves in tokens (`aud`).
pub const AUDIENCE: &str = "on-call";

/// How long access tokens are good, and refresh tokens that are not used.
pub const TWO_YEARS: Duration = Duration::from_secs(2 * 365 * 24 * 3600);

pub(crate) const AUTHORIZE: &str = "/oauth2/authorize/";
pub(crate) const TOKEN: &str = "/oauth2/token/";

const DOCS: &str = "<!doctype html><title>On call</title><p>The APIs are described in <a href=\"openapi.json\">openapi.json</a>.";
