use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

/// Key identifiers that were looked for in vain, so that they are not asked for again and again.
///
/// The first time a `kid` is missing it waits for one cool-down, then for two, four, and so on up to a limit. Only
/// what waited for a fetch comes in. Bounded: what ends first goes first, and then costs a fetch again, of which
/// there is one for each cool-down. Kept by a hash with a key of its own: a `kid` can be as long as a token.
#[derive(Default)]
pub(super) struct Absent {
    hasher: RandomState,
    missing: HashMap<u64, Entry>,
}

struct Entry {
    /// When it may be looked for again.
    until: Duration,
    wait: Duration,
}

impl Absent {
    /// Tells whether a `kid` was found missing so lately that it is not worth a fetch.
    pub(super) fn has(&self, kid: &str, now: Duration) -> bool {
        self.missing.get(&self.hasher.hash_one(kid)).is_some_and(|entry| now < entry.until)
    }

    /// Notes that a fetch did not bring a `kid`.
    pub(super) fn note(&mut self, kid: &str, now: Duration, cooldown: Duration, longest: Duration) {
        let kid = self.hasher.hash_one(kid);
        // Noted by another request that waited for the same fetch.
        if self.missing.get(&kid).is_some_and(|entry| now < entry.until) {
            return;
        }
        let wait = self.missing.get(&kid).map_or(cooldown, |entry| entry.wait.saturating_mul(2));
        let wait = wait.clamp(cooldown, longest.max(cooldown));
        if self.missing.len() >= MOST && !self.missing.contains_key(&kid) {
            let soonest = self.missing.iter().min_by_key(|(_, entry)| entry.until).map(|(kid, _)| *kid);
            soonest.and_then(|kid| self.missing.remove(&kid));
        }
        self.missing.insert(kid, Entry { until: now.saturating_add(wait), wait });
    }
}

const MOST: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_wait_doubles_each_time_up_to_the_limit() {
        let mut absent = Absent::default();
        let mut now = Duration::ZERO;
        for wait in [30, 60, 120, 240, 480, 600, 600] {
            assert!(!absent.has("a", now));
            absent.note("a", now, 30 * SECOND, 600 * SECOND);
            now += wait * SECOND;
            assert!(absent.has("a", now - SECOND), "{wait}");
            assert!(!absent.has("b", now - SECOND));
        }
        assert!(!absent.has("a", now));
    }

    #[test]
    fn many_who_waited_for_one_fetch_count_once() {
        let mut absent = Absent::default();
        for _ in 0..100 {
            absent.note("a", Duration::ZERO, 30 * SECOND, 600 * SECOND);
        }
        assert!(!absent.has("a", 30 * SECOND));
    }

    #[test]
    fn it_is_bounded_and_forgets_first_what_ends_first() {
        let mut absent = Absent::default();
        for number in 0..1000_u32 {
            absent.note(&format!("kid-{number}"), number * SECOND, 2000 * SECOND, 2000 * SECOND);
        }
        assert_eq!(absent.missing.len(), MOST);
        assert!(absent.has("kid-999", 1000 * SECOND));
        assert!(!absent.has("kid-0", 1000 * SECOND));
    }
}
