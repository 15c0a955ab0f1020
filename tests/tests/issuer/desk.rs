//! The three servers with an issuer each, and what one does there.

use std::future::Future;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::Duration;

use scopa_issuer::Issuer;
use scopa_testing::ManualClock;
use scopa_tests::{Alpha, M2M_SECRET, Mount, OnActix, OnAxum, OnTower, WEB_SECRET, issuer};
use tokio::time::timeout;

use crate::client::{Answer, Request, Then, encoded, get, post, send_bytes};

/// One server, with an issuer of its own.
pub(crate) struct Desk {
    pub(crate) server: &'static str,
    pub(crate) issuer: Issuer,
    pub(crate) clock: ManualClock,
    address: SocketAddr,
    secrets: Mutex<Vec<String>>,
}

/// Who asks, and how it shows who it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    Nobody,
    Basic(&'static str, &'static str),
    /// In the body.
    Post(&'static str, &'static str),
    /// A client without a secret.
    Name(&'static str),
}

pub(crate) const M2M: By = By::Basic("m2m", M2M_SECRET);
pub(crate) const WEB: By = By::Basic("web", WEB_SECRET);
pub(crate) const SPA: By = By::Name("spa");

/// What the exchange of a code or a refresh token brought.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// Does the same at each of the three servers. No secret may stand in the log.
pub(crate) fn at_each(act: impl Fn(&Desk)) {
    for desk in desks() {
        act(&desk);
        desk.check_log();
    }
}

/// Sends the same to all three: each answer must be the wanted one, and none may differ from the others.
pub(crate) fn all_alike(rows: Vec<(String, Request, Want)>) {
    let desks = desks();
    let mut complaints = Vec::new();
    for (number, (name, request, want)) in rows.into_iter().enumerate() {
        // An address for each row: what one guesses wrong is not counted to another.
        let [_, _, high, low] = u32::try_from(number + 1).unwrap().to_be_bytes();
        let request = request.from([127, 9, high, low]);
        let answers: Vec<Answer> = desks.iter().map(|desk| desk.ask(&request)).collect();
        for (desk, answer) in desks.iter().zip(&answers) {
            want.fault_in(answer).into_iter().for_each(|fault| {
                complaints.push(format!("{name}: {}: {fault}\n    {answer:?}", desk.server));
            });
        }
        if answers.windows(2).any(|pair| pair[0] != pair[1]) {
            complaints.push(format!("{name}: the servers differ: {answers:#?}"));
        }
    }
    desks.iter().for_each(Desk::check_log);
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

/// What is expected of an answer that says no.
#[derive(Debug, Clone)]
pub(crate) struct Want {
    status: u16,
    error: Option<&'static str>,
    fields: Vec<(&'static str, Option<&'static str>)>,
}

impl Want {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, error: None, fields: Vec::new() }
    }

    /// RFC 6749 §5.2: an error as JSON, which nobody may keep.
    pub(crate) fn error(status: u16, error: &'static str) -> Self {
        let fields = vec![("content-type", Some("application/json")), ("cache-control", Some("no-store"))];
        Self { status, error: Some(error), fields }
    }

    pub(crate) fn field(mut self, name: &'static str, value: impl Into<Option<&'static str>>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    fn fault_in(&self, answer: &Answer) -> Option<String> {
        let error = answer.text("error");
        if answer.status != self.status || error.as_deref() != self.error {
            return Some(format!(
                "expected {} {:?}, got {} {error:?}",
                self.status, self.error, answer.status
            ));
        }
        let wrong = self.fields.iter().find(|(name, value)| match value {
            Some(value) => answer.one(name) != Some(*value),
            None => !answer.all(name).is_empty(),
        });
        wrong.map(|(name, value)| format!("{name}: expected {value:?}, got {:?}", answer.all(name)))
    }
}

impl Desk {
    /// Sends a request, and looks at what must hold of every answer.
    pub(crate) fn ask(&self, request: &Request) -> Answer {
        let answer = request
            .send(self.address)
            .unwrap_or_else(|error| panic!("{}: {error}: {request:?}", self.server));
        assert!(answer.status < 500, "{}: {request:?}: {answer:?}", self.server);
        assert!(answer.all("x-injected").is_empty(), "{}: {answer:?}", self.server);
        let members = ["access_token", "refresh_token"].into_iter().filter_map(|name| answer.text(name));
        self.secrets().extend(members.chain(answer.parameter("code")));
        answer
    }

    /// Sends bytes; `None` if the server closes the connection without a word.
    pub(crate) fn send_bytes(&self, bytes: &[u8], then: Then) -> Option<Answer> {
        let answer =
            send_bytes(self.address, bytes, then).unwrap_or_else(|error| panic!("{}: {error}", self.server));
        assert!(answer.as_ref().is_none_or(|answer| answer.status < 500), "{}: {answer:?}", self.server);
        answer
    }

    /// Sends a form to an endpoint.
    pub(crate) fn send(&self, path: &str, form: &[(&str, &str)], by: By) -> Answer {
        let answer = self.ask(&request(path, form, by));
        // RFC 6749 §5.1; introspection and revocation are as private.
        assert_eq!(answer.one("cache-control"), Some("no-store"), "{}: {path}: {answer:?}", self.server);
        answer
    }

    pub(crate) fn token(&self, form: &[(&str, &str)], by: By) -> Answer {
        self.send(TOKEN, form, by)
    }

    /// Sends a browser, in which `user-1` is signed in, to the authorization endpoint.
    pub(crate) fn authorize(&self, parameters: &[(&str, &str)]) -> Answer {
        self.ask(&get(format!("{AUTHORIZE}?{}", encoded(parameters))).field("X-Test-User", "user-1"))
    }

    /// Gets a code for `web`.
    pub(crate) fn code(&self, scope: &str) -> String {
        let answer = self.authorize(&with(&ASKED, &[("scope", scope)]));
        answer.parameter("code").unwrap_or_else(|| panic!("{}: no code: {answer:?}", self.server))
    }

    /// Gets tokens for `web`.
    pub(crate) fn tokens(&self, scope: &str) -> Tokens {
        let code = self.code(scope);
        tokens_of(&self.token(&exchange(&code), WEB))
    }

    /// Asks the introspection endpoint as `m2m`.
    pub(crate) fn introspect(&self, token: &str) -> serde_json::Value {
        let answer = self.send(INTROSPECT, &[("token", token)], M2M);
        assert_eq!(answer.status, 200, "{}: {answer:?}", self.server);
        answer.json()
    }

    pub(crate) fn is_active(&self, token: &str) -> bool {
        let said = self.introspect(token);
        let active = said["active"].as_bool().unwrap();
        // RFC 7662 §2.2: of an inactive token nothing else is said.
        assert!(active || said == serde_json::json!({ "active": false }), "{}: {said}", self.server);
        active
    }

    /// Redeems the same many times at once and returns the answers.
    pub(crate) fn race(&self, times: usize, form: &[(&str, &str)], by: By) -> Vec<Answer> {
        let request = request(TOKEN, form, by);
        thread::scope(|scope| {
            let runs: Vec<_> = (0..times).map(|_| scope.spawn(|| self.ask(&request))).collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        })
    }

    fn check_log(&self) {
        let log = log();
        let secrets = self.secrets();
        let told = secrets.iter().map(String::as_str).chain([M2M_SECRET, WEB_SECRET]);
        // A whole token, or what of it is secret: a signature.
        let mut told =
            told.map(|secret| secret.rsplit('.').next().unwrap()).filter(|secret| secret.len() >= 20);
        assert_eq!(told.find(|secret| log.contains(secret)), None, "{}: a secret in the log", self.server);
        assert!(!log.contains("panicked"), "{}: a panic in the log", self.server);
    }

    fn secrets(&self) -> MutexGuard<'_, Vec<String>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes the request that sends a form.
pub(crate) fn request(path: &str, form: &[(&str, &str)], by: By) -> Request {
    match by {
        By::Nobody => post(path).form(form),
        By::Basic(id, secret) => post(path).form(form).basic(id, secret),
        By::Post(id, secret) => post(path).form(&with(form, &[("client_id", id), ("client_secret", secret)])),
        By::Name(id) => post(path).form(&with(form, &[("client_id", id)])),
    }
}

/// Sets parameters, in the place of those of the same name.
pub(crate) fn with<'a>(
    parameters: &[(&'a str, &'a str)],
    set: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let kept = without(parameters, &set.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    [kept, set.to_vec()].concat()
}

pub(crate) fn without<'a>(parameters: &[(&'a str, &'a str)], names: &[&str]) -> Vec<(&'a str, &'a str)> {
    parameters.iter().filter(|(name, _)| !names.contains(name)).copied().collect()
}

/// The form that exchanges a code of [`ASKED`].
pub(crate) fn exchange(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ]
}

pub(crate) fn refresh(token: &str) -> Vec<(&str, &str)> {
    vec![("grant_type", "refresh_token"), ("refresh_token", token)]
}

pub(crate) fn tokens_of(answer: &Answer) -> Tokens {
    assert_eq!(answer.status, 200, "{answer:?}");
    Tokens { access: answer.text("access_token").unwrap(), refresh: answer.text("refresh_token").unwrap() }
}

/// Returns the same text with another character in its middle.
pub(crate) fn flipped(text: &str) -> String {
    let other = |character| if character == 'A' { 'B' } else { 'A' };
    let middle = text.len() / 2;
    text.char_indices()
        .map(|(at, character)| if at == middle { other(character) } else { character })
        .collect()
}

/// Starts the three servers.
fn desks() -> [Desk; 3] {
    static LOG: Once = Once::new();
    LOG.call_once(|| {
        tracing_subscriber::fmt()
            .with_writer(|| Log)
            .with_ansi(false)
            .with_env_filter("info,scopa=trace")
            .init();
    });
    [
        Desk::start("tower", OnTower::default(), |listener, tower| on_tokio(tower.serve(listener))),
        Desk::start("axum", OnAxum::default(), |listener, axum| on_tokio(axum.serve(listener))),
        Desk::start("actix", OnActix::default(), |listener, actix| on_actix(actix.serve(listener))),
    ]
}

impl Desk {
    fn start<M: Mount + Send + 'static>(
        server: &'static str,
        mount: M,
        serve: impl FnOnce(TcpListener, M) + Send + 'static,
    ) -> Self {
        let clock = ManualClock::at(NOW);
        let made = issuer(IDENTIFIER, AUDIENCE, clock.clone());
        let issuer = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(made).unwrap();
        let auth = issuer.validator(AUDIENCE).revocation(issuer.revocation()).build().unwrap();
        let mount = mount.issues(&issuer).and_then(|mount| mount.needs::<Alpha>(API, &auth)).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || serve(listener, mount));
        Self { server, issuer, clock, address, secrets: Mutex::default() }
    }
}

fn on_tokio(serve: impl Future<Output = io::Result<()>>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let _ = runtime.block_on(async { timeout(LIFETIME, serve).await });
}

fn on_actix(serve: impl Future<Output = io::Result<()>>) {
    let _ = actix_web::rt::System::new().block_on(async { timeout(LIFETIME, serve).await });
}

/// Returns what all servers have written so far.
pub(crate) fn log() -> String {
    String::from_utf8_lossy(&written()).into_owned()
}

/// Collects what the servers write: they run in this process.
struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        written().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn written() -> MutexGuard<'static, Vec<u8>> {
    static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    WRITTEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `web` asks for.
pub(crate) const ASKED: [(&str, &str); 7] = [
    ("response_type", "code"),
    ("client_id", "web"),
    ("redirect_uri", REDIRECT),
    ("scope", "alpha"),
    ("state", "st\"ate"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];
pub(crate) const REDIRECT: &str = "https://client.example/cb";
/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const IDENTIFIER: &str = "https://id.example.com";
pub(crate) const AUDIENCE: &str = "https://api.example.com";
pub(crate) const TOKEN: &str = "/oauth2/token";
pub(crate) const AUTHORIZE: &str = "/oauth2/authorize";
/// A route of an API beside the issuer, for those who have `alpha`.
pub(crate) const API: &str = "/alpha";
pub(crate) const INTROSPECT: &str = "/oauth2/introspect";
pub(crate) const REVOKE: &str = "/oauth2/revoke";
const NOW: u64 = 1_795_333_600;
/// Longer than all tests together take, so that no server outlives them for long.
const LIFETIME: Duration = Duration::from_secs(300);
