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
/// assert_eq!(same.elapsed(), Duration::from_secs(30));
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock {
    times: Arc<Times>,
}

/// In milliseconds.
#[derive(Debug)]
struct Times {
    since_1970: AtomicU64,
    elapsed: AtomicU64,
}

impl ManualClock {
    /// Makes a clock that shows this time, in seconds since 1970-01-01T00:00:00Z.
    pub fn at(seconds: u64) -> Self {
        let since_1970 = AtomicU64::new(seconds.saturating_mul(1000));
        Self { times: Arc::new(Times { since_1970, elapsed: AtomicU64::new(0) }) }
    }

    /// Sets the clock, forwards or backwards, to seconds since 1970-01-01T00:00:00Z.
    ///
    /// As when somebody sets the clock of the machine: no time passes by it.
    pub fn set(&self, seconds: u64) {
        self.times.since_1970.store(seconds.saturating_mul(1000), Ordering::SeqCst);
    }

    /// Lets time pass, to the millisecond.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        for time in [&self.times.since_1970, &self.times.elapsed] {
            time.fetch_add(by, Ordering::SeqCst);
        }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> u64 {
        self.times.since_1970.load(Ordering::SeqCst) / 1000
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.times.elapsed.load(Ordering::SeqCst))
    }
}
