use std::thread::available_parallelism;

use super::counts::Counts;
use super::entry::Entry;
use super::front::{Front, Hit};
use super::hash::{Hash, Seeds};
use super::same::same;
use super::set::{Set, WAYS, Way};
use crate::sync::{Arc, Mutex, PoisonError};

/// Entries by their whole token, bounded in their number and their bytes.
///
/// Reading waits for no lock. An entry has its place in one of two sets, which its token's hash tells; both are in one
/// shard, which has a lock for those who write. Each insert moves the hand of its shard by one set: there it drops what
/// is past its end, and forgets one use of each other entry. An entry makes way for another only if it has no use left;
/// where all have, the new one is not taken. So many distinct tokens at once take the place of what nobody uses.
pub(crate) struct Table<E> {
    seeds: Seeds,
    /// The sets of the first shard, then those of the second, and so on.
    sets: Box<[Set<E>]>,
    sets_per_shard: usize,
    /// For each shard the lock: which of its sets the hand is at.
    hands: Box<[Hand]>,
    front: Option<Front<E>>,
    counts: Counts,
}

/// On a cache line of its own, so that those who insert in two shards do not wait for each other.
#[repr(align(128))]
struct Hand(Mutex<usize>);

/// The two sets of a shard in which an entry may be.
struct Pair<'a, E>(&'a Set<E>, &'a Set<E>);

impl<E: Entry> Table<E> {
    pub(crate) fn new(most_entries: usize, most_bytes: usize) -> Self {
        let threads = available_parallelism().map_or(1, usize::from);
        let shards = most_entries.min(most_bytes / LIGHTEST) / ENTRIES_PER_SHARD;
        Self::with(most_entries, most_bytes, Seeds::random(), shards, threads)
    }

    /// Makes a table with at least as many shards, and replicas for this many threads: none where bytes are few.
    pub(crate) fn with(
        most_entries: usize,
        most_bytes: usize,
        seeds: Seeds,
        shards: usize,
        threads: usize,
    ) -> Self {
        // More entries than that are never in the table, however many there may be.
        let entries = most_entries.min(most_bytes / LIGHTEST).min(MOST_PLACED);
        let shards = shards.clamp(1, MOST_SHARDS).next_power_of_two();
        // At this load fewer than one of 5,000 entries finds both its sets full.
        let sets_per_shard = (entries * 9 / 5).div_ceil(shards * WAYS).max(2);
        Self {
            seeds,
            sets: (0..shards * sets_per_shard).map(|_| Set::new()).collect(),
            sets_per_shard,
            hands: (0..shards).map(|_| Hand(Mutex::new(0))).collect(),
            // The hand passes by a set about once for as many inserts as there are sets.
            front: (threads > 0 && most_bytes >= LEAST_BYTES_FOR_FRONT)
                .then(|| Front::new(threads, shards * sets_per_shard / 2)),
            counts: Counts::new(most_entries, most_bytes),
        }
    }

    /// Finds the entry of a token. Whether it is still good is for the caller to check.
    #[inline]
    pub(crate) fn get(&self, token: &[u8]) -> Option<Arc<E>> {
        let hash = self.seeds.hash(token)?;
        let replica = self.front.as_ref().and_then(|front| front.find(hash, token, self.counts.turns()));
        if let Some(Hit { entry, must_touch }) = replica {
            if must_touch {
                self.touch(hash);
            }
            return Some(entry);
        }
        self.find(hash, token)
    }

    #[inline(never)]
    fn find(&self, hash: Hash, token: &[u8]) -> Option<Arc<E>> {
        let Pair(first, second) = self.pair(hash)?;
        let entry = first.find(hash.tag(), token).or_else(|| second.find(hash.tag(), token))?;
        if let Some(front) = &self.front {
            front.offer(hash, &entry);
        }
        Some(entry)
    }

    /// Puts an entry in the place of the one with the same token, or in another place if there is any for it.
    pub(crate) fn insert(&self, entry: Arc<E>, now: u64) {
        let Some(hash) = self.seeds.hash(entry.token()) else { return };
        if entry.weight() > self.counts.most_bytes() / 8 {
            return;
        }
        self.place(hash, entry.clone(), now);
        if let Some(front) = &self.front {
            front.forget(hash, |replica| same(replica.token(), entry.token()));
            front.tidy(self.counts.turn(), now);
        }
    }

    fn place(&self, hash: Hash, entry: Arc<E>, now: u64) {
        let (Some(pair), Some(Hand(hand))) = (self.pair(hash), self.hand(hash)) else { return };
        let mut hand = hand.lock().unwrap_or_else(PoisonError::into_inner);
        *hand = (*hand + 1) % self.sets_per_shard;
        self.pass(self.set(hash, *hand), now);

        let known = pair.ways().find(|way| way.holds(hash.tag(), |known| same(known.token(), entry.token())));
        if known.is_none()
            && let Some(free) = pair.free()
            && self.counts.reserve(entry.weight(), None)
        {
            free.put(hash.tag(), entry);
            return;
        }
        let spare = || pair.ways().filter(|way| way.is_spare(now));
        // Not always the first one: it would be an entry that just came.
        let any_spare = || spare().nth(*hand % spare().count().max(1));
        let dead = || pair.ways().find(|way| way.is_dead(now));
        let place = known.or_else(dead).or_else(any_spare).or_else(|| pair.free());
        let Some(place) = place else { return };
        // Any sets would do. These are others for each token.
        let (first, _) = hash.two_below(self.sets_per_shard);
        let near = (1..=self.sets_per_shard.min(SWEPT))
            .filter_map(|step| self.set(hash, (first + step) % self.sets_per_shard));
        let near = near.flat_map(Set::ways).filter(|way| way.is_spare(now));
        let mut others = spare().chain(near).filter(|way| !std::ptr::eq(*way, place));
        let replaced = place.weight();
        while !self.counts.reserve(entry.weight(), replaced) {
            let Some(other) = others.next() else { return };
            self.drop_from(other);
        }
        let weight = entry.weight();
        place.put(hash.tag(), entry);
        if let Some(replaced) = replaced {
            self.counts.replaced(weight, replaced);
        }
    }

    /// Drops an entry if it is still there, and its replicas.
    pub(crate) fn remove(&self, entry: &E) {
        let Some(hash) = self.seeds.hash(entry.token()) else { return };
        if let (Some(pair), Some(Hand(hand))) = (self.pair(hash), self.hand(hash)) {
            let _hand = hand.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(way) = pair.ways().find(|way| way.holds(hash.tag(), |other| other.is(entry))) {
                self.drop_from(way);
            }
        }
        if let Some(front) = &self.front {
            front.forget(hash, |replica| replica.is(entry));
        }
    }

    /// Returns how many entries there are.
    #[cfg(test)]
    pub(crate) fn entries(&self) -> usize {
        self.counts.entries()
    }

    /// Returns how many bytes they have.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.counts.bytes()
    }

    /// Returns how many bytes the places have.
    #[cfg(test)]
    pub(crate) fn size(&self) -> usize {
        size_of_val(&*self.sets)
    }

    /// Returns how many replicas there are.
    #[cfg(test)]
    pub(crate) fn replicas(&self) -> usize {
        self.front.as_ref().map_or(0, Front::count)
    }

    /// Tells whether a token is there, replicas apart.
    #[cfg(test)]
    pub(crate) fn is_in_a_set(&self, token: &[u8]) -> bool {
        let pair = self.seeds.hash(token).and_then(|hash| Some((hash, self.pair(hash)?)));
        pair.is_some_and(|(hash, pair)| {
            pair.ways().any(|way| way.holds(hash.tag(), |entry| same(entry.token(), token)))
        })
    }

    #[cold]
    fn touch(&self, hash: Hash) {
        if let Some(Pair(first, second)) = self.pair(hash) {
            first.touch(hash.tag());
            second.touch(hash.tag());
        }
    }

    /// Does what the hand does where it passes.
    fn pass(&self, set: Option<&Set<E>>, now: u64) {
        for way in set.map_or(&[][..], Set::ways) {
            match way.is_dead(now) {
                true => self.drop_from(way),
                false => way.age(),
            }
        }
    }

    fn drop_from(&self, way: &Way<E>) {
        if let Some(entry) = way.take() {
            self.counts.release(entry.weight());
        }
    }

    #[inline]
    fn pair(&self, hash: Hash) -> Option<Pair<'_, E>> {
        let (first, second) = hash.two_below(self.sets_per_shard);
        Some(Pair(self.set(hash, first)?, self.set(hash, second)?))
    }

    /// Returns a set of a hash's shard.
    #[inline]
    fn set(&self, hash: Hash, at: usize) -> Option<&Set<E>> {
        self.sets.get(self.shard(hash) * self.sets_per_shard + at)
    }

    fn hand(&self, hash: Hash) -> Option<&Hand> {
        self.hands.get(self.shard(hash))
    }

    #[inline]
    fn shard(&self, hash: Hash) -> usize {
        hash.shard() & (self.hands.len() - 1)
    }
}

impl<'a, E: Entry> Pair<'a, E> {
    fn ways(&self) -> impl Iterator<Item = &'a Way<E>> + use<'a, E> {
        self.0.ways().iter().chain(self.1.ways())
    }

    /// Returns a free place, in the set that has more of them.
    fn free(&self) -> Option<&'a Way<E>> {
        let emptier = if self.0.load() <= self.1.load() { self.0 } else { self.1 };
        emptier.ways().iter().find(|way| way.is_free())
    }
}

/// How many sets are looked through for an entry that may go, when a bound is reached.
const SWEPT: usize = 16;

const MOST_SHARDS: usize = 64;
const ENTRIES_PER_SHARD: usize = 512;

/// No entry has fewer bytes: so many have no room, and need no places.
const LIGHTEST: usize = 128;

/// For more entries than that no places are made: the number of a set has 32 bits.
const MOST_PLACED: usize = 1 << 27;

/// Replicas may keep this much in memory in the worst case, beside the entries.
const LEAST_BYTES_FOR_FRONT: usize = 1 << 20;
