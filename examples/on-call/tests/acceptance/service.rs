use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use example_on_call::{OnCall, Patience};
use scopa_axum::issuer::DigestKey;
use scopa_systems::{Answer, Call, Http, Outcome, store};
use scopa_testing::ManualClock;
use tokio::runtime::{Builder, Runtime};

use crate::browser::Browser;

/// The service on a free port of loopback.
pub(crate) struct Service {
    pub(crate) http: Http,
    pub(crate) on_call: OnCall,
    pub(crate) clock: ManualClock,
    _place: Place,
}

/// Where a service runs: a runtime of its own, so that it can be stopped with all of its connections.
pub(crate) struct Place(Option<Runtime>);

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Service {
    pub(crate) async fn start(name: &str) -> Outcome<Self> {
        Self::with_grace(name, Duration::ZERO).await
    }

    pub(crate) async fn with_grace(name: &str, grace: Duration) -> Outcome<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let origin = format!("http://{}", listener.local_addr()?);
        let clock = ManualClock::at(1_795_780_800);
        let key = DigestKey::generate()?;
        let on_call = OnCall::new(&origin, store(name).await?, key, Arc::new(clock.clone()), grace)?;
        let place = serve(listener, on_call.routes()?)?;
        Ok(Self { http: Http::at(origin), on_call, clock, _place: place })
    }

    pub(crate) fn password(&self, name: &str) -> String {
        self.on_call.people.passwords().into_iter().find(|(known, _)| *known == name).unwrap().1
    }

    /// Returns a browser in which somebody has signed in.
    pub(crate) async fn browser_of(&self, name: &str) -> Outcome<Browser> {
        let mut browser = Browser::new(&self.http);
        browser.sign_in("/app/sign-in", name, &self.password(name)).await?.expect(303)?;
        Ok(browser)
    }

    /// Has alice make an application.
    pub(crate) async fn application(&self) -> Outcome<Application> {
        self.browser_of("alice").await?.application("terminal").await
    }

    /// Has alice sign in and consent, and returns the answer to her browser.
    pub(crate) async fn consent(&self, client: &Application, scope: Option<&str>) -> Outcome<Answer> {
        let mut browser = self.browser_of("alice").await?;
        browser.consent(&request(&client.id, scope), "allow").await
    }

    pub(crate) async fn code(&self, client: &Application, scope: Option<&str>) -> Outcome<String> {
        Ok(self.consent(client, scope).await?.sent_with("code").ok_or("no code")?)
    }

    pub(crate) fn redeem(&self, client: &Application, code: &str) -> Call {
        redeem(&self.http, client, code)
    }

    pub(crate) fn redeem_with(&self, client: &Application, code: &str, verifier: &str) -> Call {
        redeem_with(&self.http, client, code, verifier)
    }

    /// The whole flow: access token and refresh token.
    pub(crate) async fn tokens(&self, client: &Application, scope: Option<&str>) -> Outcome<Tokens> {
        let code = self.code(client, scope).await?;
        Tokens::of(&self.redeem(client, &code).send().await?.expect(200)?)
    }

    pub(crate) fn refresh(&self, client: &Application, refresh: &str, scope: Option<&str>) -> Call {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", refresh)];
        form.extend(scope.map(|scope| ("scope", scope)));
        self.ask("/oauth2/token/", client).form(&form)
    }

    pub(crate) async fn introspect(&self, client: &Application, token: &str) -> Outcome<Answer> {
        self.ask("/oauth2/introspect/", client).form(&[("token", token)]).send().await
    }

    pub(crate) async fn rest(&self, token: &str) -> Outcome<Answer> {
        self.http.get("/api/v1/heartbeats/").bearer(token).send().await
    }

    pub(crate) async fn graph(&self, token: &str) -> Outcome<Answer> {
        graph(&self.http, token).await
    }

    /// Asks an endpoint as a client that sends id and secret as they are, as oauth2c does.
    fn ask(&self, path: &str, client: &Application) -> Call {
        self.http.post(path).basic(&client.id, &client.secret)
    }
}

/// Exchanges a code.
pub(crate) fn redeem(http: &Http, client: &Application, code: &str) -> Call {
    redeem_with(http, client, code, VERIFIER)
}

fn redeem_with(http: &Http, client: &Application, code: &str, verifier: &str) -> Call {
    http.post("/oauth2/token/").basic(&client.id, &client.secret).form(&[
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", verifier),
    ])
}

/// Serves on a runtime of its own.
pub(crate) fn serve(listener: std::net::TcpListener, routes: Router) -> Outcome<Place> {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.spawn(example_on_call::serve(listener, routes, Patience::default(), pending()));
    Ok(Place(Some(runtime)))
}

/// Serves routes of which nothing but the APIs is needed.
pub(crate) fn serve_apart(routes: Router) -> Outcome<(Http, Place)> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let http = Http::at(format!("http://{}", listener.local_addr()?));
    Ok((http, serve(listener, routes)?))
}

pub(crate) async fn graph(http: &Http, token: &str) -> Outcome<Answer> {
    let question = serde_json::json!({"query": "{ me heartbeats { id name } incidents { summary status } }"});
    http.post("/graphql").bearer(token).json(&question).send().await
}

/// An application as its author knows it.
#[derive(Clone)]
pub(crate) struct Application {
    pub(crate) id: String,
    pub(crate) secret: String,
}

pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    pub(crate) fn of(answer: &Answer) -> Outcome<Self> {
        Ok(Self { access: answer.text("access_token")?, refresh: answer.text("refresh_token")? })
    }
}

/// The authorization request as oauth2c writes it: a nonce in any case, and no scope unless it is told one.
pub(crate) fn request(client_id: &str, scope: Option<&str>) -> String {
    let challenge = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let scope = scope.map(|scope| ("scope", scope));
    request_of(client_id, CALLBACK, challenge.into_iter().chain(scope))
}

pub(crate) fn request_of<'p>(
    client_id: &'p str,
    redirect_uri: &'p str,
    more: impl IntoIterator<Item = (&'p str, &'p str)>,
) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs([
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("response_type", "code"),
        ("response_mode", "query"),
        ("state", STATE),
        ("nonce", "2bVpnX3cTzaLzAUTVoiPW"),
    ]);
    format!("/oauth2/authorize/?{}", query.extend_pairs(more).finish())
}

pub(crate) const CALLBACK: &str = "http://localhost:9876/callback";
pub(crate) const STATE: &str = "a state & more";
/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
