use std::env;
use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use scopa::{Algorithm, KeySet, Validator};
use tracing_subscriber::EnvFilter;

use crate::fetch::fetch;
use crate::routes::hierarchy;

/// What a target program is started with: `--port N`, and `ISSUER`, `JWKS_URI`, `AUDIENCE` and `LEEWAY` (seconds)
/// in its environment.
#[derive(Debug)]
pub struct Target {
    /// Listens on the loopback interface.
    pub listener: TcpListener,
    /// Takes the tokens of the issuer.
    pub auth: Validator,
}

impl Target {
    /// Starts the log, gets the key set and listens.
    ///
    /// # Errors
    /// Names what is missing or wrong.
    pub fn from_env() -> Result<Self, Box<dyn Error>> {
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
        tracing_subscriber::fmt().with_writer(io::stderr).with_env_filter(filter).init();

        let leeway = env::var("LEEWAY").ok().map_or(Ok(DEFAULT_LEEWAY), |seconds| seconds.parse())?;
        let auth = Validator::builder(required("ISSUER")?, required("AUDIENCE")?)
            .keys(KeySet::from_jwks(&fetch(&required("JWKS_URI")?)?)?)
            .algorithms(ALGORITHMS)
            .leeway(Duration::from_secs(leeway))
            .hierarchy(hierarchy()?)
            .build()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port()?))?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener, auth })
    }
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
