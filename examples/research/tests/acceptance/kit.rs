use std::net::IpAddr;
use std::sync::Arc;

use example_research::{Keys, People, Research, Settings, Statuses, T1, T2, serve};
use scopa_systems::{Answer, Away, Call, Http, Outcome, folder, store};
use scopa_testing::ManualClock;
use scopa_tower::Algorithm;
use scopa_tower::issuer::{DigestKey, SigningKey};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// What a test wants of the service.
pub(crate) struct Setup {
    pub(crate) name: &'static str,
    pub(crate) origin: Option<String>,
    pub(crate) statuses: Statuses,
    pub(crate) allowed: Vec<IpAddr>,
    pub(crate) signing: SigningKey,
    pub(crate) at: u64,
    pub(crate) store: Option<Away>,
}

impl Setup {
    pub(crate) fn new(name: &'static str) -> Outcome<Self> {
        let keys = Keys::in_folder(&folder(name)?, Algorithm::ES256)?;
        let (statuses, signing) = (Statuses::Rfc6750, keys.signing);
        Ok(Self {
            name,
            origin: None,
            statuses,
            allowed: Vec::new(),
            signing,
            at: 1_795_780_800,
            store: None,
        })
    }

    /// Starts the service on a free port of loopback.
    pub(crate) async fn start(self) -> Outcome<Service> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let here = format!("http://{}", listener.local_addr()?);
        let clock = ManualClock::at(self.at);
        let settings = Settings {
            origin: self.origin.unwrap_or_else(|| here.clone()),
            statuses: self.statuses,
            allowed: self.allowed,
        };
        let keys = Keys { digest: DigestKey::new([7; 32])?, signing: self.signing };
        let store = match self.store {
            Some(store) => store,
            None => Away::new(store(self.name).await?),
        };
        let research = Research::new(&settings, keys, People::new(PASSWORD), store, Arc::new(clock.clone()))?;
        let admin = research.admin().await?.as_str().to_owned();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(serve(listener, research.clone(), async { drop(stopped.await) }));
        Ok(Service {
            http: Http::at(here),
            origin: settings.origin,
            clock,
            research,
            admin,
            stop: Some(stop),
            served,
        })
    }
}

/// The service, running.
pub(crate) struct Service {
    pub(crate) http: Http,
    pub(crate) origin: String,
    pub(crate) clock: ManualClock,
    pub(crate) research: Research,
    pub(crate) admin: String,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) served: JoinHandle<()>,
}

/// An application with its secret.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Service {
    pub(crate) async fn start(name: &'static str) -> Outcome<Self> {
        Setup::new(name)?.start().await
    }

    /// Asks for an application.
    pub(crate) async fn register(&self, application: &Value) -> Outcome<Answer> {
        // A new token: the clock may be beyond the end of the first.
        let admin = self.research.admin().await?;
        self.http.post("/v1/oauth-applications").bearer(admin.as_str()).json(application).send().await
    }

    /// Makes an application that asks for itself.
    pub(crate) async fn machine(&self, scopes: &[&str], teams: &[&str]) -> Outcome<App> {
        let answer = self.register(&machine(scopes, teams)).await?.expect(201)?;
        Ok(App { id: answer.text("client_id")?, secret: answer.text("client_secret")? })
    }

    /// Asks the token endpoint with a form.
    pub(crate) async fn ask(&self, form: &[(&str, &str)]) -> Outcome<Answer> {
        self.http.post(TOKEN).form(form).send().await
    }

    /// Asks for a token for the application itself.
    pub(crate) async fn ask_as(&self, app: &App, scope: &str) -> Outcome<Answer> {
        self.ask(&[
            ("grant_type", "client_credentials"),
            ("client_id", &app.id),
            ("client_secret", &app.secret),
            ("scope", scope),
        ])
        .await
    }

    pub(crate) async fn token(&self, app: &App, scope: &str) -> Outcome<String> {
        self.ask_as(app, scope).await?.expect(200)?.text("access_token")
    }

    /// Calls the API. `request` is a method and a path.
    pub(crate) async fn call(&self, request: &str, token: &str) -> Outcome<Answer> {
        let (method, path) = request.split_once(' ').ok_or("no method")?;
        let call = self.http.request(method, path).bearer(token);
        with_body(call, method).send().await
    }

    /// Signs alice in and lets her consent, as a browser does, and returns what it is sent to.
    pub(crate) async fn consent(&self, query: &str, form: &[(&str, &str)]) -> Outcome<Answer> {
        let page = format!("/v1/oauth/authorize?{query}");
        self.http.post(&page).header("sec-fetch-site", "same-origin").form(form).send().await
    }
}

/// Adds the body that a note is written with.
fn with_body(call: Call, method: &str) -> Call {
    match method {
        "POST" | "PUT" => call.json(&json!({"text": "a note"})),
        _ => call,
    }
}

pub(crate) fn machine(scopes: &[&str], teams: &[&str]) -> Value {
    json!({
        "name": "nightly export",
        "confidential": true,
        "grants": ["client_credentials"],
        "scopes": scopes,
        "teams": teams,
        "redirect_uris": [],
    })
}

/// The scope of a team.
pub(crate) fn team(id: &str) -> String {
    format!("team_{id}")
}

pub(crate) fn one() -> String {
    team(T1)
}

pub(crate) fn other() -> String {
    team(T2)
}

pub(crate) const TOKEN: &str = "/v1/oauth/token";
pub(crate) const PASSWORD: &str = "0c4f5a1d7e2b4890a6c3d1e5f7b9082413a5c7e9fb0d2f4163758a9cbed0f213";
