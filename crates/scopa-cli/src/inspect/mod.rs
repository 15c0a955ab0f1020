//! `scopa inspect`: what is in a token, and why an API would refuse it.

mod decoded;
mod judge;
mod mend;

use std::ffi::OsString;
use std::io::{self, Read as _};

use lexopt::{Arg, ValueExt as _};

use crate::arguments::{Arguments, required};
use crate::outcome::{Failure, Outcome};
use crate::time;

use decoded::Decoded;
use judge::{Expected, KeysFrom};

pub(crate) fn run(arguments: Vec<OsString>) -> Result<Outcome, Failure> {
    let mut arguments = Arguments::of("inspect", arguments);
    let (mut token, mut issuer, mut audiences, mut keys) = (None, None, Vec::new(), None);
    let (mut at, mut profile_is_strict) = (None, false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Value(text) if token.is_none() => token = Some(text.string().map_err(|_| not_text())?),
            Arg::Long("issuer") => issuer = Some(arguments.value()?),
            Arg::Long("audience") => audiences.push(arguments.value()?),
            Arg::Long("jwks") => keys = Some(KeysFrom::Jwks(arguments.value()?)),
            Arg::Long("discover") => keys = Some(KeysFrom::Discovery),
            Arg::Long("rfc9068") => profile_is_strict = true,
            Arg::Long("at") => at = Some(time::read(&arguments.value()?)?),
            Arg::Long("help") | Arg::Short('h') => return Ok(Outcome::Yes(HELP.to_owned())),
            other => return Err(Arguments::unexpected("inspect", &other)),
        }
    }
    let token = match token.as_deref() {
        None => return Err(Failure::new("which token? Give it, or `-` for the standard input")),
        Some("-") => from_stdin()?,
        Some(token) => token.to_owned(),
    };
    let token = bare(&token);
    let decoded = Decoded::read(token);
    let report = match &decoded {
        Ok(decoded) => decoded.to_string(),
        Err(why) => format!("not readable: {why}\n"),
    };
    let Some(keys) = keys else {
        if issuer.is_some() || !audiences.is_empty() {
            return Err(Failure::new("whose keys? Give `--jwks FILE`, `--jwks URL` or `--discover`"));
        }
        let told = format!("{report}\nnot judged: give --issuer, --audience, and --jwks or --discover\n");
        return Ok(if decoded.is_ok() { Outcome::Yes(told) } else { Outcome::No(told) });
    };
    let issuer = required(issuer, "inspect", "--issuer")?;
    if audiences.is_empty() {
        required(None::<()>, "inspect", "--audience")?;
    }
    let now = at.unwrap_or_else(time::now);
    let expected = Expected { issuer, audiences, profile_is_strict, now };
    let verdict = judge::judge(token, decoded.ok(), &expected, &keys)?;
    let told = format!("{report}\n{verdict}");
    Ok(if verdict.is_accepted() { Outcome::Yes(told) } else { Outcome::No(told) })
}

fn from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    let read = io::stdin().lock().take(LONGEST_INPUT + 1).read_to_string(&mut text);
    read.map_err(|_| not_text())?;
    if text.len() as u64 > LONGEST_INPUT {
        return Err(Failure::new(format!(
            "the standard input is longer than {LONGEST_INPUT} bytes: that is no token"
        )));
    }
    Ok(text)
}

/// Returns the token alone where a whole `Authorization` field was pasted.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let value = match text.split_once(':') {
        Some((name, value)) if name.eq_ignore_ascii_case("authorization") => value.trim_start(),
        _ => text,
    };
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_start(),
        _ => value,
    }
}

fn not_text() -> Failure {
    Failure::new("the token is no text; give it as it stands after `Bearer `")
}

const LONGEST_INPUT: u64 = 65_536;

const HELP: &str = "\
Shows header and claims of a token, and says why an API would refuse it.

  scopa inspect -                                  decodes the token on the standard input
  scopa inspect - --issuer URL --audience URI --discover
  scopa inspect - --issuer URL --audience URI --jwks FILE|URL

Prefer `-` to the token itself: arguments are kept in the history of the shell and seen by others in the list of
processes. The signature is never shown, so what is printed cannot be used as a token.

  --issuer URL        whose tokens the API takes: the very text of `iss`
  --audience URI      what they must be meant for; given again: or this
  --discover          takes the keys that the issuer's metadata names
  --jwks FILE|URL     takes the keys from here; a FILE that ends in .pem holds one public key
  --rfc9068           judges by the whole profile of RFC 9068
  --at TIME           judges as of then, such as 2026-11-27T12:00:00Z; by default now

The first reason is the one that the API would log. Those after it are found on a copy in which the former are
mended, so that all can be put right at once.

Exit code: 0 accepted (without keys: decoded), 1 refused, 2 it could not be told.
";
