//! A remembered token ends when it would without being remembered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use scopa::Clock;

use crate::{Alike, issuer, reason, seconds};

/// Where the test issuer's clock stands.
const START: u64 = 1_795_333_600;

#[test]
fn it_ends_with_its_exp_and_the_leeway() {
    for leeway in [0, 30, 300] {
        let issuer = issuer();
        let alike = Alike::new(|| issuer.validator().leeway(seconds(leeway)));
        let token = issuer.token().expires_in(seconds(60)).sign();
        for (at, status) in
            [(0, 200), (59, 200), (59 + leeway, 200), (60 + leeway, 401), (3600, 401), (59, 200)]
        {
            issuer.clock().set(START + at);
            assert_eq!(alike.status(&token), status, "{at} s with a leeway of {leeway} s");
        }
        issuer.clock().set(START + 60 + leeway);
        assert_eq!(reason(&alike.whole, &token).code(), "expired");
    }
}

#[test]
fn it_ends_with_the_greatest_age_and_the_leeway() {
    let issuer = issuer();
    let alike = Alike::new(|| issuer.validator().max_age(seconds(600)).leeway(seconds(10)));
    let token = issuer.token().sign();
    for (at, status) in [(0, 200), (609, 200), (610, 401), (3600, 401), (609, 200)] {
        issuer.clock().set(START + at);
        assert_eq!(alike.status(&token), status, "{at} s");
    }
    issuer.clock().set(START + 610);
    assert_eq!(reason(&alike.whole, &token).code(), "too_old");
    // What ends sooner counts.
    issuer.clock().set(START);
    let short = issuer.token().expires_in(seconds(60)).sign();
    for (at, status) in [(0, 200), (69, 200), (70, 401)] {
        issuer.clock().set(START + at);
        assert_eq!(alike.status(&short), status, "{at} s");
    }
}

#[test]
fn it_is_refused_before_its_beginning_when_the_clock_was_set_back() {
    let issuer = issuer();
    let alike = Alike::new(|| issuer.validator().leeway(seconds(30)));
    let begins = issuer.token().claim("nbf", START + 100).sign();
    let issued = issuer.token().claim("iat", START + 100).sign();
    let both = issuer.token().claim("iat", START + 500).claim("nbf", START + 100).sign();
    for token in [&begins, &issued, &both] {
        for (at, status) in [(100, 200), (70, 200), (69, 401), (0, 401), (100, 200)] {
            issuer.clock().set(START + at);
            assert_eq!(alike.status(token), status, "{at} s");
        }
        issuer.clock().set(START + 69);
        assert_eq!(reason(&alike.whole, token).code(), "not_yet_valid");
        issuer.clock().set(START + 100);
    }
}

/// Can be set to any second there is.
#[derive(Clone, Default)]
struct At(Arc<AtomicU64>);

impl Clock for At {
    fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn times_at_the_ends_of_what_can_be_written_are_judged_alike() {
    let (issuer, clock) = (issuer(), At::default());
    let alike = Alike::new(|| issuer.validator().leeway(seconds(300)).clock(clock.clone()));
    let last = 253_402_300_799_u64;
    let tokens: Vec<String> = [
        issuer.token().claim("exp", last),
        issuer.token().claim("exp", last).claim("nbf", 0).claim("iat", 0),
        issuer.token().claim("exp", u64::from(u32::MAX)),
        issuer.token().claim("exp", u64::from(u32::MAX) + 1),
        issuer.token().claim("exp", 1),
        issuer.token().claim("exp", START as f64 + 0.9),
        issuer.token().without("iat"),
    ]
    .iter()
    .map(|token| token.sign())
    .collect();
    for now in [0, 1, 300, 301, START - 301, START - 300, START, START + 299, START + 300, START + 301]
        .into_iter()
        .chain([u64::from(u32::MAX), u64::from(u32::MAX) + 299, u64::from(u32::MAX) + 300])
        .chain([u64::from(u32::MAX) + 301, last, last + 299, last + 300, u64::MAX - 1, u64::MAX])
        .chain([START, 0, START])
    {
        clock.0.store(now, Ordering::Relaxed);
        for token in &tokens {
            alike.status(token);
        }
    }
}
