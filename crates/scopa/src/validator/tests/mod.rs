//! What is remembered of verified tokens, seen from within: whether an answer came from memory, and what is there.

#![expect(clippy::string_slice, reason = "tokens are ASCII, and a test stops where it fails")]

mod bounds;
mod digests;
mod hostile;
mod keys;
mod sameness;

use std::error::Error;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use http::{Request, Response};
use scopa_testing::TestIssuer;

use super::{Validator, ValidatorBuilder};
use crate::access::Access;
use crate::cache::Entry as _;
use crate::clock::Clock;
use crate::fetch::{BoxFuture, Fetch, FetchBody};
use crate::key::KeySet;
use crate::refusal::Refusal;

/// A validator, the issuer whose tokens it takes, and its time. The issuer's library has a scopa of its own: only texts
/// pass.
struct Service {
    issuer: TestIssuer,
    time: Time,
    auth: Validator,
}

impl Service {
    fn with(settings: impl FnOnce(ValidatorBuilder) -> ValidatorBuilder) -> Self {
        let (issuer, time) = (TestIssuer::new(), Time::default());
        let builder = Validator::builder(issuer.issuer(), issuer.audience())
            .keys(KeySet::from_jwks(&issuer.jwks()).unwrap())
            .clock(time.clone());
        Self { auth: settings(builder).build().unwrap(), issuer, time }
    }

    fn present(&self, token: &str) -> Result<Access, Refusal> {
        present(&self.auth, token)
    }

    /// Tells whether the answer to a token comes from memory. It is remembered afterwards if it may be.
    fn remembers(&self, token: &str) -> bool {
        remembers(&self.auth, token)
    }

    /// Returns how many tokens are remembered.
    fn entries(&self) -> usize {
        self.auth.inner.remembered.as_ref().map_or(0, |remembered| remembered.load().0)
    }
}

fn present(auth: &Validator, token: &str) -> Result<Access, Refusal> {
    auth.authenticate([format!("Bearer {token}").as_bytes()]).now_or_later().unwrap()
}

/// Tells whether two answers have one text in memory, as only the second from memory has.
fn is_one(first: &Access, second: &Access) -> bool {
    first.sealed().is(second.sealed())
}

fn remembers(auth: &Validator, token: &str) -> bool {
    let known = auth.inner.remembered.as_ref().and_then(|remembered| remembered.find(token.as_bytes()));
    match (known, present(auth, token)) {
        (Some(known), Ok(access)) => is_one(&known, &access),
        _ => false,
    }
}

/// Stands at the issuer's time until it is moved.
#[derive(Clone)]
struct Time(Arc<AtomicU64>);

impl Time {
    fn pass(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Default for Time {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(START)))
    }
}

impl Clock for Time {
    fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Publishes a key set, and answers at once.
#[derive(Clone, Default)]
struct Publisher {
    jwks: Arc<Mutex<String>>,
    fetches: Arc<AtomicUsize>,
}

impl Publisher {
    fn publish(&self, jwks: impl Into<String>) {
        *self.jwks.lock().unwrap() = jwks.into();
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::Relaxed)
    }
}

impl Fetch for Publisher {
    fn fetch<'a>(
        &'a self,
        _: Request<Vec<u8>>,
        body: &'a mut FetchBody,
    ) -> BoxFuture<'a, Result<Response<()>, Box<dyn Error + Send + Sync>>> {
        Box::pin(async {
            self.fetches.fetch_add(1, Ordering::Relaxed);
            let jwks = self.jwks.lock().unwrap().clone();
            body.push(jwks.as_bytes())?;
            Ok(Response::new(()))
        })
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        task.now_or_never().unwrap();
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

/// Where the clock of a test issuer stands.
const START: u64 = 1_795_333_600;
