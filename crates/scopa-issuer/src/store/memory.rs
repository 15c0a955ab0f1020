mod consents;
mod table;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::hash::Hash;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::{AccessToken, Answer, Code, Digest, Grant, Store};
use crate::client::Client;
use consents::{Consents, Taken};
use table::Table;

/// Keeps everything in the memory of this process: for tests, local work, and an issuer whose clients may start anew with it.
///
/// A clone is the same store. What has expired goes with [`purge`](Store::purge), and a little of it with each record
/// that is added, by the latest time that a record told.
///
/// ```
/// use scopa_issuer::{Digest, MemoryStore, Store};
///
/// # futures_util::FutureExt::now_or_never(async {
/// let store = MemoryStore::new();
/// let word = Digest::from([7; 32]);
/// assert!(store.use_once(word, 1_795_333_600).await?);
/// assert!(!store.clone().use_once(word, 1_795_333_600).await?);
/// # Ok::<(), scopa_issuer::StoreError>(()) }).unwrap()?;
/// # Ok::<(), scopa_issuer::StoreError>(())
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

/// Who holds several of these locks took them in this order. Clients are locked for reading by every step that touches what
/// belongs to one, and for writing to remove one with all it has.
#[derive(Default)]
struct Shared {
    clients: RwLock<BTreeMap<String, Arc<Client>>>,
    consents: Mutex<Consents>,
    /// Access tokens without a grant, by the first byte of their digests: what is written most.
    tokens: [Mutex<Table<Digest, Arc<AccessToken>>>; SHARDS],
    revoked: RwLock<Table<Arc<str>, ()>>,
    used: Mutex<Table<Digest, ()>>,
    /// The latest time that the store was told of.
    latest: AtomicU64,
}

impl MemoryStore {
    /// Makes a store with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Shared {
    /// Takes note of a time that has come, and returns the latest one.
    fn note(&self, time: u64) -> u64 {
        self.latest.fetch_max(time, Ordering::Relaxed).max(time)
    }

    fn latest(&self) -> u64 {
        self.latest.load(Ordering::Relaxed)
    }

    fn shard(&self, digest: Digest) -> MutexGuard<'_, Table<Digest, Arc<AccessToken>>> {
        let [first, ..] = digest.as_bytes();
        let [one, ..] = &self.tokens;
        lock(self.tokens.get(usize::from(*first) % SHARDS).unwrap_or(one))
    }

    /// Keeps clients as they are, for one step.
    fn clients(&self) -> RwLockReadGuard<'_, BTreeMap<String, Arc<Client>>> {
        self.clients.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps everybody else out, for one step.
    fn clients_alone(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Arc<Client>>> {
        self.clients.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn consents(&self) -> MutexGuard<'_, Consents> {
        lock(&self.consents)
    }
}

/// Nothing waits: a future is done with its first poll.
impl Store for MemoryStore {
    fn client<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Arc<Client>>> {
        Box::pin(async move { Ok(self.shared.clients().get(id).cloned()) })
    }

    fn clients<'a>(&'a self, after: Option<&'a str>, most: usize) -> Answer<'a, Vec<Arc<Client>>> {
        Box::pin(async move {
            let start = after.map_or(Bound::Unbounded, Bound::Excluded);
            let clients = self.shared.clients();
            let page = clients.range::<str, _>((start, Bound::Unbounded)).take(most);
            Ok(page.map(|(_, client)| client.clone()).collect())
        })
    }

    fn create_client(&self, client: Client) -> Answer<'_, bool> {
        Box::pin(async move {
            let mut clients = self.shared.clients_alone();
            Ok(match clients.entry(client.id().to_owned()) {
                Entry::Occupied(_) => false,
                Entry::Vacant(free) => {
                    free.insert(Arc::new(client));
                    true
                }
            })
        })
    }

    fn replace_client(&self, from: u64, client: Client) -> Answer<'_, bool> {
        Box::pin(async move {
            let mut clients = self.shared.clients_alone();
            let Some(kept) = clients.get_mut(client.id()).filter(|kept| kept.version() == from) else {
                return Ok(false);
            };
            *kept = Arc::new(client);
            Ok(true)
        })
    }

    fn remove_client<'a>(&'a self, id: &'a str) -> Answer<'a, bool> {
        Box::pin(async move {
            let mut clients = self.shared.clients_alone();
            self.shared.consents().remove_client(id);
            for shard in &self.shared.tokens {
                let mut tokens = lock(shard);
                for digest in tokens.keys_where(|token| token.client_id == id) {
                    tokens.remove(digest);
                }
            }
            Ok(clients.remove(id).is_some())
        })
    }

    fn create_code(&self, code: Code) -> Answer<'_, bool> {
        Box::pin(async move {
            let clients = self.shared.clients();
            if !clients.contains_key(&code.client_id) {
                return Ok(false);
            }
            let mut consents = self.shared.consents();
            consents.purge(self.shared.latest(), SWEPT);
            if !consents.add_code(code) {
                return Err(Taken.into());
            }
            Ok(true)
        })
    }

    fn code(&self, digest: Digest) -> Answer<'_, Option<Code>> {
        Box::pin(async move { Ok(self.shared.consents().code(digest)) })
    }

    fn spend_code(&self, digest: Digest) -> Answer<'_, bool> {
        Box::pin(async move { Ok(self.shared.consents().spend(digest)) })
    }

    fn redeem_code(&self, digest: Digest, grant: Grant, token: Option<AccessToken>) -> Answer<'_, bool> {
        Box::pin(async move {
            let _clients = self.shared.clients();
            let now = self.shared.note(grant.rotated_at);
            let mut consents = self.shared.consents();
            let redeemed = consents.redeem(digest, grant, token)?;
            consents.purge(now, SWEPT);
            Ok(redeemed)
        })
    }

    fn grant<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Grant>> {
        Box::pin(async move { Ok(self.shared.consents().grant(id)) })
    }

    fn rotate_grant<'a>(
        &'a self,
        id: &'a str,
        from: u64,
        rotated_at: u64,
        expires_at: u64,
        token: Option<AccessToken>,
    ) -> Answer<'a, bool> {
        Box::pin(async move {
            let now = self.shared.note(rotated_at);
            let mut consents = self.shared.consents();
            let rotated = consents.rotate(id, from, (rotated_at, expires_at), token)?;
            consents.purge(now, SWEPT);
            Ok(rotated)
        })
    }

    fn end_grant<'a>(&'a self, id: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            self.shared.consents().end(id);
            Ok(())
        })
    }

    fn end_grants_of<'a>(&'a self, subject: &'a str, client: Option<&'a str>) -> Answer<'a, u64> {
        Box::pin(async move { Ok(self.shared.consents().end_all_of(subject, client)) })
    }

    fn create_access_token(&self, token: AccessToken) -> Answer<'_, bool> {
        Box::pin(async move {
            let clients = self.shared.clients();
            if !clients.contains_key(&token.client_id) {
                return Ok(false);
            }
            let now = self.shared.note(token.issued_at);
            if let Some(grant) = token.grant_id.clone() {
                let mut consents = self.shared.consents();
                consents.purge(now, SWEPT);
                return Ok(consents.add_token(&grant, token)?);
            }
            let mut tokens = self.shared.shard(token.digest);
            sweep(&mut tokens, now);
            if !tokens.insert(token.digest, token.expires_at, Arc::new(token)) {
                return Err(Taken.into());
            }
            Ok(true)
        })
    }

    fn access_token(&self, digest: Digest) -> Answer<'_, Option<AccessToken>> {
        Box::pin(async move {
            let _clients = self.shared.clients();
            let token = self.shared.shard(digest).get(&digest).cloned();
            let token = token.or_else(|| self.shared.consents().token(digest));
            Ok(token.map(Arc::unwrap_or_clone))
        })
    }

    fn remove_access_token(&self, digest: Digest) -> Answer<'_, ()> {
        Box::pin(async move {
            self.shared.shard(digest).remove(digest);
            self.shared.consents().remove_token(digest);
            Ok(())
        })
    }

    fn revoke_token_id<'a>(&'a self, id: &'a str, expires_at: u64) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut revoked = self.shared.revoked.write().unwrap_or_else(PoisonError::into_inner);
            sweep(&mut revoked, self.shared.latest());
            if !revoked.insert(id.into(), expires_at, ()) {
                let latest = revoked.end_of(id).max(Some(expires_at)).unwrap_or(expires_at);
                revoked.move_end(id.into(), latest);
            }
            Ok(())
        })
    }

    fn is_token_id_revoked<'a>(&'a self, id: &'a str) -> Answer<'a, bool> {
        Box::pin(async move {
            let revoked = self.shared.revoked.read().unwrap_or_else(PoisonError::into_inner);
            Ok(revoked.contains(id))
        })
    }

    fn use_once(&self, digest: Digest, expires_at: u64) -> Answer<'_, bool> {
        Box::pin(async move {
            let mut used = lock(&self.shared.used);
            sweep(&mut used, self.shared.latest());
            Ok(used.insert(digest, expires_at, ()))
        })
    }

    fn purge(&self, now: u64, most: usize) -> Answer<'_, u64> {
        Box::pin(async move {
            self.shared.note(now);
            let mut gone = self.shared.consents().purge(now, most);
            let mut left = most;
            for shard in &self.shared.tokens {
                let went = drain(&mut lock(shard), now, left);
                left -= went.min(left);
                gone += went as u64;
            }
            let mut revoked = self.shared.revoked.write().unwrap_or_else(PoisonError::into_inner);
            gone += drain(&mut revoked, now, most) as u64;
            gone += drain(&mut lock(&self.shared.used), now, most) as u64;
            Ok(gone)
        })
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("clients", &self.shared.clients().len()).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes up to `most` expired records, and says how many there were.
fn drain<K: Clone + Eq + Hash + Ord, V>(table: &mut Table<K, V>, now: u64, most: usize) -> usize {
    (0..most).take_while(|_| table.remove_expired(now).is_some()).count()
}

fn sweep<K: Clone + Eq + Hash + Ord, V>(table: &mut Table<K, V>, now: u64) {
    drain(table, now, SWEPT);
}

const SHARDS: usize = 16;

/// How many expired records go with each new one.
const SWEPT: usize = 2;
