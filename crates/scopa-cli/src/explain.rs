//! `scopa explain`: what holding some scopes comes to.

use std::ffi::OsString;

use lexopt::Arg;
use scopa::{Policy, Scopes};

use crate::arguments::{Arguments, hierarchy, required, scopes};
use crate::outcome::{Failure, Outcome};

pub(crate) fn run(arguments: Vec<OsString>) -> Result<Outcome, Failure> {
    let mut arguments = Arguments::of("explain", arguments);
    let (mut file, mut held, mut needed) = (None, None, Vec::new());
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("hierarchy") => file = Some(arguments.value()?),
            Arg::Long("held") => held = Some(scopes(&arguments.value()?)?),
            Arg::Long("needed") => needed.push(scopes(&arguments.value()?)?),
            Arg::Long("help") | Arg::Short('h') => return Ok(Outcome::Yes(HELP.to_owned())),
            other => return Err(Arguments::unexpected("explain", &other)),
        }
    }
    let hierarchy = hierarchy(&required(file, "explain", "--hierarchy")?)?;
    let held = required(held, "explain", "--held")?;
    if needed.is_empty() {
        required(None::<()>, "explain", "--needed")?;
    }
    let why = hierarchy.explain(&held, &Policy::any_of(needed.iter().map(all_of)))?;
    let report = format!("{why}\n");
    Ok(if why.is_granted() { Outcome::Yes(report) } else { Outcome::No(report) })
}

fn all_of(scopes: &Scopes) -> Policy {
    Policy::all_of(scopes.iter().map(str::to_owned))
}

const HELP: &str = "\
Says what holding some scopes comes to where others are needed, and why.

  scopa explain --hierarchy FILE --held \"a b\" --needed \"c d\" [--needed \"e\"]

  --hierarchy FILE   the scopes and what they include, in TOML or JSON
  --held SCOPES      what the token holds, separated by spaces
  --needed SCOPES    what is asked for: all of these. Given again: these instead, or those

A hierarchy in TOML:

  [scopes]
  admin = [\"crashes:write\"]
  \"crashes:write\" = [\"crashes:read\"]
  \"crashes:read\" = []
  [templates]
  \"team_{id}\" = \"[0-9]+\"

Exit code: 0 granted, 1 refused, 2 it could not be told.
";
