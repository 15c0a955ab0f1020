use std::future::pending;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use example_crash_reports::{CrashReports, Keys, Patience, serve};
use scopa_axum::Validator;
use scopa_axum::issuer::Store;
use scopa_systems::{Answer, Call, Http, Outcome, folder, store};
use scopa_testing::ManualClock;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The service on a free port of loopback, and a person who has all rights on the database Fred.
pub(crate) struct Stage {
    pub(crate) http: Http,
    pub(crate) clock: ManualClock,
    pub(crate) person: String,
    service: CrashReports,
}

/// A client with what it needs to get a token.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Stage {
    pub(crate) async fn start(name: &str) -> Outcome<Self> {
        let clock = ManualClock::at(NOW);
        Self::on(store(name).await?, &folder(name)?, &clock, None, None).await
    }

    /// Starts an instance on a store, with the keys in a folder. It may have the origin of a proxy, and the validator of another issuer.
    pub(crate) async fn on(
        store: impl Store,
        keys: &Path,
        clock: &ManualClock,
        origin: Option<&str>,
        validator: Option<Validator>,
    ) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let reached = format!("http://{}", listener.local_addr()?);
        let service = CrashReports::new(
            origin.unwrap_or(&reached),
            None,
            Keys::in_folder(keys)?,
            store,
            Arc::new(clock.clone()),
        )?;
        let person = service.token_for("fred", "Fred").await?;
        let service = match validator {
            Some(validator) => service.with_validator(validator),
            None => service,
        };
        tokio::spawn(serve(listener, service.clone().router()?, Patience::default(), pending()));
        Ok(Self { http: Http::at(reached), clock: clock.clone(), person, service })
    }

    /// Makes its router, to be asked in process.
    pub(crate) fn router(&self) -> Outcome<Router> {
        Ok(self.service.clone().router()?)
    }

    /// Signs a person of a database in.
    pub(crate) async fn signed_in(&self, database: &str) -> Outcome<String> {
        Ok(self.service.token_for("somebody", database).await?)
    }

    /// Makes a client with this scope.
    pub(crate) async fn client(&self, scope: &str) -> Outcome<Credentials> {
        let made = self.make(&json!({ "name": "a client", "scope": scope, "database": "Fred" })).await?;
        let made = made.expect(201)?;
        Ok(Credentials { id: made.text("client_id")?, secret: made.text("client_secret")? })
    }

    pub(crate) async fn make(&self, draft: &Value) -> Outcome<Answer> {
        self.http.post("/api/oauth-clients").bearer(&self.person).json(draft).send().await
    }

    /// Asks for a token, as the vendor's client does, and adds these fields.
    pub(crate) fn ask(&self, client: &Credentials, more: &[(&str, &str)]) -> Call {
        self.http.post(TOKENS).header("authorization", "").multipart(&fields(client, more))
    }

    /// Makes a client with this scope, and gets it a token.
    pub(crate) async fn token(&self, scope: &str) -> Outcome<String> {
        self.token_of(&self.client(scope).await?).await
    }

    pub(crate) async fn token_of(&self, client: &Credentials) -> Outcome<String> {
        self.ask(client, &[]).send().await?.expect(200)?.text("access_token")
    }

    /// Calls an operation, `POST /path`, about the database Fred.
    pub(crate) async fn call(&self, at: &str, token: &str) -> Outcome<Answer> {
        self.about("Fred", at).bearer(token).send().await
    }

    /// Starts a call of an operation about a database.
    pub(crate) fn about(&self, database: &str, at: &str) -> Call {
        let (method, path) = at.split_once(' ').unwrap_or(("", at));
        let fields = [("database", database), ("id", "1")];
        match method {
            "POST" => self.http.post(path).multipart(&fields),
            _ => self.http.request(method, &format!("{path}?database={database}&id=1")),
        }
    }
}

/// The fields of a request for a token.
pub(crate) fn fields<'a>(client: &'a Credentials, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let id = [
        ("grant_type", "client_credentials"),
        ("client_id", &*client.id),
        ("client_secret", &*client.secret),
    ];
    id.iter().chain(more).copied().collect()
}

/// When the tests take place, in seconds since 1970-01-01T00:00:00Z.
pub(crate) const NOW: u64 = 1_795_780_800;
pub(crate) const TOKENS: &str = "/oauth2/authorize";
