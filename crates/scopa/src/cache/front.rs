use std::array;

use super::entry::Entry;
use super::hash::Hash;
use super::same::same;
use crate::sync::{Arc, AtomicU32, Mutex, MutexGuard, Ordering, PoisonError, thread_number};

/// Replicas of hot entries, for a few threads each.
///
/// Who takes an `Arc` writes to its count. Where many threads take the same one, its cache line moves from one to the
/// next, and together they are slower than one alone. So a token that a thread sees again and again is served from a
/// replica, of which nothing that is written is shared with other stripes.
///
/// There are 16 stripes of 16 slots at most, and no replica of an entry above 4 KiB. So all that they keep in memory of
/// entries that the table dropped is 256 texts, or 1 MiB, and they themselves are some 256 bytes each.
pub(crate) struct Front<E> {
    stripes: Box<[Stripe<E>]>,
    /// After how many inserts the table must be told that an entry is in use.
    touch_after: u32,
}

/// The replicas of one thread, or of a few. Its cache lines are its own.
#[repr(align(128))]
struct Stripe<E> {
    slots: [Slot<E>; SLOTS],
}

struct Slot<E> {
    /// Nobody who reads waits for it: who finds it locked goes to the table.
    replica: Mutex<Option<Arc<E>>>,
    /// The tag of the replica, written with its lock. Zero where there is none.
    tag: AtomicU32,
    /// Which token came here last, and how often in a row.
    last: AtomicU32,
    run: AtomicU32,
    /// At which insert the table was last told that the replica is in use.
    touched: AtomicU32,
}

/// A hit in the front.
pub(crate) struct Hit<E> {
    pub(crate) entry: Arc<E>,
    /// Whether the table must be told that the entry is in use: not every time, for all threads tell it, and it forgets
    /// with inserts alone.
    pub(crate) must_touch: bool,
}

impl<E: Entry> Front<E> {
    /// Makes a front with at least this many stripes, one thread for each. There are at most 16, with 16 slots each.
    ///
    /// Of an entry that is in use the table is told once for `touch_after` inserts.
    pub(crate) fn new(threads: usize, touch_after: usize) -> Self {
        let stripes = threads.clamp(1, MOST_STRIPES).next_power_of_two();
        let stripes = (0..stripes).map(|_| Stripe { slots: array::from_fn(|_| Slot::new()) }).collect();
        Self { stripes, touch_after: u32::try_from(touch_after.max(1)).unwrap_or(u32::MAX) }
    }

    /// Finds the replica of a token, for this thread; `turn` counts the inserts.
    #[inline]
    pub(crate) fn find(&self, hash: Hash, token: &[u8], turn: usize) -> Option<Hit<E>> {
        let slot = self.slot(hash)?;
        if slot.tag.load(Ordering::Relaxed) != hash.long_tag() {
            return None;
        }
        let replica = slot.replica.try_lock().ok()?;
        let replica = replica.as_ref().filter(|replica| same(replica.token(), token))?;
        slot.note(hash.long_tag());
        let must_touch = (turn as u32).wrapping_sub(slot.touched.load(Ordering::Relaxed)) >= self.touch_after;
        if must_touch {
            slot.touched.store(turn as u32, Ordering::Relaxed);
        }
        Some(Hit { entry: replica.clone(), must_touch })
    }

    /// Is told that this thread found an entry in the table; makes a replica if that was so several times in a row.
    #[inline]
    pub(crate) fn offer(&self, hash: Hash, entry: &E) {
        if let Some(slot) = self.slot(hash)
            && slot.note(hash.long_tag()) >= HOT
            // It is not there already, locked by another thread.
            && slot.tag.load(Ordering::Relaxed) != hash.long_tag()
            && entry.weight() <= HEAVIEST
        {
            slot.put(hash.long_tag(), entry);
        }
    }

    /// Drops the replicas of a hash that pass, of all threads.
    pub(crate) fn forget(&self, hash: Hash, passes: impl Fn(&E) -> bool) {
        for slot in self.stripes.iter().filter_map(|stripe| stripe.slots.get(hash.sixteenth())) {
            if slot.tag.load(Ordering::Relaxed) == hash.long_tag() {
                slot.take_if(&passes);
            }
        }
    }

    /// Drops the replica in one slot if it is past its end. As the turn goes up, each slot has its turn.
    pub(crate) fn tidy(&self, turn: usize, now: u64) {
        let stripe = self.stripes.get((turn / SLOTS) & (self.stripes.len() - 1));
        if let Some(slot) = stripe.and_then(|stripe| stripe.slots.get(turn % SLOTS))
            && slot.tag.load(Ordering::Relaxed) != 0
        {
            slot.take_if(|replica| replica.ends_at() <= now);
        }
    }

    /// Returns how many replicas there are.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        let slots = self.stripes.iter().flat_map(|stripe| &stripe.slots);
        slots.filter(|slot| slot.lock().is_some()).count()
    }

    #[inline]
    fn slot(&self, hash: Hash) -> Option<&Slot<E>> {
        let stripe = self.stripes.get(thread_number() & (self.stripes.len() - 1))?;
        stripe.slots.get(hash.sixteenth())
    }
}

impl<E: Entry> Slot<E> {
    fn new() -> Self {
        let [tag, last, run, touched] = [(); 4].map(|()| AtomicU32::new(0));
        Self { replica: Mutex::new(None), tag, last, run, touched }
    }

    /// Notes which token came here, and returns how often it did in a row.
    ///
    /// Threads that share the stripe may lose some of it, which only makes a replica come late.
    #[inline]
    fn note(&self, tag: u32) -> u32 {
        let run = match self.last.load(Ordering::Relaxed) == tag {
            true => self.run.load(Ordering::Relaxed).wrapping_add(1),
            false => {
                self.last.store(tag, Ordering::Relaxed);
                1
            }
        };
        self.run.store(run, Ordering::Relaxed);
        run
    }

    #[cold]
    fn put(&self, tag: u32, entry: &E) {
        let _replaced = {
            let Ok(mut replica) = self.replica.try_lock() else { return };
            self.tag.store(tag, Ordering::Relaxed);
            replica.replace(Arc::new(entry.replica()))
        };
    }

    #[cold]
    fn take_if(&self, passes: impl Fn(&E) -> bool) {
        let mut replica = self.lock();
        if replica.as_ref().is_some_and(|replica| passes(replica)) {
            self.tag.store(0, Ordering::Relaxed);
            *replica = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<E>>> {
        self.replica.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const MOST_STRIPES: usize = 16;
const SLOTS: usize = 16;

/// How often in a row a token must come to a slot until it has a replica there: where several tokens share a slot, none
/// of them would stay for long, and each replica costs as much as ten hits.
const HOT: u32 = 8;

/// How many bytes an entry may have for a replica: what keeps its text in memory when the table has dropped it.
const HEAVIEST: usize = 4096;
