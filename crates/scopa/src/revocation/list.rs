use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::{Revocation, RevokeError, Revoked};
use crate::access::Access;
use crate::clock::{Clock, SystemClock};
use crate::json::LAST_SECOND;

/// Revoked tokens, subjects and clients, in memory: for a service that is one process. A clone is the same list.
///
/// A subject or a client is revoked up to a time: tokens that were issued then or before are refused, and so are
/// those that do not say when (no `iat`). Tokens issued later are good. Everything is meant for one issuer: its
/// `jti`, `sub` and `client_id` are nothing to another. An entry is dropped when no token that it refuses can still
/// be good, so the list does not grow for ever; a restart forgets it.
///
/// Reading takes no lock and allocates nothing; revoking copies a few entries.
///
/// ```
/// use std::time::Duration;
/// use scopa::{Revocation, RevocationList, Revoked};
///
/// # let issuer = scopa_testing::TestIssuer::new();
/// # let validator = issuer.validator().build()?;
/// # let authenticate = |bearer: String| validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap();
/// # let access = authenticate(issuer.token().subject("user-1").bearer())?;
/// # let other = authenticate(issuer.token().subject("user-1").bearer())?;
/// // No token of this issuer lives longer than an hour.
/// let list = RevocationList::new(Duration::from_secs(3600));
/// # let list = list.clock(issuer.clock());
///
/// list.revoke_token(&access)?;
/// assert!(matches!(list.revoked(&access), Revoked::Yes));
/// assert!(matches!(list.revoked(&other), Revoked::No));
///
/// // Log out everywhere: all that `user-1` was given so far.
/// let now = other.issued_at().unwrap();
/// list.revoke_subject("https://id.example.com", "user-1", now)?;
/// assert!(matches!(list.revoked(&other), Revoked::Yes));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RevocationList {
    longest_life: u64,
    capacity: usize,
    clock: Arc<dyn Clock>,
    entries: Arc<Entries>,
}

impl RevocationList {
    /// Makes an empty list. `longest_life` is how long a token lives at most, from `iat` to `exp`: what is revoked for
    /// a subject or a client is kept that long.
    ///
    /// # Security
    /// A token that lives longer is good again after that time. Where an issuer cannot be relied upon,
    /// [`max_age`](crate::ValidatorBuilder::max_age) refuses such tokens.
    pub fn new(longest_life: Duration) -> Self {
        Self {
            longest_life: longest_life.as_secs(),
            capacity: DEFAULT_CAPACITY,
            clock: Arc::new(SystemClock),
            entries: Arc::new(Entries::new()),
        }
    }

    /// Sets how many entries there may be. 100,000 by default, which is some 20 MB.
    ///
    /// A setting of this value and the clones made from it.
    #[must_use]
    pub fn capacity(mut self, entries: usize) -> Self {
        self.capacity = entries;
        self
    }

    /// Sets the clock that tells which entries are past their end; for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Revokes one token, by its `jti`, until its end.
    ///
    /// # Errors
    /// `NoTokenId` when it has none, `Full` when the list is.
    pub fn revoke_token(&self, access: &Access) -> Result<(), RevokeError> {
        let token_id = access.token_id().ok_or(RevokeError::NoTokenId)?;
        self.revoke_token_id(access.issuer(), token_id, access.expires_at())
    }

    /// Revokes the token of this issuer that has this `jti` and is good until `expires_at` (`exp`), in seconds since
    /// 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// `NoTokenId` when it is empty, `Full` when the list is, `NotSeconds` for a time after the year 9999.
    pub fn revoke_token_id(&self, issuer: &str, token_id: &str, expires_at: u64) -> Result<(), RevokeError> {
        if token_id.is_empty() {
            return Err(RevokeError::NoTokenId);
        }
        let key = Key { kind: Kind::Token, issuer, name: token_id };
        self.revoke(key, Span { issued_until: LAST_SECOND, ends_at: end(expires_at, 0)? })
    }

    /// Revokes what this issuer issued for this subject (`sub`) at or before `issued_until`, in seconds since
    /// 1970-01-01T00:00:00Z: log out everywhere.
    ///
    /// A second call with an earlier time takes nothing back.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use scopa::{Clock, RevocationList, SystemClock};
    ///
    /// let list = RevocationList::new(Duration::from_secs(3600));
    /// list.revoke_subject("https://id.example.com", "user-1", SystemClock.now())?;
    /// assert!(format!("{list:?}").contains("entries: 1"));
    /// # Ok::<(), scopa::RevokeError>(())
    /// ```
    ///
    /// # Errors
    /// `Full` when the list is, `NotSeconds` for a time after the year 9999.
    pub fn revoke_subject(&self, issuer: &str, subject: &str, issued_until: u64) -> Result<(), RevokeError> {
        let key = Key { kind: Kind::Subject, issuer, name: subject };
        self.revoke(key, Span { issued_until, ends_at: end(issued_until, self.longest_life)? })
    }

    /// Revokes what this issuer issued to this client at or before `issued_until`, in seconds since
    /// 1970-01-01T00:00:00Z: its secret leaked.
    ///
    /// # Errors
    /// `Full` when the list is, `NotSeconds` for a time after the year 9999.
    pub fn revoke_client(&self, issuer: &str, client_id: &str, issued_until: u64) -> Result<(), RevokeError> {
        let key = Key { kind: Kind::Client, issuer, name: client_id };
        self.revoke(key, Span { issued_until, ends_at: end(issued_until, self.longest_life)? })
    }

    fn revoke(&self, key: Key<'_>, span: Span) -> Result<(), RevokeError> {
        self.entries.add(key, span, self.capacity, self.clock.now())
    }
}

impl Revocation for RevocationList {
    fn revoked(&self, access: &Access) -> Revoked {
        let now = self.clock.now();
        let names = [
            (Kind::Token, access.token_id()),
            (Kind::Subject, access.subject()),
            (Kind::Client, access.client_id()),
        ];
        let is_revoked = names.into_iter().any(|(kind, name)| {
            name.is_some_and(|name| {
                let key = Key { kind, issuer: access.issuer(), name };
                self.entries.refuse(key, access.issued_at(), now)
            })
        });
        if is_revoked { Revoked::Yes } else { Revoked::No }
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationList")
            .field("entries", &*self.entries.count())
            .field("capacity", &self.capacity)
            .field("longest_life", &self.longest_life)
            .finish_non_exhaustive()
    }
}

/// Returns the time from which no token that is meant can still be good: `life` after `time`.
fn end(time: u64, life: u64) -> Result<u64, RevokeError> {
    if time > LAST_SECOND {
        return Err(RevokeError::NotSeconds(time));
    }
    Ok(time.saturating_add(life).saturating_add(MOST_LEEWAY))
}

/// A hash table whose buckets are replaced as a whole, so that readers need no lock.
struct Entries {
    hasher: RandomState,
    buckets: Box<[ArcSwap<Vec<Entry>>]>,
    /// The last bucket stands apart, so that every hash has one.
    last: ArcSwap<Vec<Entry>>,
    /// How many entries there are. Only who holds it writes; nobody who reads waits for it.
    count: Mutex<usize>,
}

impl Entries {
    fn new() -> Self {
        let empty = Arc::new(Vec::new());
        let bucket = || ArcSwap::new(empty.clone());
        Self {
            hasher: RandomState::new(),
            buckets: (1..BUCKETS).map(|_| bucket()).collect(),
            last: bucket(),
            count: Mutex::new(0),
        }
    }

    /// Tells whether a token of this issue is refused by what is revoked under this key.
    fn refuse(&self, key: Key<'_>, issued_at: Option<u64>, now: u64) -> bool {
        self.bucket(key).load().iter().any(|entry| {
            entry.is(key)
                && now < entry.span.ends_at
                && issued_at.is_none_or(|issued_at| issued_at <= entry.span.issued_until)
        })
    }

    fn add(&self, key: Key<'_>, span: Span, capacity: usize, now: u64) -> Result<(), RevokeError> {
        if span.ends_at <= now {
            // All that it would refuse is expired.
            return Ok(());
        }
        let mut count = self.count();
        let bucket = self.bucket(key);
        let known = bucket.load().iter().find(|entry| entry.is(key) && now < entry.span.ends_at).cloned();
        if known.is_none() && *count >= capacity {
            for bucket in self.buckets.iter().chain([&self.last]) {
                replace(bucket, &mut count, |entry| now < entry.span.ends_at, None);
            }
            if *count >= capacity {
                return Err(RevokeError::Full(capacity));
            }
        }
        let added = match known {
            Some(Entry { span: before, .. }) => Entry::new(key, before.and(span)),
            None => Entry::new(key, span),
        };
        replace(bucket, &mut count, |entry| now < entry.span.ends_at && !entry.is(key), Some(added));
        Ok(())
    }

    fn bucket(&self, key: Key<'_>) -> &ArcSwap<Vec<Entry>> {
        let place = self.hasher.hash_one(key) as usize % BUCKETS;
        self.buckets.get(place).unwrap_or(&self.last)
    }

    fn count(&self) -> MutexGuard<'_, usize> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the entries to keep, and one more, in the place of a bucket's entries.
fn replace(
    bucket: &ArcSwap<Vec<Entry>>,
    count: &mut usize,
    keep: impl Fn(&Entry) -> bool,
    more: Option<Entry>,
) {
    let before = bucket.load();
    if more.is_none() && before.iter().all(&keep) {
        return;
    }
    let after: Vec<Entry> = before.iter().filter(|entry| keep(entry)).cloned().chain(more).collect();
    *count = count.saturating_sub(before.len()).saturating_add(after.len());
    bucket.store(Arc::new(after));
}

#[derive(Clone)]
struct Entry {
    kind: Kind,
    issuer: Arc<str>,
    name: Arc<str>,
    span: Span,
}

impl Entry {
    fn new(key: Key<'_>, span: Span) -> Self {
        Self { kind: key.kind, issuer: key.issuer.into(), name: key.name.into(), span }
    }

    fn is(&self, key: Key<'_>) -> bool {
        self.kind == key.kind && *self.name == *key.name && *self.issuer == *key.issuer
    }
}

/// Whom an entry is about.
#[derive(Clone, Copy, Hash)]
struct Key<'k> {
    kind: Kind,
    issuer: &'k str,
    name: &'k str,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Token,
    Subject,
    Client,
}

/// Which tokens an entry refuses, and how long there can be any. In seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy)]
struct Span {
    issued_until: u64,
    ends_at: u64,
}

impl Span {
    /// Refuses what either refuses.
    fn and(self, other: Self) -> Self {
        Self {
            issued_until: self.issued_until.max(other.issued_until),
            ends_at: self.ends_at.max(other.ends_at),
        }
    }
}

/// A validator accepts a token this many seconds past its end, if it is told to.
const MOST_LEEWAY: u64 = 300;

const DEFAULT_CAPACITY: usize = 100_000;

/// With the default capacity two dozen entries share a bucket.
const BUCKETS: usize = 4096;
