use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use scopa::{Algorithm, BoxFuture, Hierarchy};
use scopa_issuer::{
    Approval, AuthorizationRequest, ClientDraft, Decision, DigestKey, Issuer, IssuerBuilder, Login,
    MemoryStore, SigningKey, SigningKeys, Store, TokenFormat,
};
use scopa_testing::ManualClock;
use serde_json::Value;

/// An issuer with three clients, and what a test sends it.
pub(crate) struct Stage {
    pub(crate) issuer: Issuer,
    pub(crate) clock: ManualClock,
}

/// Approves what the header `x-user` signs in; `x-consent` narrows it, and without a user there is a page.
pub(crate) struct Header;

impl Login for Header {
    fn decide<'a>(
        &'a self,
        request: &'a Request<Bytes>,
        _: &'a AuthorizationRequest,
    ) -> BoxFuture<'a, Decision> {
        let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let decision = match (header("x-user"), header("x-consent")) {
            (None, _) => Decision::Show(Response::new(Bytes::from_static(b"who are you?"))),
            (Some(user), _) if user == "nobody" => Decision::Deny,
            (Some(user), _) if user == "later" => Decision::Unavailable,
            (Some(user), None) => Decision::Approve(
                Approval::new(user)
                    .claim("team", "blue")
                    .claim("scp", "admin")
                    .claim("cnf", "x")
                    .claim("active", false),
            ),
            (Some(user), Some(scopes)) => {
                Decision::Approve(Approval::new(user).scopes(scopes.parse().unwrap()))
            }
        };
        Box::pin(async move { decision })
    }
}

impl Stage {
    /// Signed tokens of an hour.
    pub(crate) fn new() -> Self {
        Self::with(|issuer| issuer)
    }

    /// Opaque tokens of an hour.
    pub(crate) fn opaque() -> Self {
        Self::with(|issuer| issuer.token_format(TokenFormat::Opaque))
    }

    pub(crate) fn with(configure: impl FnOnce(IssuerBuilder) -> IssuerBuilder) -> Self {
        Self::on(MemoryStore::new(), configure)
    }

    pub(crate) fn on(store: impl Store, configure: impl FnOnce(IssuerBuilder) -> IssuerBuilder) -> Self {
        let stage = Self::bare_with(store, configure);
        stage.client(
            "machine",
            ClientDraft::machine("machine").scopes("write beta team_1 team_2".parse().unwrap()),
        );
        stage.client("web", ClientDraft::web("web", [CALLBACK]).scopes("write beta".parse().unwrap()));
        stage
    }

    /// Without clients.
    pub(crate) fn bare(store: impl Store) -> Self {
        Self::bare_with(store, |issuer| issuer)
    }

    fn bare_with(store: impl Store, configure: impl FnOnce(IssuerBuilder) -> IssuerBuilder) -> Self {
        let clock = ManualClock::at(1_795_333_600);
        let builder = Issuer::builder("https://id.example.com", store, DigestKey::new([7; 32]).unwrap())
            .audience(API)
            .signing_keys(SigningKeys::new(SigningKey::generate(Algorithm::ES256).unwrap()))
            .hierarchy(hierarchy())
            .login(Header)
            .clock(clock.clone());
        Self { issuer: configure(builder).build().unwrap(), clock }
    }

    pub(crate) fn client(&self, id: &str, draft: ClientDraft) {
        let clients = self.issuer.clients();
        now(clients.create_with_credentials(id, draft, SECRET)).unwrap();
    }

    /// Sends a form with Basic authentication of a client.
    pub(crate) fn post(&self, path: &str, client: &str, form: &[(&str, &str)]) -> Answer {
        self.send(posted(path, form).header("authorization", basic(client, SECRET)), form)
    }

    /// Sends a form without any authentication.
    pub(crate) fn post_alone(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(posted(path, form), form)
    }

    fn send(&self, request: http::request::Builder, form: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.respond(request.body(Bytes::from(body)).unwrap())
    }

    pub(crate) fn respond(&self, request: Request<Bytes>) -> Answer {
        Answer(now(self.issuer.respond(request)))
    }

    /// Asks for the consent of a user.
    pub(crate) fn authorize(&self, user: &str, params: &[(&str, &str)]) -> Answer {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        let request = Request::get(format!("/oauth2/authorize?{query}"))
            .header("x-user", user)
            .body(Bytes::new())
            .unwrap();
        self.respond(request)
    }

    /// Gets a code for `web` from alice.
    pub(crate) fn code(&self, scope: &str) -> String {
        let params = [
            ("response_type", "code"),
            ("client_id", "web"),
            ("redirect_uri", CALLBACK),
            ("scope", scope),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        self.authorize("alice", &params).location("code").unwrap()
    }

    /// Exchanges a code of `web`.
    pub(crate) fn exchange(&self, code: &str) -> Answer {
        self.post("/oauth2/token", "web", &redemption(code))
    }

    pub(crate) fn refresh(&self, token: &str) -> Answer {
        self.post("/oauth2/token", "web", &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    pub(crate) fn is_active(&self, token: &str) -> bool {
        let answer = self.post("/oauth2/introspect", "machine", &[("token", token)]);
        assert_eq!(answer.status(), 200);
        answer.json()["active"].as_bool().unwrap()
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// What an endpoint answered.
pub(crate) struct Answer(pub(crate) Response<Bytes>);

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(self.0.body()).unwrap_or_else(|_| panic!("no JSON: {:?}", self.0))
    }

    /// A member of the JSON, if it is a text.
    pub(crate) fn text(&self, member: &str) -> Option<String> {
        self.json()[member].as_str().map(str::to_owned)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.0.headers().get(name).map(|value| value.to_str().unwrap())
    }

    /// A parameter of the address that the browser is sent to.
    pub(crate) fn location(&self, name: &str) -> Option<String> {
        let (_, query) = self.header("location")?.split_once('?')?;
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// Status and `error`, of the body or of the address.
    pub(crate) fn refusal(&self) -> String {
        let error = match self.header("location") {
            Some(_) => self.location("error"),
            None => self.text("error"),
        };
        format!("{} {}", self.status(), error.unwrap_or_default())
    }
}

pub(crate) fn redemption(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]
}

pub(crate) fn basic(id: &str, secret: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}")))
}

fn posted(path: &str, _: &[(&str, &str)]) -> http::request::Builder {
    Request::post(path).header("content-type", "application/x-www-form-urlencoded")
}

/// Takes the outcome of a future that waits for nothing.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("a store in memory does not wait"),
    }
}

pub(crate) fn hierarchy() -> Hierarchy {
    Hierarchy::builder()
        .scopes(["admin", "write", "read", "beta"])
        .includes("admin", ["write"])
        .includes("write", ["read"])
        .template("team_{id}", "[0-9]{1,4}")
        .build()
        .unwrap()
}

pub(crate) const API: &str = "https://api.example.com";
pub(crate) const CALLBACK: &str = "https://client.example/cb";
pub(crate) const SECRET: &str = "a-secret-of-43-characters-0123456789-ABCDEF";
/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
