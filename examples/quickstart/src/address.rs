use std::env;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};

/// Returns the address to listen on: loopback, at the port that `--port` or else the variable `PORT` names, or 8080.
///
/// Port 0 stands for any that is free.
///
/// # Errors
/// Names the argument that is not understood.
pub fn address() -> Result<SocketAddr, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let port = port(&arguments, env::var("PORT").ok())?;
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

fn port(arguments: &[String], variable: Option<String>) -> Result<u16, String> {
    let text = match arguments {
        [] => variable.unwrap_or_else(|| DEFAULT_PORT.to_owned()),
        [flag, port] if flag == "--port" => port.clone(),
        other => return Err(format!("`{}` is not understood; use `--port 8080`", other.join(" "))),
    };
    text.parse().map_err(|_| format!("`{text}` is no port; use 1 to 65535, or 0 for any that is free"))
}

const DEFAULT_PORT: &str = "8080";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_argument_goes_before_the_variable_and_that_before_the_default() {
        for (arguments, variable, expected) in [
            (&[][..], None, Ok(8080)),
            (&[], Some("9000"), Ok(9000)),
            (&["--port", "0"], Some("9000"), Ok(0)),
            (&["--port", "65536"], None, Err("`65536`")),
            (&["--port"], None, Err("`--port`")),
            (&["--help"], None, Err("`--help`")),
            (&["--port", "1", "2"], None, Err("`--port 1 2`")),
            (&[], Some("http"), Err("`http`")),
        ] {
            let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
            match (port(&arguments, variable.map(str::to_owned)), expected) {
                (Ok(port), Ok(expected)) => assert_eq!(port, expected),
                (Err(message), Err(culprit)) => assert!(message.starts_with(culprit), "{message}"),
                (outcome, expected) => panic!("{arguments:?}: {outcome:?} instead of {expected:?}"),
            }
        }
    }
}
