use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use scopa::{BoxFuture, Clock};
use scopa_issuer::{
    Approval, AuthorizationRequest, ClientDraft, Decision, DigestKey, Issuer, Login, Store, TokenFormat,
};
use serde_json::Value;

/// An issuer, and what its one public client sends it.
#[derive(Clone)]
pub(crate) struct Stage {
    issuer: Issuer,
    client_id: String,
}

/// Alice always consents.
struct Alice;

impl Login for Alice {
    fn decide<'a>(&'a self, _: &'a Request<Bytes>, _: &'a AuthorizationRequest) -> BoxFuture<'a, Decision> {
        Box::pin(async { Decision::Approve(Approval::new("alice")) })
    }
}

/// No time passes, however busy the machine is.
struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> u64 {
        1_795_333_600
    }
}

impl Stage {
    /// Registers the client.
    pub(crate) async fn new(store: impl Store) -> Self {
        let issuer = issuer(store, Duration::ZERO);
        let draft = ClientDraft::public("app", [CALLBACK]).scopes("read".parse().unwrap());
        let (client, _) = issuer.clients().create(draft).await.unwrap();
        Self { issuer, client_id: client.id().to_owned() }
    }

    /// Is another machine, or the same one later; `grace` is for answers that were lost.
    pub(crate) fn again(store: impl Store, grace: Duration, client_id: &str) -> Self {
        Self { issuer: issuer(store, grace), client_id: client_id.to_owned() }
    }

    pub(crate) fn client_id(&self) -> &str {
        &self.client_id
    }

    pub(crate) async fn code(&self) -> String {
        let query = form(&[
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", CALLBACK),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let request = Request::get(format!("/oauth2/authorize?{query}")).body(Bytes::new()).unwrap();
        let answer = self.issuer.respond(request).await;
        let location = answer.headers()["location"].to_str().unwrap();
        let (_, query) = location.split_once('?').unwrap();
        let code = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "code");
        code.unwrap_or_else(|| panic!("{location}")).1.into_owned()
    }

    pub(crate) async fn exchange(&self, code: &str) -> Answer {
        self.ask(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("client_id", &self.client_id),
        ])
        .await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.ask(&[("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", &self.client_id)])
            .await
    }

    async fn ask(&self, params: &[(&str, &str)]) -> Answer {
        let request = Request::post("/oauth2/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(form(params)))
            .unwrap();
        Answer::of(&self.issuer.respond(request).await)
    }
}

/// What the token endpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The refresh token.
    Given(String),
    /// Status and `error`.
    Refused(String),
}

impl Answer {
    fn of(response: &Response<Bytes>) -> Self {
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        match (response.status().as_u16(), body["refresh_token"].as_str()) {
            (200, Some(token)) => Self::Given(token.to_owned()),
            (status, _) => Self::Refused(format!("{status} {}", body["error"].as_str().unwrap_or_default())),
        }
    }

    pub(crate) fn refused() -> Self {
        Self::Refused("400 invalid_grant".to_owned())
    }

    pub(crate) fn token(self) -> String {
        match self {
            Self::Given(token) => token,
            Self::Refused(why) => panic!("{why}"),
        }
    }
}

fn issuer(store: impl Store, grace: Duration) -> Issuer {
    Issuer::builder("https://id.example.com", store, DigestKey::new([7; 32]).unwrap())
        .audience("https://api.example.com")
        .token_format(TokenFormat::Opaque)
        .hierarchy(scopa::Hierarchy::builder().scopes(["read"]).build().unwrap())
        .refresh_grace(grace)
        .login(Alice)
        .clock(Frozen)
        .build()
        .unwrap()
}

fn form(params: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish()
}

const CALLBACK: &str = "https://client.example/cb";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
