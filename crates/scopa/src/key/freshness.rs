use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

use http::HeaderMap;
use http::header::{AGE, CACHE_CONTROL};

/// How long keys are good, and how often they may be fetched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// How long fetched keys are fresh where the provider says nothing.
    pub(crate) fresh: Duration,
    /// How long keys serve past their freshness while the provider is out of reach.
    pub(crate) stale_if_error: Duration,
    /// How far attempts for unknown keys are apart.
    pub(crate) cooldown: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self { fresh: minutes(10), stale_if_error: minutes(60), cooldown: Duration::from_secs(30) }
    }
}

impl Terms {
    /// Returns how long an answer is fresh: what its `Cache-Control` says within bounds (RFC 9111 §4.2.1), or else
    /// our own time.
    pub(super) fn freshness(&self, headers: &HeaderMap) -> Duration {
        let directives = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
        let mut max_age = None;
        for directive in directives.flat_map(|value| value.split(',')) {
            let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
            let name = name.trim();
            // Keys that may not be kept at all would mean a fetch for every token.
            if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
                return self.shortest();
            }
            if name.eq_ignore_ascii_case("max-age") {
                let seconds = argument.trim().trim_matches('"').parse::<u64>();
                max_age = seconds.ok().or(max_age);
            }
        }
        let Some(max_age) = max_age else { return self.fresh };
        // RFC 9111 §4.2.3: it may have lain in a cache on the way.
        let age = headers.get(AGE).and_then(|age| age.to_str().ok()?.trim().parse::<u64>().ok());
        let left = Duration::from_secs(max_age.saturating_sub(age.unwrap_or(0)));
        left.clamp(self.shortest(), LONGEST_FRESH)
    }

    /// Our own time, where that is shorter still.
    fn shortest(&self) -> Duration {
        self.fresh.min(SHORTEST_FRESH)
    }

    /// Returns when to fetch ahead of the end: after 80 to 90 percent, so that many services do not come at once.
    pub(super) fn ahead(fresh: Duration) -> Duration {
        let jitter = RandomState::new().hash_one(0) % 100;
        fresh.saturating_mul(u32::try_from(800 + jitter).unwrap_or(800)) / 1000
    }

    /// Returns how long to wait after so many failures in a row: a second, then twice as long each time.
    pub(super) fn back_off(&self, failures: u32) -> Duration {
        let doubled = FIRST_BACK_OFF.saturating_mul(1 << failures.saturating_sub(1).min(16));
        doubled.min(self.cooldown.clamp(FIRST_BACK_OFF, LONGEST_BACK_OFF))
    }
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

const SHORTEST_FRESH: Duration = Duration::from_secs(30);
const LONGEST_FRESH: Duration = minutes(24 * 60);
const FIRST_BACK_OFF: Duration = Duration::from_secs(1);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    fn freshness(fields: &[(&str, &str)]) -> u64 {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        Terms::default().freshness(&headers).as_secs()
    }

    #[test]
    fn cache_control_counts_within_bounds() {
        for (value, expected) in [
            ("max-age=3600", 3600),
            ("public, max-age=7200, must-revalidate", 7200),
            ("Max-Age=\"90\"", 90),
            ("max-age=1", 30),
            ("max-age=0", 30),
            ("max-age=315360000", 24 * 60 * 60),
            ("max-age=99999999999999999999999", 600),
            ("max-age=-1", 600),
            ("max-age=soon", 600),
            ("max-age", 600),
            ("s-maxage=5", 600),
            ("no-store", 30),
            ("no-cache, max-age=3600", 30),
            ("", 600),
        ] {
            assert_eq!(freshness(&[("cache-control", value)]), expected, "{value}");
        }
        assert_eq!(freshness(&[]), 600);
        assert_eq!(freshness(&[("cache-control", "public"), ("cache-control", "max-age=60")]), 60);
        assert_eq!(freshness(&[("cache-control", "max-age=3600"), ("age", "3000")]), 600);
        assert_eq!(freshness(&[("cache-control", "max-age=3600"), ("age", "9000")]), 30);
        assert_eq!(freshness(&[("cache-control", "max-age=3600"), ("age", "x")]), 3600);
    }

    #[test]
    fn refresh_comes_ahead_of_the_end_and_not_always_at_the_same_time() {
        let times: Vec<u64> = (0..100).map(|_| Terms::ahead(minutes(10)).as_secs()).collect();
        assert!(times.iter().all(|time| (480..540).contains(time)), "{times:?}");
        assert!(times.iter().any(|time| *time != times[0]));
    }

    #[test]
    fn failures_are_further_and_further_apart() {
        let terms = Terms::default();
        let waits: Vec<u64> = (1..9).map(|failures| terms.back_off(failures).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(terms.back_off(u32::MAX).as_secs(), 30);
        // A long cool-down does not make an outage longer.
        assert_eq!(Terms { cooldown: minutes(60), ..terms }.back_off(20).as_secs(), 30);
    }
}
