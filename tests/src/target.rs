use std::env;
use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use scopa::{Algorithm, ConfigError, HttpClient, Introspection, SystemClock, Validator, ValidatorBuilder};
use scopa_issuer::Issuer;
use tracing_subscriber::EnvFilter;

use crate::issuing;
use crate::mount::Mount;
use crate::routes::{hierarchy, opaque_route, routes};

/// What a target program is started with: `--port N`, `--with-issuer` if it gives out tokens, too, and in its environment
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
    /// Gives out tokens that `auth` takes, too.
    pub issuer: Option<Issuer>,
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
        let arguments = Arguments::read(env::args().skip(1))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port))?;
        listener.set_nonblocking(true)?;
        let mut mounted = None;
        if arguments.with_issuer {
            let audience = required("AUDIENCE")?;
            let identifier = format!("http://{}", listener.local_addr()?);
            let runtime = tokio::runtime::Builder::new_current_thread().build()?;
            let issuer = runtime.block_on(issuing::issuer(&identifier, &audience, SystemClock))?;
            auth = auth.or_issuer(issuer.validator(audience)).revocation(issuer.revocation());
            mounted = Some(issuer);
        }
        Ok(Self { listener, auth: auth.build()?, opaque: opaque.build()?, issuer: mounted })
    }

    /// Offers all that this target offers.
    ///
    /// # Errors
    /// Names what the validator's hierarchy does not declare.
    pub fn mount<M: Mount>(&self, mount: M) -> Result<M, ConfigError> {
        let mount = opaque_route(routes(mount, &self.auth)?, &self.opaque)?;
        match &self.issuer {
            Some(issuer) => mount.issues(issuer),
            None => Ok(mount),
        }
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

/// What stands behind the name of the program.
#[derive(Debug)]
struct Arguments {
    port: u16,
    with_issuer: bool,
}

impl Arguments {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let (mut port, mut with_issuer) = (None, false);
        while let Some(argument) = arguments.next() {
            match &*argument {
                "--port" => port = Some(arguments.next().ok_or("--port: expected a number")?.parse()?),
                "--with-issuer" => with_issuer = true,
                _ => return Err(format!("{argument}: expected --port N or --with-issuer").into()),
            }
        }
        Ok(Self { port: port.ok_or("say which port to listen on: --port N")?, with_issuer })
    }
}

/// What the targets take. The case table runs with the same.
pub const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];

const DEFAULT_LEEWAY: u64 = 30;
const DEFAULT_CLIENT: &str = "target:target-secret-0123456789";
const CACHE_TIME: Duration = Duration::from_secs(3);
