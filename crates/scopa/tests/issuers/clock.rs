//! The clocks that tokens and keys are judged by.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use scopa::{Clock, SystemClock, Validator};
use scopa_testing::{ManualClock, TestAnswer, TestProvider};

use crate::{PARTNERS, Two, accepts, present, reason};

/// A clock that somebody wrote who needs no more.
struct Simple(AtomicU64);

impl Clock for Simple {
    fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn time_passes_as_the_clock_says_unless_it_says_otherwise() {
    let clock = Simple(AtomicU64::new(7));
    assert_eq!(clock.elapsed(), Duration::from_secs(7));
    clock.0.store(u64::MAX, Ordering::SeqCst);
    assert_eq!(clock.elapsed(), Duration::from_secs(u64::MAX));
}

#[test]
fn a_shared_clock_says_what_the_clock_itself_says() {
    let manual = ManualClock::at(1_000);
    let shared: Arc<dyn Clock> = Arc::new(manual.clone());
    manual.advance(Duration::from_secs(5));
    manual.set(3);
    // And not what the trait would say of it by default.
    assert_eq!((shared.now(), shared.elapsed()), (3, Duration::from_secs(5)));
    assert_eq!(format!("{shared:?}"), "Clock");
}

#[test]
fn the_clock_of_the_machine_never_goes_back() {
    let times: Vec<Duration> = (0..1000).map(|_| SystemClock.elapsed()).collect();
    assert!(times.is_sorted());
}

#[test]
fn a_manual_clock_can_be_set_without_any_time_passing() {
    let clock = ManualClock::at(1_000);
    assert_eq!((clock.now(), clock.elapsed()), (1_000, Duration::ZERO));
    clock.set(5_000);
    assert_eq!((clock.now(), clock.elapsed()), (5_000, Duration::ZERO));
    clock.set(10);
    assert_eq!((clock.now(), clock.elapsed()), (10, Duration::ZERO));
    let same = clock.clone();
    for _ in 0..3 {
        same.advance(Duration::from_millis(400));
    }
    assert_eq!((clock.now(), clock.elapsed()), (11, Duration::from_millis(1_200)));
    same.advance(Duration::from_micros(999));
    assert_eq!(clock.elapsed(), Duration::from_millis(1_200));
}

#[test]
fn each_issuer_may_have_a_clock_of_its_own_and_otherwise_has_that_of_the_first() {
    let two = Two::new();
    let own = ManualClock::at(1_000);
    let validator = two.of_staff().or_issuer(two.of_partners().clock(own.clone())).build().unwrap();
    assert!(accepts(&validator, &two.staff_token()));
    assert_eq!(reason(&validator, &two.partner_token()).code(), "not_yet_valid");
    own.set(two.staff.clock().now());
    assert!(accepts(&validator, &two.partner_token()));

    let partners = Validator::builder(PARTNERS, "crash-api").keys(two.staff.keys());
    let validator = two.of_staff().or_issuer(partners).build().unwrap();
    let token = two.partners.token().expires_in(Duration::from_secs(60));
    assert!(accepts(&validator, &token));
    two.staff.clock().advance(Duration::from_secs(90));
    assert_eq!(reason(&validator, &token).code(), "expired");
}

#[test]
fn setting_the_clock_neither_ages_keys_nor_makes_them_young() {
    let provider = TestProvider::new();
    let validator = provider.issuer().validator().discover(provider.clone()).build().unwrap();
    let accepted = || accepts(&validator, &provider.issuer().token());
    let start = provider.clock().now();
    assert!(accepted());
    for now in [start + 400 * 24 * 3600, 1_000_000, start] {
        provider.clock().set(now);
        assert!(accepted(), "{now}");
        assert_eq!(validator.readiness().age(), Some(Duration::ZERO));
    }
    assert_eq!(provider.fetches("/jwks.json"), 1);

    provider.answer_all(TestAnswer::refused());
    provider.advance(Duration::from_secs(4199));
    provider.clock().set(start);
    assert!(accepted());
    provider.advance(Duration::from_secs(1));
    provider.clock().set(start);
    assert_eq!(present(&validator, &provider.issuer().token()).unwrap_err().status(), 503);
}
