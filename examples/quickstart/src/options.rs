use std::env;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use scopa::{Fetch, HttpClient};
use scopa_testing::{TestIssuer, TestProvider};

use crate::walk::{embedded_issuer, walk, walk_of};

/// What the service is started with: `--port N`, `--issuer URL` and `--audience URI`.
///
/// The port is that of the variable `PORT`, or 8080, unless it is given; 0 stands for any that is free. Without an issuer
/// the example brings one, which has no address and is asked inside of the process.
#[derive(Debug)]
pub struct Options {
    /// Whose tokens are taken: the very text of their `iss`.
    pub issuer: String,
    /// What they must be meant for.
    pub audience: String,
    /// Where to listen, on loopback.
    pub address: SocketAddr,
    embedded: Option<TestProvider>,
}

impl Options {
    /// Reads the arguments.
    ///
    /// # Errors
    /// Names the argument that is not understood.
    pub fn from_args() -> Result<Self, Box<dyn Error>> {
        let arguments: Vec<String> = env::args().skip(1).collect();
        Ok(Self::read(&arguments, env::var("PORT").ok())?)
    }

    fn read(arguments: &[String], port: Option<String>) -> Result<Self, String> {
        let mut port = port.unwrap_or_else(|| DEFAULT_PORT.to_owned());
        let (mut issuer, mut audience) = (None, DEFAULT_AUDIENCE.to_owned());
        for pair in arguments.chunks(2) {
            match pair {
                [flag, value] if flag == "--port" => port = value.clone(),
                [flag, value] if flag == "--issuer" => issuer = Some(value.clone()),
                [flag, value] if flag == "--audience" => audience = value.clone(),
                other => return Err(format!("`{}` is not understood; use {USAGE}", other.join(" "))),
            }
        }
        let port = port
            .parse()
            .map_err(|_| format!("`{port}` is no port; use 1 to 65535, or 0 for any that is free"))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(match issuer {
            Some(issuer) => Self { issuer, audience, address, embedded: None },
            None => {
                let embedded = embedded_issuer().with_audience(&audience);
                let issuer = embedded.issuer().to_owned();
                Self { issuer, audience, address, embedded: Some(TestProvider::of(embedded)) }
            }
        })
    }

    /// Returns the network. For the embedded issuer that is none.
    ///
    /// # Errors
    /// The machine trusts no certificates.
    pub fn network(&self) -> Result<Arc<dyn Fetch>, Box<dyn Error>> {
        match &self.embedded {
            Some(provider) => Ok(Arc::new(provider.clone())),
            None => Ok(Arc::new(HttpClient::new()?)),
        }
    }

    /// Prints where the service listens, and what to try there.
    #[expect(clippy::print_stdout, reason = "what to try is for the reader, the log is on stderr")]
    pub fn print_walk(&self, address: SocketAddr) {
        match self.embedded.as_ref().map(TestProvider::issuer) {
            Some(issuer) => println!("{}", walk(issuer, address)),
            None => println!("{}", walk_of(&self.issuer, &self.audience, address)),
        }
    }

    /// Returns the embedded issuer, if there is no other.
    pub fn embedded(&self) -> Option<&TestIssuer> {
        self.embedded.as_ref().map(TestProvider::issuer)
    }
}

const DEFAULT_PORT: &str = "8080";
const DEFAULT_AUDIENCE: &str = "https://api.example.com";
const USAGE: &str = "`--port 8080`, `--issuer https://id.example.com`, `--audience https://api.example.com`";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str], port: Option<&str>) -> Result<Options, String> {
        let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
        Options::read(&arguments, port.map(str::to_owned))
    }

    #[test]
    fn the_argument_goes_before_the_variable_and_that_before_the_default() {
        for (arguments, variable, expected) in [
            (&[][..], None, Ok(8080)),
            (&[], Some("9000"), Ok(9000)),
            (&["--port", "0"], Some("9000"), Ok(0)),
            (&["--port", "65536"], None, Err("`65536`")),
            (&["--port"], None, Err("`--port`")),
            (&["--help"], None, Err("`--help`")),
            (&["--port", "1", "2"], None, Err("`2`")),
            (&[], Some("http"), Err("`http`")),
        ] {
            match (read(arguments, variable), expected) {
                (Ok(options), Ok(expected)) => assert_eq!(options.address.port(), expected),
                (Err(message), Err(culprit)) => assert!(message.starts_with(culprit), "{message}"),
                (outcome, expected) => panic!("{arguments:?}: {outcome:?} instead of {expected:?}"),
            }
        }
    }

    #[test]
    fn an_issuer_of_yours_takes_the_place_of_the_embedded_one() {
        let embedded = read(&["--audience", "crash-api"], None).unwrap();
        assert_eq!(embedded.embedded().map(TestIssuer::audience), Some("crash-api"));
        assert_eq!(embedded.issuer, "https://id.example.com");
        let yours = read(&["--issuer", "https://login.test/", "--port", "1"], None).unwrap();
        assert!(yours.embedded().is_none());
        assert_eq!((&*yours.issuer, &*yours.audience), ("https://login.test/", "https://api.example.com"));
    }
}
