//! Tokens that come again: whatever is remembered of them, the answer is what it would be without.
#![cfg(test)]
#![expect(clippy::string_slice, reason = "tokens and answers are ASCII, and a test stops where it fails")]

mod decisions;
mod issuers;
mod lifetime;
mod lists;
mod mutations;
mod revoked;
mod rotation;
mod settings;
mod threads;

use std::error::Error as _;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use scopa::{Access, Authenticate, InvalidToken, Refusal, TokenCache, Validator, ValidatorBuilder};
use scopa_testing::TestIssuer;

/// Validators with the same settings: one that remembers tokens, one that remembers digests, and one that remembers
/// nothing, by which the others are measured.
struct Alike {
    whole: Validator,
    digests: Validator,
    off: Validator,
}

impl Alike {
    fn new(settings: impl Fn() -> ValidatorBuilder) -> Self {
        let built = |cache| settings().token_cache(cache).build().unwrap();
        Self {
            // As it is by default.
            whole: settings().build().unwrap(),
            digests: built(TokenCache::new().digests()),
            off: built(TokenCache::off()),
        }
    }

    /// Gives the one answer to these values of `Authorization`, however often they come.
    #[track_caller]
    fn answer(&self, values: &[&[u8]]) -> String {
        let expected = answer(&self.off, values);
        for (name, validator) in [("whole", &self.whole), ("digests", &self.digests)] {
            for time in 1..=3 {
                let shown =
                    || values.iter().map(|value| value.escape_ascii().to_string()).collect::<Vec<_>>();
                assert_eq!(answer(validator, values), expected, "{name}, time {time}: {:?}", shown());
            }
        }
        expected
    }

    /// The same, for one token.
    #[track_caller]
    fn status(&self, token: &str) -> u16 {
        self.answer(&[format!("Bearer {token}").as_bytes()])[..3].parse().unwrap()
    }
}

/// Says all that comes of a request: what the handler sees, or what the caller does, with the reason for the log.
fn answer(validator: &Validator, values: &[&[u8]]) -> String {
    let later = |waiting| finished(waiting).expect("nothing is to be waited for");
    let outcome = validator.authenticate(values.iter().copied()).now_or_later().unwrap_or_else(later);
    match outcome {
        Ok(access) => format!("200 {}", seen(&access)),
        Err(refusal) => {
            let response = refusal.response();
            let (status, headers, body) = (response.status().as_u16(), response.headers(), response.body());
            format!("{status} {headers:?} {body:?} {:?}", refusal.source().map(ToString::to_string))
        }
    }
}

/// Says all that a handler can learn from an access.
fn seen(access: &Access) -> String {
    let audience: Vec<&str> = access.audience().collect();
    let permissions: Vec<&str> = access.permissions().collect();
    format!(
        "{access:?} {:?} {audience:?} {:?} {permissions:?} {:?} {}",
        access.subject(),
        access.token_id(),
        access.issued_at(),
        access.claims::<serde_json::Value>().unwrap()
    )
}

fn finished(mut waiting: Authenticate) -> Option<Result<Access, Refusal>> {
    match Pin::new(&mut waiting).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    }
}

fn present(validator: &Validator, token: &str) -> Result<Access, Refusal> {
    validator.authenticate([format!("Bearer {token}").as_bytes()]).now_or_later().unwrap()
}

fn status(validator: &Validator, token: &str) -> u16 {
    present(validator, token).map_or_else(|refusal| refusal.status().as_u16(), |_| 200)
}

/// Returns why a token is refused, as logs have it.
fn reason(validator: &Validator, token: &str) -> InvalidToken {
    let refusal = present(validator, token).unwrap_err();
    refusal.source().and_then(|source| source.downcast_ref()).cloned().unwrap()
}

fn issuer() -> TestIssuer {
    TestIssuer::new()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
