use std::sync::Arc;
use std::time::Duration;

use crate::fetch::{Fetch, FetchError, within};
use crate::flight::Passenger;

use super::KeySet;

/// What came of looking for keys that were not at hand.
pub(crate) enum Lookup {
    /// A newer set has come in the meantime. It is the last word.
    Newer(KeySet),
    /// A newer set is on its way, or it is settled that there is none; to be awaited.
    Waiting(Waiting),
    /// The issuer does not have the `kid`: it was asked a moment ago.
    Unknown,
    /// Nobody knows: the issuer could not be asked.
    OutOfReach(FetchError),
}

/// Waits for keys, for a bounded time.
pub(crate) struct Waiting {
    pub(super) fetch: Arc<dyn Fetch>,
    pub(super) passenger: Passenger<Outcome>,
    pub(super) longest: Duration,
}

/// What the last fetch of keys came to, for readiness.
pub(crate) struct Status {
    pub(crate) keys: usize,
    pub(crate) age: Option<Duration>,
    pub(crate) is_usable: bool,
    pub(crate) last_error: Option<String>,
}

pub(super) type Outcome = Result<KeySet, FetchError>;

impl Waiting {
    /// Returns the keys when they have come.
    ///
    /// # Errors
    /// The fetch failed, was lost, or takes too long to wait for; it goes on all the same.
    pub(crate) async fn keys(self) -> Outcome {
        match within(&*self.fetch, self.longest, self.passenger).await {
            Some(Some(outcome)) => outcome,
            Some(None) => Err(lost()),
            None => Err(FetchError::new("timeout", "the keys are not there yet")),
        }
    }
}

pub(super) fn lost() -> FetchError {
    FetchError::new("lost", "the fetch of the keys was given up before its end")
}
