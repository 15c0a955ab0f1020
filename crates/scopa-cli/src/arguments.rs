//! What all commands do with their arguments alike.

use std::ffi::OsString;
use std::fs;
use std::str::FromStr;

use lexopt::{Arg, Parser, ValueExt as _};
use scopa::{Hierarchy, Scopes};

use crate::outcome::Failure;
use crate::plain;

/// The arguments of one command, one after the other.
pub(crate) struct Arguments {
    command: &'static str,
    parser: Parser,
}

impl Arguments {
    pub(crate) fn of(command: &'static str, arguments: Vec<OsString>) -> Self {
        Self { command, parser: Parser::from_args(arguments) }
    }

    /// Returns the next one.
    pub(crate) fn next(&mut self) -> Result<Option<Arg<'_>>, Failure> {
        let command = self.command;
        self.parser.next().map_err(|error| told(command, &error.to_string()))
    }

    /// Returns the value of the option that came last.
    pub(crate) fn value(&mut self) -> Result<String, Failure> {
        let command = self.command;
        let value = self.parser.value().and_then(|value| value.string());
        value.map_err(|error| told(command, &error.to_string()))
    }

    /// Returns the value of the option that came last, read as a `T`.
    pub(crate) fn parsed<T: FromStr<Err: std::fmt::Display>>(&mut self) -> Result<T, Failure> {
        let text = self.value()?;
        text.parse().map_err(|error| Failure::new(format!("`{}`: {error}", plain::text(&text))))
    }

    /// Says that an argument is not understood, by the name of an option and never by a value: that may be a token.
    pub(crate) fn unexpected(command: &str, argument: &Arg<'_>) -> Failure {
        let what = match argument {
            Arg::Long(name) => format!("the option `--{}` is not understood", plain::text(name)),
            Arg::Short(name) => format!("the option `-{}` is not understood", plain::text(&name.to_string())),
            Arg::Value(_) => "there is an argument too many".to_owned(),
        };
        told(command, &what)
    }
}

/// Returns the value of an option that must be there.
pub(crate) fn required<T>(value: Option<T>, command: &str, option: &str) -> Result<T, Failure> {
    value.ok_or_else(|| told(command, &format!("`{option}` is missing")))
}

/// Reads scopes, separated by spaces.
pub(crate) fn scopes(text: &str) -> Result<Scopes, Failure> {
    text.parse().map_err(Failure::from)
}

/// Reads a hierarchy from a file, in TOML or JSON by its ending.
pub(crate) fn hierarchy(path: &str) -> Result<Hierarchy, Failure> {
    let failure = |why: String| Failure::new(format!("{}: {}", plain::text(path), plain::lines(&why)));
    let text = fs::read_to_string(path).map_err(|error| failure(error.to_string()))?;
    if path.ends_with(".json") {
        return serde_json::from_str(&text).map_err(|error| failure(error.to_string()));
    }
    if path.ends_with(".toml") {
        return toml::from_str(&text).map_err(|error| failure(error.to_string()));
    }
    Err(failure("is neither `.toml` nor `.json`; a hierarchy is written in one of them".to_owned()))
}

fn told(command: &str, what: &str) -> Failure {
    Failure::new(format!("{what}; `scopa {command} --help` tells what there is"))
}
