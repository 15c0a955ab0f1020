use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::fetch::BoxFuture;
use crate::key::{RemoteKeys, Status};

use super::issuer::Issuer;
use super::{Inner, Validator};

/// Whether a validator can verify tokens now: what a health endpoint tells.
///
/// ```
/// # use scopa_testing::TestProvider;
/// let provider = TestProvider::new();
/// let validator = provider.issuer().validator().discover(provider.clone()).build()?;
/// assert!(!validator.readiness().is_ready());
///
/// let bearer = provider.issuer().token().bearer();
/// assert!(validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap().is_ok());
/// assert!(validator.readiness().is_ready());
/// assert!(validator.readiness().keys() > 0);
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Readiness {
    issuers: Vec<IssuerStatus>,
    tenants: Vec<IssuerStatus>,
}

#[derive(Debug, Clone)]
struct IssuerStatus {
    issuer: String,
    keys: usize,
    age: Option<Duration>,
    is_ready: bool,
    last_error: Option<String>,
}

impl Readiness {
    /// Tells whether there are keys to use for every issuer. One whose tokens are all introspected needs none.
    ///
    /// Tenants do not count: an outage of one customer's issuer must not take the service away from the others. For
    /// one of them ask [`of`](Self::of).
    pub fn is_ready(&self) -> bool {
        self.issuers.iter().all(|issuer| issuer.is_ready)
    }

    /// Narrows it to one issuer; `None` when the validator has none of this name at present.
    pub fn of(&self, issuer: &str) -> Option<Self> {
        let found = self.all().find(|status| status.issuer == issuer)?;
        Some(Self { issuers: vec![found.clone()], tenants: Vec::new() })
    }

    /// Goes through the issuers, tenants that are known at present included.
    pub fn issuers(&self) -> impl Iterator<Item = &str> {
        self.all().map(|status| &*status.issuer)
    }

    /// Returns the number of keys that can be used.
    pub fn keys(&self) -> usize {
        self.all().map(|status| status.keys).sum()
    }

    /// Returns how long ago the oldest keys were fetched; `None` when none were.
    pub fn age(&self) -> Option<Duration> {
        self.all().filter_map(|status| status.age).max()
    }

    /// Returns why the last fetch failed, if it did: for operators, with the addresses of the issuer in it.
    pub fn last_error(&self) -> Option<&str> {
        self.all().find_map(|status| status.last_error.as_deref())
    }

    fn all(&self) -> impl Iterator<Item = &IssuerStatus> {
        self.issuers.iter().chain(&self.tenants)
    }
}

impl fmt::Display for Readiness {
    /// Writes a line for each issuer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, status) in self.all().enumerate() {
            let IssuerStatus { issuer, keys, age, is_ready, last_error } = status;
            let state = if *is_ready { "ready" } else { "not ready" };
            let line = if at == 0 { "" } else { "\n" };
            write!(f, "{line}{issuer}: {state}, {keys} keys")?;
            if let Some(age) = age {
                write!(f, ", {} s old", age.as_secs())?;
            }
            if let Some(error) = last_error {
                write!(f, ", last fetch failed: {error}")?;
            }
        }
        Ok(())
    }
}

impl Validator {
    /// Returns whether tokens can be verified now, for a health endpoint.
    ///
    /// Fetches nothing. Where the answer decides whether callers come at all, let [`keep_fresh`](Self::keep_fresh) run:
    /// keys are otherwise fetched by callers, and without callers there are none, at the start and after a quiet night.
    pub fn readiness(&self) -> Readiness {
        let Inner { issuers, .. } = &*self.inner;
        Readiness {
            issuers: issuers.fixed().iter().map(|issuer| IssuerStatus::of(issuer)).collect(),
            tenants: issuers.tenants().iter().map(|issuer| IssuerStatus::of(issuer)).collect(),
        }
    }

    /// Keeps published keys fresh in a service that nobody calls, and fetches them at the start: a task for the runtime.
    ///
    /// `tokio::spawn(auth.keep_fresh())`. Callers alone keep keys fresh, too: they are then fetched ahead of their end by
    /// use. Ends when the validator is dropped, or with its task, and at once where no issuer's keys are fetched; tells
    /// failures to the log and to [`readiness`](Self::readiness).
    ///
    /// ```
    /// # use scopa_testing::TestProvider;
    /// # let provider = TestProvider::new();
    /// # let validator = provider.issuer().validator().discover(provider.clone()).build()?;
    /// # use futures_util::FutureExt;
    /// let mut task = validator.keep_fresh(); // to be spawned
    /// assert!((&mut task).now_or_never().is_none());
    /// assert!(validator.readiness().is_ready());
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn keep_fresh(&self) -> BoxFuture<'static, ()> {
        let inner = Arc::downgrade(&self.inner);
        Box::pin(async move {
            // Not held while it sleeps: the task does not keep a validator alive.
            while let Some(pause) = inner.upgrade().and_then(|inner| tend(&inner)) {
                pause.await;
            }
        })
    }
}

/// Fetches what is due, and returns the pause until something may be due again. `None` where nothing is fetched ever.
fn tend(inner: &Inner) -> Option<BoxFuture<'static, ()>> {
    let issuers = inner.issuers.present();
    let remotes: Vec<&RemoteKeys> =
        issuers.iter().filter_map(|issuer| issuer.keys.as_ref()?.remote()).collect();
    let soonest = remotes.iter().map(|remote| remote.tend()).min()?;
    let pause = soonest.clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
    remotes.first().map(|remote| remote.sleep(pause))
}

impl IssuerStatus {
    fn of(issuer: &Issuer) -> Self {
        let name = issuer.rules.issuer.clone();
        match issuer.keys.as_ref().map(|keys| keys.status()) {
            Some(Status { keys, age, is_usable, last_error }) => {
                Self { issuer: name, keys, age, is_ready: is_usable, last_error }
            }
            None => Self { issuer: name, keys: 0, age: None, is_ready: true, last_error: None },
        }
    }
}

const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// New tenants are seen to within this time.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
