use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use scopa_axum::Clock;

/// Limits how often a password can be guessed: five tries a minute for one name from one address.
///
/// Never for a name alone: then anybody could lock anybody out.
pub(crate) struct Attempts {
    /// How often it was tried, and until when that counts. What is past is dropped with each try; a try waits for its password
    /// check, of which there are some thousand in a minute, so there are not more of them here.
    recent: Mutex<HashMap<From, (u32, u64)>>,
    clock: Arc<dyn Clock>,
}

/// Who tries, as they say, and from where, as far as that is known.
pub(crate) type From = (String, Option<IpAddr>);

impl Attempts {
    /// Starts without any.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { recent: Mutex::default(), clock }
    }

    /// Counts a try, before it is made, and tells whether it may be.
    pub(crate) fn begin(&self, from: &From) -> bool {
        let now = self.clock.now();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|_, (_, until)| now < *until);
        let (tries, _) = recent.entry(from.clone()).or_insert((0, now.saturating_add(MINUTE)));
        *tries = tries.saturating_add(1);
        *tries <= MOST
    }

    /// Forgets the tries of somebody who knew the password.
    pub(crate) fn succeeded(&self, from: &From) {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).remove(from);
    }
}

impl fmt::Debug for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempts")
    }
}

const MOST: u32 = 5;
const MINUTE: u64 = 60;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use scopa_testing::ManualClock;

    use super::*;

    #[test]
    fn the_sixth_try_within_a_minute_is_refused_to_this_name_from_this_address_alone() {
        let clock = ManualClock::at(1_000_000);
        let attempts = Attempts::new(Arc::new(clock.clone()));
        let from = |name: &str, last: u8| (name.to_owned(), Some(IpAddr::from([127, 0, 0, last])));
        for _ in 0..5 {
            assert!(attempts.begin(&from("alice", 1)));
        }
        assert!(!attempts.begin(&from("alice", 1)));
        assert!(attempts.begin(&from("alice", 2)));
        assert!(attempts.begin(&from("bob", 1)));
        clock.advance(Duration::from_secs(59));
        assert!(!attempts.begin(&from("alice", 1)));
        clock.advance(Duration::from_secs(1));
        assert!(attempts.begin(&from("alice", 1)));
    }

    #[test]
    fn who_knew_the_password_starts_anew() {
        let attempts = Attempts::new(Arc::new(ManualClock::at(0)));
        let alice = ("alice".to_owned(), None);
        for _ in 0..20 {
            assert!(attempts.begin(&alice));
            attempts.succeeded(&alice);
        }
    }
}
