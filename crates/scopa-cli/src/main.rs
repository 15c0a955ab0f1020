//! The command `scopa`: looks into access tokens and scopes, mints tokens, and runs an issuer for local work.

mod arguments;
mod explain;
mod inspect;
mod mint;
mod outcome;
mod plain;
mod serve;
mod time;

use std::env;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use outcome::{Failure, Outcome};

fn main() -> ExitCode {
    let (text, code) = match run(env::args_os().skip(1).collect()) {
        Ok(Outcome::Yes(text)) => (text, 0),
        Ok(Outcome::No(text)) => (text, 1),
        Err(failure) => {
            // Whoever closed stderr does not want to know.
            let _ = writeln!(io::stderr().lock(), "scopa: {failure}");
            return ExitCode::from(2);
        }
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::from(code),
        // The reader of the pipe went away: it has what it wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(code),
        Err(_) => ExitCode::from(2),
    }
}

fn run(mut arguments: Vec<OsString>) -> Result<Outcome, Failure> {
    if arguments.is_empty() {
        return Err(Failure::new(format!("which command? One of {COMMANDS}; `scopa --help` tells more")));
    }
    let command = arguments.remove(0);
    match command.to_str() {
        Some("serve") => serve::run(arguments),
        Some("mint") => mint::run(arguments),
        Some("inspect") => inspect::run(arguments),
        Some("explain") => explain::run(arguments),
        Some("help" | "--help" | "-h") => Ok(Outcome::Yes(HELP.to_owned())),
        Some("--version" | "-V") => {
            Ok(Outcome::Yes(concat!("scopa ", env!("CARGO_PKG_VERSION"), "\n").to_owned()))
        }
        _ => Err(Failure::new(format!(
            "`{}` is no command; use one of {COMMANDS}",
            plain::text(&command.to_string_lossy())
        ))),
    }
}

/// Makes what futures run on.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::new(format!("no event loop: {error}")))
}

const COMMANDS: &str = "`serve`, `mint`, `inspect`, `explain`";

const HELP: &str = "\
scopa: access tokens and scopes, at the command line

  scopa serve     run an issuer for local work, with a throw-away key
  scopa mint      make a signed token
  scopa inspect   show what is in a token, and say why an API would refuse it
  scopa explain   say what holding some scopes comes to

`scopa COMMAND --help` tells more about each.

Exit code: 0 yes (accepted, granted, done), 1 no (refused), 2 it could not be told.
";
