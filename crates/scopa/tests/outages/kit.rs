use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use scopa::{Access, Algorithm, Authenticate, Clock as _, Refusal, Validator, ValidatorBuilder};
use scopa_testing::{TestProvider, TokenBuilder};

pub(crate) const KEYS: &str = "/jwks.json";
pub(crate) const METADATA: &str = "/.well-known/openid-configuration";
pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A service and the provider that it depends on. ES256 is its key of every day, `es384` comes later.
pub(crate) struct Service {
    pub(crate) provider: TestProvider,
    pub(crate) auth: Validator,
}

pub(crate) type Outcome = Result<Access, Refusal>;

impl Service {
    /// Starts a service that has fetched nothing yet.
    pub(crate) fn start() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(settings: impl FnOnce(ValidatorBuilder) -> ValidatorBuilder) -> Self {
        let provider = TestProvider::new();
        provider.publish(["es256", "rs256"]);
        let builder = provider.issuer().validator().discover(provider.clone());
        let auth = settings(builder).build().unwrap();
        Self { provider, auth }
    }

    /// Starts a service that has its keys already.
    pub(crate) fn warm() -> Self {
        let service = Self::start();
        assert!(service.accepts_at_once(&service.known()));
        service
    }

    /// Signs with a key that is published.
    pub(crate) fn known(&self) -> String {
        self.token().bearer()
    }

    /// Signs with a newer key, which is published only when the provider has healed.
    pub(crate) fn newer(&self) -> String {
        self.token().algorithm(Algorithm::ES384).bearer()
    }

    /// Signs with the key of every day and names one that nobody has.
    pub(crate) fn unknown(&self, kid: &str) -> String {
        self.token().header("kid", kid).bearer()
    }

    pub(crate) fn token(&self) -> TokenBuilder {
        self.provider.issuer().token()
    }

    pub(crate) fn present(&self, bearer: &str) -> Authenticate {
        self.auth.authenticate([bearer.as_bytes()])
    }

    pub(crate) fn accepts_at_once(&self, bearer: &str) -> bool {
        self.present(bearer).now_or_later().is_ok_and(|outcome| outcome.is_ok())
    }

    /// Presents a token, and returns the status of the answer and how long it took. Time passes until it comes.
    pub(crate) fn answer(&self, bearer: &str) -> (u16, Duration) {
        let start = self.now();
        let mut future = self.present(bearer);
        loop {
            if let Poll::Ready(outcome) = poll(&mut future) {
                return (status(&outcome), self.now() - start);
            }
            assert!(self.now() - start < seconds(60), "no answer at all");
            self.provider.advance(SECOND / 10);
        }
    }

    pub(crate) fn status(&self, bearer: &str) -> u16 {
        self.answer(bearer).0
    }

    pub(crate) fn now(&self) -> Duration {
        self.provider.clock().elapsed()
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.provider.advance(time);
    }

    pub(crate) fn key_fetches(&self) -> usize {
        self.provider.fetches(KEYS)
    }

    pub(crate) fn all_fetches(&self) -> usize {
        self.provider.requests().len()
    }
}

pub(crate) fn poll(future: &mut Authenticate) -> Poll<Outcome> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Returns the status that a caller sees; of a 503, makes sure that it says when to come again and blames nobody.
pub(crate) fn status(outcome: &Outcome) -> u16 {
    let Err(refusal) = outcome else { return 200 };
    let response = refusal.response();
    if response.status() == 503 {
        assert_eq!(response.headers()["retry-after"], "5");
        assert!(!response.headers().contains_key("www-authenticate"));
    }
    response.status().as_u16()
}
