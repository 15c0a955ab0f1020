use std::borrow::Borrow;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

/// Records by key, and by when they expire.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    records: HashMap<K, Record<V>>,
    by_end: BTreeSet<(u64, K)>,
}

#[derive(Debug)]
struct Record<V> {
    expires_at: u64,
    value: V,
}

impl<K: Clone + Eq + Hash + Ord, V> Table<K, V> {
    /// Adds a record. One that has the key already stays, and the answer is `false`.
    pub(super) fn insert(&mut self, key: K, expires_at: u64, value: V) -> bool {
        if self.records.contains_key(&key) {
            return false;
        }
        self.by_end.insert((expires_at, key.clone()));
        self.records.insert(key, Record { expires_at, value });
        true
    }

    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.records.get(key).map(|record| &record.value)
    }

    pub(super) fn get_mut<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.records.get_mut(key).map(|record| &mut record.value)
    }

    pub(super) fn contains<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.records.contains_key(key)
    }

    /// Returns when a record expires.
    pub(super) fn end_of<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<u64>
    where
        K: Borrow<Q>,
    {
        self.records.get(key).map(|record| record.expires_at)
    }

    /// Has a record expire at another time.
    pub(super) fn move_end(&mut self, key: K, expires_at: u64) {
        if let Some(record) = self.records.get_mut(&key) {
            let before = std::mem::replace(&mut record.expires_at, expires_at);
            let mut entry = (before, key);
            self.by_end.remove(&entry);
            entry.0 = expires_at;
            self.by_end.insert(entry);
        }
    }

    pub(super) fn remove(&mut self, key: K) -> Option<V> {
        let record = self.records.remove(&key)?;
        self.by_end.remove(&(record.expires_at, key));
        Some(record.value)
    }

    /// Removes one record whose end is `now` or before.
    pub(super) fn remove_expired(&mut self, now: u64) -> Option<(K, V)> {
        let (expires_at, _) = self.by_end.first()?;
        if now < *expires_at {
            return None;
        }
        let (_, key) = self.by_end.pop_first()?;
        let record = self.records.remove(&key)?;
        Some((key, record.value))
    }

    /// Returns the keys of the records that are so.
    pub(super) fn keys_where(&self, mut is_so: impl FnMut(&V) -> bool) -> Vec<K> {
        let found = self.records.iter().filter(|(_, record)| is_so(&record.value));
        found.map(|(key, _)| key.clone()).collect()
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.records.values_mut().map(|record| &mut record.value)
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { records: HashMap::new(), by_end: BTreeSet::new() }
    }
}
