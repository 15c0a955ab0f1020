use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use scopa::Clock;

/// A clock that stands until the test moves it. A clone is the same clock.
///
/// ```
/// use std::time::Duration;
/// use scopa::Clock;
/// use scopa_testing::ManualClock;
///
/// let clock = ManualClock::at(1_795_333_600);
/// let same = clock.clone();
/// clock.advance(Duration::from_secs(30));
/// assert_eq!(same.now(), 1_795_333_630);
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock {
    now: Arc<AtomicU64>,
}

impl ManualClock {
    /// Makes a clock that shows this time, in seconds since 1970-01-01T00:00:00Z.
    pub fn at(seconds: u64) -> Self {
        Self { now: Arc::new(AtomicU64::new(seconds)) }
    }

    /// Sets the clock, forwards or backwards, to seconds since 1970-01-01T00:00:00Z.
    pub fn set(&self, seconds: u64) {
        self.now.store(seconds, Ordering::SeqCst);
    }

    /// Moves the clock forwards, by whole seconds: what is left of `by` is dropped.
    pub fn advance(&self, by: Duration) {
        self.now.fetch_add(by.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> u64 {
        self.now.load(Ordering::SeqCst)
    }
}
