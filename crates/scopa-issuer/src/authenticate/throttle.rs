use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use scopa::Clock;

use crate::error::{ErrorCode, OAuthError};

/// Limits guessing: ten wrong secrets for one client from one address, then one every thirty seconds.
///
/// Never by client alone, or anybody could lock a client out whose id he knows. Right secrets do not count.
///
/// The table is bounded, and what is pushed out of it is no way to be forgotten. An address has its place in one row. Who
/// tries many ids from one address pushes out records of that address alone, once it has half of a row, and a new one goes
/// on where the mildest of those stood: nothing is won by it. Others in that row lose at most a record, never a try.
pub(super) struct Throttle {
    rows: Box<[Mutex<Vec<Record>>]>,
    /// Keyed at random: nobody can choose whose row he shares.
    hasher: RandomState,
}

/// What one address did to one client.
#[derive(Clone, Copy)]
struct Record {
    address: u64,
    client: u64,
    /// When the last failure is paid for, in the seconds of [`Clock::elapsed`].
    paid_at: u64,
}

impl Default for Throttle {
    fn default() -> Self {
        let rows = (0..ROWS).map(|_| Mutex::default()).collect();
        Self { rows, hasher: RandomState::new() }
    }
}

impl Throttle {
    /// Says whether one more try is allowed, or from when on.
    pub(super) fn check(
        &self,
        client: &str,
        address: Option<IpAddr>,
        clock: &dyn Clock,
    ) -> Result<(), OAuthError> {
        let Some(address) = address else { return Ok(()) };
        let now = clock.elapsed().as_secs();
        let (address, client) = self.names(address, client);
        let Some(row) = self.row(address) else { return Ok(()) };
        let paid_at = paid_at(&row, address, client);
        let wait = paid_at.max(now).saturating_add(PRICE).saturating_sub(now.saturating_add(CREDIT));
        if wait == 0 {
            return Ok(());
        }
        let error = OAuthError::new(ErrorCode::TooManyRequests, "too many failed attempts; try again later");
        Err(OAuthError { retry_after: Some(Duration::from_secs(wait)), ..error })
    }

    /// Counts a failure.
    pub(super) fn count(&self, client: &str, address: Option<IpAddr>, clock: &dyn Clock) {
        let Some(address) = address else { return };
        let now = clock.elapsed().as_secs();
        let (address, client) = self.names(address, client);
        let Some(mut row) = self.row(address) else { return };
        // What is paid for is as good as nothing.
        row.retain(|record| record.paid_at > now);
        let record = Record {
            address,
            client,
            paid_at: paid_at(&row, address, client).max(now).saturating_add(PRICE),
        };
        match place(&row, address, client).and_then(|at| row.get_mut(at)) {
            Some(old) => *old = record,
            None => row.push(record),
        }
    }

    /// Returns how many records there are.
    #[cfg(test)]
    pub(super) fn records(&self) -> usize {
        self.rows.iter().map(|row| row.lock().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }

    fn names(&self, address: IpAddr, client: &str) -> (u64, u64) {
        (self.hasher.hash_one(network(address)), self.hasher.hash_one(client))
    }

    fn row(&self, address: u64) -> Option<MutexGuard<'_, Vec<Record>>> {
        let row = self.rows.get(usize::try_from(address % ROWS).ok()?)?;
        Some(row.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns when all is paid for that counts against a client from an address: its own record, or else, when the address has
/// as many as it may have, the mildest of them.
fn paid_at(row: &[Record], address: u64, client: u64) -> u64 {
    let of_address = || row.iter().filter(|record| record.address == address);
    if let Some(record) = of_address().find(|record| record.client == client) {
        return record.paid_at;
    }
    let mildest = of_address().map(|record| record.paid_at).min();
    if of_address().count() < OF_ONE_ADDRESS { 0 } else { mildest.unwrap_or_default() }
}

/// Returns where a record is put in the place of another; `None` if there is room.
fn place(row: &[Record], address: u64, client: u64) -> Option<usize> {
    let is_own = |record: &Record| record.address == address;
    let own = row.iter().position(|record| is_own(record) && record.client == client);
    let mildest = |among: &dyn Fn(&Record) -> bool| {
        let records = row.iter().enumerate().filter(|(_, record)| among(record));
        records.min_by_key(|(_, record)| record.paid_at).map(|(at, _)| at)
    };
    if own.is_some() {
        return own;
    }
    if row.iter().filter(|record| is_own(record)).count() >= OF_ONE_ADDRESS {
        return mildest(&is_own);
    }
    if row.len() >= IN_ONE_ROW { mildest(&|_| true) } else { None }
}

/// One address, or the 64 bits of an IPv6 address by which networks are told apart: the rest of it the caller may choose.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let prefix = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(prefix))
        }
    }
}

/// Seconds by which a failure is paid for, and how many of them may be owed.
const PRICE: u64 = 30;
const CREDIT: u64 = 10 * PRICE;

/// 16,384 records, 400 KiB.
const ROWS: u64 = 512;
const IN_ONE_ROW: usize = 32;
const OF_ONE_ADDRESS: usize = 16;
