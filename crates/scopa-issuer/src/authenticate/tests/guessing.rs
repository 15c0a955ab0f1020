use std::net::{Ipv4Addr, Ipv6Addr};

use super::*;

impl Desk {
    /// Guesses wrong, and returns the status and when to come again.
    fn guess(&self, id: &str, address: Option<IpAddr>) -> (u16, Option<u64>) {
        let error = self.basic(id, "wrong", address).unwrap_err();
        (error.status(), error.retry_after.map(|time| time.as_secs()))
    }

    fn guess_often(&self, times: usize, id: &str, address: Option<IpAddr>) {
        for _ in 0..times {
            self.guess(id, address);
        }
    }
}

fn address(last: u8) -> Option<IpAddr> {
    Some(Ipv4Addr::new(198, 51, 100, last).into())
}

#[test]
fn ten_guesses_are_free_and_then_one_each_half_minute() {
    let desk = Desk::new();
    for _ in 0..10 {
        assert_eq!(desk.guess("m2m", Some(ADDRESS)), (401, None));
    }
    let error = desk.basic("m2m", "wrong", Some(ADDRESS)).unwrap_err();
    assert_eq!((error.status(), error.code), (429, ErrorCode::TooManyRequests));
    assert_eq!(error.retry_after, Some(Duration::from_secs(30)));
    // The right one, too: who is over the limit learns nothing.
    assert_eq!(desk.basic("m2m", SECRET, Some(ADDRESS)).unwrap_err().status(), 429);

    desk.time.advance(Duration::from_secs(29));
    assert_eq!(desk.guess("m2m", Some(ADDRESS)), (429, Some(1)));
    desk.time.advance(Duration::from_secs(1));
    assert_eq!(desk.guess("m2m", Some(ADDRESS)), (401, None));
    assert_eq!(desk.guess("m2m", Some(ADDRESS)), (429, Some(30)));
    desk.time.advance(Duration::from_secs(30));
    assert!(desk.basic("m2m", SECRET, Some(ADDRESS)).is_ok());

    desk.time.advance(Duration::from_secs(300));
    for _ in 0..10 {
        assert_eq!(desk.guess("m2m", Some(ADDRESS)), (401, None));
    }
    assert_eq!(desk.guess("m2m", Some(ADDRESS)).0, 429);
}

#[test]
fn a_clock_that_is_set_anew_forgives_nothing() {
    let desk = Desk::new();
    desk.guess_often(10, "m2m", Some(ADDRESS));
    desk.time.set(NOW + 86_400);
    assert_eq!(desk.guess("m2m", Some(ADDRESS)).0, 429);
    desk.time.set(NOW - 86_400);
    assert_eq!(desk.guess("m2m", Some(ADDRESS)).0, 429);
}

#[test]
fn nobody_is_locked_out_by_others() {
    let desk = Desk::new();
    desk.guess_often(20, "m2m", address(1));
    assert_eq!(desk.guess("m2m", address(1)).0, 429);
    // The client from elsewhere, others from there, and who has no address.
    assert!(desk.basic("m2m", SECRET, address(2)).is_ok());
    assert_eq!(desk.guess("other", address(1)), (401, None));
    assert!(desk.basic("m2m", SECRET, None).is_ok());
}

#[test]
fn without_an_address_there_is_no_limit() {
    let desk = Desk::new();
    for _ in 0..100 {
        assert_eq!(desk.guess("m2m", None), (401, None));
    }
}

#[test]
fn right_secrets_do_not_count() {
    let desk = Desk::new();
    for _ in 0..100 {
        assert!(desk.basic("m2m", SECRET, Some(ADDRESS)).is_ok());
    }
    desk.guess_often(9, "m2m", Some(ADDRESS));
    assert!(desk.basic("m2m", SECRET, Some(ADDRESS)).is_ok());
    // Nor do they wipe out what was counted: with a client of his own, nobody starts anew.
    assert_eq!(desk.guess("m2m", Some(ADDRESS)), (401, None));
    assert_eq!(desk.guess("m2m", Some(ADDRESS)).0, 429);
}

#[test]
fn a_client_is_counted_under_one_name() {
    let desk = Desk::new();
    for at in 0..10 {
        let id = if at % 2 == 0 { "m2m" } else { "%6D2%6d" };
        assert_eq!(desk.guess(id, Some(ADDRESS)), (401, None));
    }
    assert_eq!(desk.guess("m2%6d", Some(ADDRESS)).0, 429);
    let post = desk.ask(&[], "client_id=m2m&client_secret=x", Some(ADDRESS)).unwrap_err();
    assert_eq!(post.status(), 429);
}

#[test]
fn unknown_clients_are_limited_alike() {
    let desk = Desk::new();
    let told =
        |id: &str| (0..12).map(|_| desk.basic(id, "x", Some(ADDRESS)).unwrap_err()).collect::<Vec<_>>();
    assert_eq!(told("nobody"), told("m2m"));
    assert_eq!(told(&"x".repeat(1000)), told("\u{e9}"));
}

#[test]
fn addresses_of_one_network_are_one() {
    let v6 = |high: u64, low: u64| Some(IpAddr::V6(Ipv6Addr::from(u128::from(high) << 64 | u128::from(low))));
    let network = 0x2001_0db8_0000_0001;
    let desk = Desk::new();
    for low in 0..10 {
        assert_eq!(desk.guess("m2m", v6(network, low)), (401, None));
    }
    assert_eq!(desk.guess("m2m", v6(network, 99)).0, 429);
    assert_eq!(desk.guess("m2m", v6(network + 1, 0)), (401, None));

    // RFC 4291 §2.5.5.2: an IPv4 address that a socket for both shows as IPv6 is that address.
    let mapped = Some(IpAddr::V6(Ipv4Addr::new(198, 51, 100, 7).to_ipv6_mapped()));
    desk.guess_often(10, "m2m", mapped);
    assert_eq!(desk.guess("m2m", address(7)).0, 429);
    assert_eq!(desk.guess("m2m", address(8)), (401, None));
}

#[test]
fn who_tries_many_ids_wins_no_try_for_any() {
    let desk = Desk::new();
    desk.guess_often(10, "m2m", Some(ADDRESS));
    let mut tries = 0;
    for round in 0..50 {
        for at in 0..40 {
            desk.guess_often(10, &format!("decoy-{round}-{at}"), Some(ADDRESS));
        }
        tries += usize::from(desk.guess("m2m", Some(ADDRESS)).0 != 429);
    }
    assert_eq!(tries, 0);
    // Others are not touched by it.
    assert!(desk.basic("m2m", SECRET, address(2)).is_ok());
    // And it passes.
    desk.time.advance(Duration::from_secs(300));
    assert!(desk.basic("m2m", SECRET, Some(ADDRESS)).is_ok());
}

#[test]
fn the_table_is_bounded_and_locks_no_stranger_out() {
    let desk = Desk::new();
    for network in 0_u32..40_000 {
        let address = Some(IpAddr::V4(Ipv4Addr::from(network << 8)));
        assert_eq!(desk.guess("m2m", address), (401, None), "{network}");
    }
    assert!(desk.authentication.throttle.records() <= 16_384);
    assert!(desk.basic("m2m", SECRET, Some(ADDRESS)).is_ok());
}
