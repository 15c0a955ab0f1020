use std::env;
use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use scopa::{Algorithm, HttpClient, Introspection, Validator, ValidatorBuilder};
use tracing_subscriber::EnvFilter;

use crate::routes::hierarchy;

/// What a target program is started with: `--port N`, and in its environment
///
/// - `ISSUER`, `AUDIENCE` and `LEEWAY` (seconds);
/// - `JWKS_URI`, where the keys are; without it they are found by the issuer's metadata. With it, a second issuer is
///   accepted, too: `{ISSUER}/tenant2`, with its keys beside it;
/// - `INTROSPECTION_URI`, where opaque tokens are asked about; without it that is found by the metadata, too;
/// - `INTROSPECTION_CLIENT`, the client that asks, as `id:secret`, and `INTROSPECTION_SIGNED`, if answers must be signed.
#[derive(Debug)]
pub struct Target {
    /// Listens on the loopback interface.
    pub listener: TcpListener,
    /// Takes the signed tokens of the issuer.
    pub auth: Validator,
    /// Takes its opaque tokens besides.
    pub opaque: Validator,
}

impl Target {
    /// Starts the log and listens. Reaches for no network.
    ///
    /// # Errors
    /// Names what is missing or wrong.
    pub fn from_env() -> Result<Self, Box<dyn Error>> {
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
        tracing_subscriber::fmt().with_writer(io::stderr).with_env_filter(filter).init();

        let http = HttpClient::new()?;
        let issuer = required("ISSUER")?;
        let mut auth = signed_by(&issuer, env::var("JWKS_URI").ok(), &http)?.hierarchy(hierarchy()?);
        if env::var_os("JWKS_URI").is_some() {
            let second = format!("{issuer}/tenant2");
            auth = auth.or_issuer(signed_by(&second, Some(format!("{second}/jwks.json")), &http)?);
        }
        let opaque = signed_by(&issuer, env::var("JWKS_URI").ok(), &http)?
            .introspect(introspection()?, http)
            .hierarchy(hierarchy()?);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port()?))?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener, auth: auth.build()?, opaque: opaque.build()? })
    }
}

/// Short times, so that a test of outages and rotation does not take an hour.
fn signed_by(
    issuer: &str,
    jwks_uri: Option<String>,
    http: &HttpClient,
) -> Result<ValidatorBuilder, Box<dyn Error>> {
    let leeway = env::var("LEEWAY").ok().map_or(Ok(DEFAULT_LEEWAY), |seconds| seconds.parse())?;
    let builder = Validator::builder(issuer, required("AUDIENCE")?)
        .algorithms(ALGORITHMS)
        .leeway(Duration::from_secs(leeway))
        .key_freshness(CACHE_TIME)
        .key_cooldown(Duration::from_secs(1));
    Ok(match jwks_uri {
        Some(uri) => builder.jwks_uri(uri, http.clone()),
        None => builder.discover(http.clone()),
    })
}

fn introspection() -> Result<Introspection, Box<dyn Error>> {
    let client = env::var("INTROSPECTION_CLIENT").unwrap_or_else(|_| DEFAULT_CLIENT.into());
    let (id, secret) = client.split_once(':').ok_or("INTROSPECTION_CLIENT: expected `id:secret`")?;
    let mut introspection = Introspection::new(id, secret).cache_for(CACHE_TIME);
    if env::var_os("INTROSPECTION_SIGNED").is_some() {
        introspection = introspection.signed();
    }
    Ok(match env::var("INTROSPECTION_URI") {
        Ok(uri) => introspection.endpoint(uri),
        Err(_) => introspection,
    })
}

fn required(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("set {name} in the environment"))
}

fn port() -> Result<u16, Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("--port"), Some(port)) => Ok(port.parse()?),
        _ => Err("say which port to listen on: --port N".into()),
    }
}

/// What the targets take. The case table runs with the same.
pub const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];

const DEFAULT_LEEWAY: u64 = 30;
const DEFAULT_CLIENT: &str = "target:target-secret-0123456789";
const CACHE_TIME: Duration = Duration::from_secs(3);
