use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(u64::MAX, |since| since.as_secs())
    }

    fn elapsed(&self) -> Duration {
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
