//! `scopa mint`: a token, made by scopa's own issuer inside this process.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{Method, Request, Response};
use lexopt::Arg;
use scopa::{Algorithm, BoxFuture, Scopes};
use scopa_issuer::{
    Approval, AuthorizationRequest, ClientDraft, Decision, DigestKey, GrantType, Issuer, Login, MemoryStore,
    SigningKey, SigningKeys,
};
use serde_json::Value;

use crate::arguments::{Arguments, scopes};
use crate::outcome::{Failure, Outcome};
use crate::time::{self, At};
use crate::{plain, runtime};

pub(crate) fn run(arguments: Vec<OsString>) -> Result<Outcome, Failure> {
    let mut arguments = Arguments::of("mint", arguments);
    let (mut order, mut file, mut algorithm) = (Order::default(), None, None);
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("iss") => order.issuer = arguments.value()?,
            Arg::Long("aud") => order.audiences.push(arguments.value()?),
            Arg::Long("sub") => order.subject = Some(arguments.value()?),
            Arg::Long("client") => order.client = arguments.value()?,
            Arg::Long("scope") => order.scopes = scopes(&arguments.value()?)?,
            Arg::Long("ttl") => order.lifetime = time::span(&arguments.value()?)?,
            Arg::Long("at") => order.at = time::read(&arguments.value()?)?,
            Arg::Long("claim") => order.claims.push(claim(&arguments.value()?)?),
            Arg::Long("key") => file = Some(arguments.value()?),
            Arg::Long("alg") => algorithm = Some(algorithm_named(&arguments.value()?)?),
            Arg::Long("help") | Arg::Short('h') => return Ok(Outcome::Yes(HELP.to_owned())),
            other => return Err(Arguments::unexpected("mint", &other)),
        }
    }
    let key = match &file {
        Some(file) => from_file(file, algorithm)?,
        None => SigningKey::generate(algorithm.unwrap_or(Algorithm::ES256))?,
    };
    let issuer = order.issuer(key)?;
    let token = runtime()?.block_on(order.token(&issuer))?;
    if file.is_none() {
        let keys = runtime()?.block_on(issuer.respond(request(Method::GET, "/oauth2/jwks")?));
        // Whoever closed stderr does not want to know.
        let _ = writeln!(io::stderr().lock(), "{}", String::from_utf8_lossy(keys.body()));
    }
    Ok(Outcome::Yes(format!("{token}\n")))
}

/// What a token is to say.
struct Order {
    issuer: String,
    audiences: Vec<String>,
    subject: Option<String>,
    client: String,
    scopes: Scopes,
    lifetime: Duration,
    at: u64,
    claims: Vec<(String, Value)>,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            issuer: "http://127.0.0.1:9000".to_owned(),
            audiences: Vec::new(),
            subject: None,
            client: "scopa-mint".to_owned(),
            scopes: Scopes::default(),
            lifetime: Duration::from_secs(3600),
            at: time::now(),
            claims: Vec::new(),
        }
    }
}

impl Order {
    fn issuer(&self, key: SigningKey) -> Result<Issuer, Failure> {
        let mut issuer = Issuer::builder(&self.issuer, MemoryStore::new(), DigestKey::generate()?)
            .signing_keys(SigningKeys::new(key))
            .access_lifetime(self.lifetime)
            .clock(At(self.at));
        if self.audiences.is_empty() {
            issuer = issuer.audience(DEFAULT_AUDIENCE);
        }
        for audience in &self.audiences {
            issuer = issuer.audience(audience);
        }
        if let Some(subject) = &self.subject {
            issuer = issuer.login(Consents(subject.clone()));
        }
        Ok(issuer.build()?)
    }

    /// Has a token made the way that a client gets one: with a subject by a code, without by its own credentials.
    async fn token(&self, issuer: &Issuer) -> Result<String, Failure> {
        let mut draft = ClientDraft::web("scopa mint", [REDIRECT_URI]).scopes(self.scopes.clone());
        draft = draft.grants([GrantType::ClientCredentials, GrantType::AuthorizationCode]);
        for (name, value) in &self.claims {
            draft = draft.claim(name, value.clone());
        }
        let made = issuer.clients().create_with_credentials(&self.client, draft, SECRET).await;
        made.map_err(|error| Failure::new(error.to_string()))?;
        let form = match self.subject {
            None => "grant_type=client_credentials".to_owned(),
            Some(_) => {
                let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, VERIFIER.as_bytes()));
                let client = form_urlencoded::byte_serialize(self.client.as_bytes()).collect::<String>();
                let uri = format!(
                    "/oauth2/authorize?response_type=code&client_id={client}&code_challenge={challenge}&code_challenge_method=S256"
                );
                let answer = issuer.respond(request(Method::GET, &uri)?).await;
                let code =
                    code(&answer).ok_or_else(|| Failure::new("nobody has this name: `--sub` is empty"))?;
                format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}")
            }
        };
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{}:{SECRET}", self.client));
        let mut asked = request(Method::POST, "/oauth2/token")?.map(|_| Bytes::from(form));
        for (name, value) in [(CONTENT_TYPE, FORM.to_owned()), (AUTHORIZATION, format!("Basic {basic}"))] {
            let value =
                value.parse().map_err(|_| Failure::new("the client cannot stand in a header field"))?;
            asked.headers_mut().insert(name, value);
        }
        let answer = issuer.respond(asked).await;
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        match body.get("access_token").and_then(Value::as_str) {
            Some(token) => Ok(token.to_owned()),
            None => Err(Failure::new(format!(
                "no token was made: {}",
                body.get("error_description")
                    .and_then(Value::as_str)
                    .unwrap_or("the issuer does not say why")
            ))),
        }
    }
}

/// Consents in the name of this person.
struct Consents(String);

impl Login for Consents {
    fn decide<'a>(&'a self, _: &'a Request<Bytes>, _: &'a AuthorizationRequest) -> BoxFuture<'a, Decision> {
        Box::pin(async { Decision::Approve(Approval::new(&self.0)) })
    }
}

fn request(method: Method, uri: &str) -> Result<Request<Bytes>, Failure> {
    let request = Request::builder().method(method).uri(uri).body(Bytes::new());
    request.map_err(|_| Failure::new("the client cannot stand in an address"))
}

fn code(answer: &Response<Bytes>) -> Option<String> {
    let (_, query) = answer.headers().get(LOCATION)?.to_str().ok()?.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix("code=")).map(str::to_owned)
}

/// Reads a private key, of the algorithm that is named or the first that it fits.
fn from_file(file: &str, algorithm: Option<Algorithm>) -> Result<SigningKey, Failure> {
    let failure = |why: String| Failure::new(format!("{}: {why}", plain::text(file)));
    let pem = fs::read(file).map_err(|error| failure(error.to_string()))?;
    match algorithm {
        Some(algorithm) => SigningKey::from_pem(algorithm, pem).map_err(|error| failure(error.to_string())),
        None => {
            let mut keys = TRIED.iter().filter_map(|algorithm| SigningKey::from_pem(*algorithm, &pem).ok());
            keys.next().ok_or_else(|| {
                failure("no private key in PEM for ES256, ES384, ES512, EdDSA or RS256".to_owned())
            })
        }
    }
}

fn algorithm_named(name: &str) -> Result<Algorithm, Failure> {
    let mut algorithms = TRIED.into_iter();
    let unknown = || Failure::new("`--alg` is one of ES256, ES384, ES512, EdDSA and RS256");
    algorithms.find(|algorithm| algorithm.name() == name).ok_or_else(unknown)
}

/// Reads `name=value`: the value as JSON, or else as a text.
fn claim(text: &str) -> Result<(String, Value), Failure> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(Failure::new("a claim is written as NAME=VALUE, the value in JSON, or else a text"));
    };
    Ok((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| Value::from(value))))
}

const TRIED: [Algorithm; 5] =
    [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA, Algorithm::RS256];
const DEFAULT_AUDIENCE: &str = "https://api.example.com";
const FORM: &str = "application/x-www-form-urlencoded";
const REDIRECT_URI: &str = "http://127.0.0.1/";
/// Good inside this process, for as long as it lives.
const SECRET: &str = "stays-inside-of-this-process";
const VERIFIER: &str = "stays-inside-of-this-process-and-is-long-enough";

const HELP: &str = "\
Makes a signed token (RFC 9068), for tests and local work.

  scopa mint --key signing.pem --iss https://id.example.com --aud https://api.example.com --sub alice --scope \"read\"

  --iss URL           the issuer; http://127.0.0.1:9000 by default
  --aud URI           the API; https://api.example.com by default; given again: this, too
  --sub NAME          the person; by default the client itself
  --client ID         the client; scopa-mint by default
  --scope SCOPES      separated by spaces
  --ttl SPAN          how long it is good: 3600, 90s, 15m, 1h, 30d; an hour by default
  --at TIME           when it is issued, such as 2026-11-27T12:00:00Z; by default now
  --claim NAME=VALUE  one more claim: JSON, or else a text; may be given again
  --key FILE.pem      the private key; by default a throw-away one, whose public half (a JWK Set) goes to stderr
  --alg ALG           its algorithm; by default what the key fits, and ES256 for a throw-away one

The token alone is on the standard output:

  scopa mint --sub alice --scope read 2>keys.json | scopa inspect - \\
      --issuer http://127.0.0.1:9000 --audience https://api.example.com --jwks keys.json
";
