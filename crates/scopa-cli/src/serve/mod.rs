//! `scopa serve`: an issuer for local work.

mod page;
mod sign_in;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::{StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use lexopt::Arg;
use scopa::{Algorithm, Hierarchy, Scopes};
use scopa_axum::issuer_routes;
use scopa_issuer::{ClientDraft, DigestKey, GrantType, Issuer, MemoryStore, SigningKey, SigningKeys};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::arguments::{Arguments, hierarchy, scopes};
use crate::outcome::{Failure, Outcome};
use crate::{plain, runtime, time};

use sign_in::SignIn;

pub(crate) fn run(arguments: Vec<OsString>) -> Result<Outcome, Failure> {
    let mut arguments = Arguments::of("serve", arguments);
    let mut settings = Settings::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("listen") => settings.listen = arguments.parsed()?,
            Arg::Long("issuer") => settings.issuer = Some(arguments.value()?),
            Arg::Long("audience") => settings.audiences.push(arguments.value()?),
            Arg::Long("scopes") => settings.scopes = Some(scopes(&arguments.value()?)?),
            Arg::Long("hierarchy") => settings.hierarchy = hierarchy(&arguments.value()?)?,
            Arg::Long("client") => settings.client = Some(credentials(&arguments.value()?)?),
            Arg::Long("redirect-uri") => settings.redirect_uris.push(arguments.value()?),
            Arg::Long("ttl") => settings.lifetime = time::span(&arguments.value()?)?,
            Arg::Long("json") => settings.takes_json = true,
            Arg::Long("dangerously-let-others-in") => settings.reach = Reach::Others,
            Arg::Long("help") | Arg::Short('h') => return Ok(Outcome::Yes(HELP.to_owned())),
            other => return Err(Arguments::unexpected("serve", &other)),
        }
    }
    runtime()?.block_on(serve(settings))
}

struct Settings {
    listen: SocketAddr,
    issuer: Option<String>,
    audiences: Vec<String>,
    scopes: Option<Scopes>,
    hierarchy: Hierarchy,
    client: Option<(String, String)>,
    redirect_uris: Vec<String>,
    lifetime: Duration,
    takes_json: bool,
    reach: Reach,
}

/// Who may reach the issuer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    ThisMachine,
    Others,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 9000)),
            issuer: None,
            audiences: Vec::new(),
            scopes: None,
            hierarchy: Hierarchy::default(),
            client: None,
            redirect_uris: Vec::new(),
            lifetime: Duration::from_secs(3600),
            takes_json: false,
            reach: Reach::ThisMachine,
        }
    }
}

async fn serve(settings: Settings) -> Result<Outcome, Failure> {
    if settings.reach == Reach::ThisMachine && !settings.listen.ip().is_loopback() {
        return Err(Failure::new(format!(
            "anybody who reaches {} could sign in as anybody; listen on 127.0.0.1, or say `--dangerously-let-others-in`",
            settings.listen
        )));
    }
    let unable = |error: io::Error| Failure::new(format!("cannot listen on {}: {error}", settings.listen));
    let listener = TcpListener::bind(settings.listen).await.map_err(unable)?;
    let address = listener.local_addr().map_err(unable)?;
    let issuer = settings.issuer(&settings.issuer.clone().unwrap_or_else(|| format!("http://{address}")))?;
    let (id, secret) = settings.client(&issuer).await?;
    let told = settings.told(&issuer, address, &id, &secret).await?;
    // Whoever closed stdout does not want to know.
    let _ = io::stdout().lock().write_all(told.as_bytes());

    let own_name: Arc<str> = host_of(issuer.identifier()).into();
    let mut app = issuer_routes(issuer);
    if settings.reach == Reach::ThisMachine {
        app = app.layer(middleware::from_fn_with_state(own_name, only_by_our_names));
    }
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await.map_err(unable)?;
    Ok(Outcome::Yes(String::new()))
}

/// Refuses requests for other hosts: a page in the browser whose name has come to mean this machine (DNS rebinding).
async fn only_by_our_names(State(own_name): State<Arc<str>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host_of(host);
    let is_ours = ["localhost", "[::1]", &own_name].iter().any(|ours| name.eq_ignore_ascii_case(ours));
    if is_ours || name.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback()) {
        return next.run(request).await;
    }
    (StatusCode::MISDIRECTED_REQUEST, "ask for 127.0.0.1\n").into_response()
}

/// Returns the name out of a URL, or out of a name with a port.
fn host_of(text: &str) -> String {
    let uri: Uri = text.parse().unwrap_or_default();
    uri.host().unwrap_or_default().to_owned()
}

impl Settings {
    fn issuer(&self, identifier: &str) -> Result<Issuer, Failure> {
        let mut issuer = Issuer::builder(identifier, MemoryStore::new(), DigestKey::generate()?)
            .signing_keys(SigningKeys::new(SigningKey::generate(Algorithm::ES256)?))
            .hierarchy(self.hierarchy.clone())
            .access_lifetime(self.lifetime)
            .login(SignIn);
        for audience in self.audiences() {
            issuer = issuer.audience(audience);
        }
        if self.takes_json {
            issuer = issuer.accept_json();
        }
        Ok(issuer.build()?)
    }

    fn audiences(&self) -> Vec<&str> {
        if self.audiences.is_empty() {
            return vec![DEFAULT_AUDIENCE];
        }
        self.audiences.iter().map(String::as_str).collect()
    }

    fn redirect_uris(&self) -> Vec<&str> {
        if self.redirect_uris.is_empty() {
            return DEFAULT_REDIRECT_URIS.to_vec();
        }
        self.redirect_uris.iter().map(String::as_str).collect()
    }

    /// Makes the one client: it may have all scopes, for itself and for people.
    async fn client(&self, issuer: &Issuer) -> Result<(String, String), Failure> {
        let draft = ClientDraft::web("the client of scopa serve", self.redirect_uris())
            .grants([GrantType::ClientCredentials, GrantType::AuthorizationCode, GrantType::RefreshToken])
            .scopes(self.scopes());
        let told = |error: scopa_issuer::ClientError| Failure::new(error.to_string());
        if let Some((id, secret)) = &self.client {
            issuer.clients().create_with_credentials(id, draft, secret.as_str()).await.map_err(told)?;
            return Ok((id.clone(), secret.clone()));
        }
        let (client, secret) = issuer.clients().create(draft).await.map_err(told)?;
        let secret = secret.map(|secret| secret.as_str().to_owned()).unwrap_or_default();
        Ok((client.id().to_owned(), secret))
    }

    fn scopes(&self) -> Scopes {
        let declared = || self.hierarchy.scopes().collect::<Vec<_>>().join(" ").parse().unwrap_or_default();
        self.scopes.clone().unwrap_or_else(declared)
    }

    /// Says what clients need to know; the addresses as the issuer's own metadata has them.
    async fn told(&self, issuer: &Issuer, at: SocketAddr, id: &str, secret: &str) -> Result<String, Failure> {
        let path = issuer.paths().find(|path| path.starts_with("/.well-known/oauth-authorization-server"));
        let request = http::Request::get(path.unwrap_or_default()).body(Bytes::new());
        let request = request.map_err(|error| Failure::new(error.to_string()))?;
        let metadata = issuer.respond(request).await;
        let metadata: Value = serde_json::from_slice(metadata.body()).unwrap_or_default();
        let address = |name: &str| metadata.get(name).and_then(Value::as_str).unwrap_or_default();

        let scopes = self.scopes();
        let at = at.to_string();
        let (audiences, redirect_uris) = (self.audiences().join(" "), self.redirect_uris().join(" "));
        let mut told = String::new();
        for (name, value) in [
            ("listening on", at.as_str()),
            ("issuer", issuer.identifier()),
            ("audience", &audiences),
            ("scopes", if scopes.is_empty() { "none; `--scopes` gives some" } else { scopes.as_str() }),
            ("client id", id),
            ("client secret", secret),
            ("redirect URIs", &redirect_uris),
            ("token", address("token_endpoint")),
            ("authorize", address("authorization_endpoint")),
            ("introspect", address("introspection_endpoint")),
            ("revoke", address("revocation_endpoint")),
            ("keys", address("jwks_uri")),
        ] {
            // Writing to a `String` does not fail.
            let _ = writeln!(told, "{name:<14} {}", plain::text(value));
        }
        let user = quoted(&format!("{id}:{secret}"));
        let _ = writeln!(
            told,
            "\ncurl -u {user} -d grant_type=client_credentials {}\n",
            address("token_endpoint")
        );
        told += "For local work only: anybody who reaches it signs in as anybody, and all is gone when it ends. Ctrl-C stops it.\n";
        Ok(told)
    }
}

/// Reads `ID:SECRET`.
fn credentials(text: &str) -> Result<(String, String), Failure> {
    let (id, secret) =
        text.split_once(':').ok_or_else(|| Failure::new("a client is written as ID:SECRET"))?;
    Ok((id.to_owned(), secret.to_owned()))
}

/// Writes a text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

const DEFAULT_AUDIENCE: &str = "https://api.example.com";
/// Whatever port the client listens on (RFC 8252 §7.3), and where the examples of many libraries do.
const DEFAULT_REDIRECT_URIS: [&str; 3] =
    ["http://127.0.0.1/callback", "http://localhost/callback", "http://localhost:3000/callback"];

const HELP: &str = "\
Runs an issuer for local work: a throw-away key, one client that may have every scope, and a login that takes everybody's
word for who they are.

  scopa serve --audience https://api.example.com --scopes \"read write\"

  --listen ADDRESS     where; 127.0.0.1:9000 by default, port 0 is any that is free
  --issuer URL         how it calls itself (`iss`); by default http:// and the address
  --audience URI       the API that tokens are for; https://api.example.com by default; given again: this, too
  --scopes SCOPES      what the client may have, separated by spaces; by default all of the hierarchy
  --hierarchy FILE     the scopes and what they include, in TOML or JSON, as in `scopa explain`
  --client ID:SECRET   the client; by default one is made up. The secret has 20 characters or more
  --redirect-uri URI   where codes may go; by default /callback on loopback; may be given again
  --ttl SPAN           how long access tokens are good: 3600, 90s, 15m, 1h; an hour by default
  --json               takes JSON at the token endpoint, too
  --dangerously-let-others-in
                       listens on addresses that other machines reach: they, too, sign in as anybody
";
