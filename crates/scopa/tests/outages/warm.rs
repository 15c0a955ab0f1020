use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::time::Duration;

use scopa_testing::TestAnswer;

use crate::faults::{self, Fault};
use crate::kit::{KEYS, SECOND, Service, seconds};
use crate::log::{assert_silent, logged};

/// How long a service has run when the fault strikes.
#[derive(Debug, Clone, Copy)]
enum Age {
    /// Its keys are due to be fetched again.
    TenMinutes,
    /// Its metadata is due, too.
    Day,
}

impl Age {
    fn reach(self, fault: &Fault) -> Service {
        let service = Service::start();
        let keys = TestAnswer::json(service.provider.jwks());
        let keys = if fault.has_etag { keys.header("etag", "\"1\"") } else { keys };
        let (keys, age) = match self {
            Self::TenMinutes => (keys, seconds(550)),
            Self::Day => (keys.header("cache-control", "max-age=86400"), seconds(86_400 + 1)),
        };
        service.provider.answer(KEYS, keys);
        assert!(service.accepts_at_once(&service.known()));
        service.provider.heal();
        service.pass(age);
        service
    }
}

#[test]
fn known_keys_outlast_a_provider_out_of_reach() {
    befall_all(faults::unreachable());
}

#[test]
fn known_keys_outlast_every_status() {
    befall_all(faults::statuses());
}

#[test]
fn known_keys_outlast_junk() {
    befall_all(faults::junk());
}

#[test]
fn known_keys_outlast_key_sets_that_are_unusual_but_right() {
    befall_all(faults::unusual_but_right());
}

#[test]
fn known_keys_outlast_clocks_and_metadata_that_are_wrong() {
    befall_all(faults::clocks_and_metadata());
}

#[test]
fn known_keys_outlast_a_client_or_runtime_that_fails() {
    befall_all(faults::clients());
}

/// To callers with known keys nothing happens, and others are told the truth.
fn befall_all(faults: Vec<Fault>) {
    let mut failed = Vec::new();
    for fault in faults {
        for age in [Age::TenMinutes, Age::Day] {
            let name = format!("{} after {age:?}", fault.name);
            // All rows are tried: which of them fail together says what is wrong.
            if catch_unwind(|| befall(&fault, age, &name)).is_err() {
                failed.push(name);
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

fn befall(fault: &Fault, age: Age, name: &str) {
    let service = age.reach(fault);
    (fault.strike)(&service.provider);
    let (known, unknown) = (service.known(), service.unknown("nobody"));
    let lines = logged(|| endure(&service, fault, [&known, &unknown], name));
    assert_silent(&lines, &[&known, &unknown]);
    let outcome = format!("fetch.kind=jwks fetch.outcome={} ", fault.outcome);
    assert!(lines.iter().any(|line| line.contains(&outcome)), "{name}: {outcome}in {:#?}", lines.first());
    heal(&service, name);
}

/// Half an hour of it.
fn endure(service: &Service, fault: &Fault, [known, unknown]: [&str; 2], name: &str) {
    let (start, fetches) = (service.now(), service.key_fetches());
    for _ in 0..20 {
        assert!(service.accepts_at_once(known), "{name}: at the first moment");
    }
    let (first, waited) = service.answer(unknown);
    assert!(fault.unknown.starts_with(&first.to_string()), "{name}: {first}");
    assert!(waited <= LONGEST_WAIT, "{name}: {waited:?}");

    let mut seen = BTreeSet::from([first]);
    while service.now() - start < seconds(1800) {
        service.pass(15 * SECOND);
        assert!(service.accepts_at_once(known), "{name}: after {:?}", service.now() - start);
        let (answer, waited) = service.answer(unknown);
        assert!(waited <= LONGEST_WAIT, "{name}: {waited:?}");
        seen.insert(answer);
    }
    let expected: BTreeSet<u16> = fault.unknown.split(" or ").map(|status| status.parse().unwrap()).collect();
    assert_eq!(seen, expected, "{name}: what an unknown kid is told");
    let fetches = service.key_fetches() - fetches;
    assert!(fetches <= 70, "{name}: {fetches} fetches in half an hour");
}

/// A key that comes with the end of the fault is in use a cool-down later, and the old one still is.
fn heal(service: &Service, name: &str) {
    service.provider.heal();
    service.provider.publish(["es256", "es384"]);
    let (known, new) = (service.known(), service.newer());
    let mut waited = Duration::ZERO;
    while !service.accepts_at_once(&new) {
        assert!(service.accepts_at_once(&known), "{name}: while it heals");
        service.pass(SECOND);
        waited += SECOND;
        assert!(waited <= seconds(30), "{name}: not healed after {waited:?}");
    }
    assert!(service.accepts_at_once(&known), "{name}: healed");
    assert!(service.auth.readiness().is_ready(), "{name}");
    assert_eq!(service.auth.readiness().last_error(), None, "{name}");
}

/// For keys that nobody has published yet.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
