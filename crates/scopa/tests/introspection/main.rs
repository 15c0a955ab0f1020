//! Tokens that only their issuer can read, asked about at its introspection endpoint (RFC 7662, RFC 9701).
#![cfg(test)]

mod cache;
mod claims;
mod issuers;
mod jwt;
mod outage;
mod question;
mod request;
mod settings;
mod signed;
mod verdict;

use std::error::Error as _;
use std::time::Duration;

use scopa::{Access, Authenticate, Introspection, InvalidToken, Refusal, Validator, ValidatorBuilder};
use scopa_testing::TestProvider;
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "https://api.example.com";
/// Where the test issuer's clock stands.
const START: u64 = 1_795_333_600;
const SECOND: Duration = Duration::from_secs(1);

/// Asks as the client `crash-api`.
fn by_default() -> Introspection {
    Introspection::new("crash-api", "s3cr3t-of-crash-api")
}

/// Starts a validator without keys and without leeway, which asks the provider about every token.
fn asking(provider: &TestProvider, how: Introspection) -> ValidatorBuilder {
    Validator::builder(ISSUER, AUDIENCE)
        .introspect(how, provider.clone())
        .clock(provider.clock())
        .leeway(Duration::ZERO)
}

/// Writes the answer about a token that is good for an hour, but for what `members` say; a `null` leaves one out.
fn active(members: Value) -> String {
    let mut answer = json!({ "active": true, "aud": AUDIENCE, "exp": START + 3600 });
    for (name, value) in members.as_object().unwrap() {
        answer[name] = value.clone();
    }
    answer.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    answer.to_string()
}

fn present(validator: &Validator, token: &str) -> Authenticate {
    validator.authenticate([format!("Bearer {token}").as_bytes()])
}

fn at_once(validator: &Validator, token: &str) -> Result<Access, Refusal> {
    present(validator, token).now_or_later().expect("nothing is to be waited for")
}

/// Says what came of a token: `accepted`, or the status with the reason: a code, or the text for the log.
fn outcome(of: &Result<Access, Refusal>) -> String {
    let Err(refusal) = of else { return "accepted".to_owned() };
    let source = refusal.source().unwrap();
    let reason = match source.downcast_ref::<InvalidToken>() {
        Some(why) => why.code().to_owned(),
        None => source.to_string(),
    };
    format!("{} {reason}", refusal.status().as_u16())
}

fn verdict(validator: &Validator, token: &str) -> String {
    outcome(&at_once(validator, token))
}

/// Returns how often the endpoint was asked.
fn asked(provider: &TestProvider) -> usize {
    provider.fetches("/introspect")
}
