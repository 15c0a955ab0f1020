use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt as _};

/// What the program is asked to do, and where.
#[derive(Debug)]
pub struct Options {
    /// Where the database and the keys are.
    pub folder: PathBuf,
    /// Where to listen, on loopback.
    pub address: SocketAddr,
    /// How browsers and clients reach it, if not at that address: behind a proxy with TLS.
    pub origin: Option<String>,
    /// What is left: the command `clients` with its own arguments.
    pub clients: Option<Parser>,
}

impl Options {
    /// Reads the arguments.
    ///
    /// # Errors
    /// Names the argument that is not understood.
    pub fn read(mut arguments: Parser) -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            folder: "issuer-data".into(),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            origin: None,
            clients: None,
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("data") => options.folder = arguments.value()?.into(),
                Arg::Long("port") => options.address.set_port(arguments.value()?.parse()?),
                Arg::Long("origin") => options.origin = Some(arguments.value()?.string()?),
                Arg::Value(command) if command == "clients" => {
                    options.clients = Some(arguments);
                    return Ok(options);
                }
                other => return Err(format!("{}; use {USAGE}", other.unexpected()).into()),
            }
        }
        Ok(options)
    }
}

const USAGE: &str = "`--port 8080`, `--data FOLDER`, `--origin https://id.example.com`, or `clients`";
