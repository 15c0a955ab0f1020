use std::fmt;
use std::time::Duration;

/// Tells the time that tokens are judged by.
///
/// The one place where scopa reads the time, so that a test can set it. Services keep the default,
/// [`SystemClock`]; tests hand a clock of their own to
/// [`ValidatorBuilder::clock`](crate::ValidatorBuilder::clock).
///
/// ```
/// use scopa::Clock;
///
/// struct Frozen;
/// impl Clock for Frozen {
///     fn now(&self) -> u64 { 1_795_333_600 }
/// }
/// assert_eq!(Frozen.now(), 1_795_333_600);
/// ```
pub trait Clock: Send + Sync + 'static {
    /// Returns the seconds since 1970-01-01T00:00:00Z, leap seconds ignored (RFC 7519 §2, NumericDate).
    fn now(&self) -> u64;

    /// Returns the time since some moment, which never goes back: how old keys are is told by it, so that a clock
    /// that is set anew neither ages nor rejuvenates them.
    ///
    /// By default what [`now`](Self::now) says.
    fn elapsed(&self) -> Duration {
        Duration::from_secs(self.now())
    }
}

/// The clock of the machine.
///
/// ```
/// use scopa::{Clock, SystemClock};
/// assert!(SystemClock.now() > 1_700_000_000);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        // A machine set to a time before 1970 cannot tell what is expired: it takes everything for expired.
        machine::since_1970().map_or(u64::MAX, |since| since.as_secs())
    }

    fn elapsed(&self) -> Duration {
        machine::since_start()
    }
}

/// The clocks that the kernel sets a few times in each hundredth of a second: a fifth of the cost, and good to some
/// milliseconds, where seconds are asked for.
#[cfg(target_os = "linux")]
mod machine {
    use std::time::Duration;

    use rustix::time::{ClockId, clock_gettime};

    pub(super) fn since_1970() -> Option<Duration> {
        Duration::try_from(clock_gettime(ClockId::RealtimeCoarse)).ok()
    }

    pub(super) fn since_start() -> Duration {
        Duration::try_from(clock_gettime(ClockId::MonotonicCoarse)).unwrap_or_default()
    }
}

#[cfg(not(target_os = "linux"))]
mod machine {
    use std::sync::OnceLock;
    use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

    pub(super) fn since_1970() -> Option<Duration> {
        SystemTime::now().duration_since(UNIX_EPOCH).ok()
    }

    pub(super) fn since_start() -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> u64 {
        (**self).now()
    }

    fn elapsed(&self) -> Duration {
        (**self).elapsed()
    }
}

impl fmt::Debug for dyn Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use super::*;

    #[test]
    fn the_clock_of_the_machine_tells_its_time() {
        let exact = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let (before, now, after) = (exact(), SystemClock.now(), exact());
        // It may be behind by some milliseconds.
        assert!((before - 1..=after).contains(&now), "{before} {now} {after}");
    }

    #[test]
    fn elapsed_time_never_goes_back() {
        let mut last = SystemClock.elapsed();
        for _ in 0..10_000 {
            let now = SystemClock.elapsed();
            assert!(last <= now);
            last = now;
        }
    }
}
