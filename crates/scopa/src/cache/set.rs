use std::array;

use super::entry::Entry;
use super::same::same;
use crate::sync::{Arc, AtomicU8, AtomicU16, AtomicU32, Ordering, Swap};

/// Four places for entries, on one cache line.
///
/// Anyone reads. Only who holds the lock of the shard writes, except for the uses, of which it does no harm to lose one.
#[repr(align(64))]
pub(crate) struct Set<E> {
    ways: [Way<E>; WAYS],
}

/// A place for an entry.
///
/// A reader may find the tag of one entry and then another entry: it is the token that counts.
pub(crate) struct Way<E> {
    entry: Swap<E>,
    /// The end of the entry, so that nobody must fetch it to know.
    ends_at: AtomicU32,
    /// Zero where there is no entry.
    tag: AtomicU16,
    uses: AtomicU8,
}

impl<E: Entry> Set<E> {
    pub(crate) fn new() -> Self {
        Self { ways: array::from_fn(|_| Way::new()) }
    }

    pub(crate) fn ways(&self) -> &[Way<E>] {
        &self.ways
    }

    /// Finds the entry of a token, and counts the use.
    #[inline]
    pub(crate) fn find(&self, tag: u16, token: &[u8]) -> Option<Arc<E>> {
        self.ways.iter().filter(|way| way.has(tag)).find_map(|way| {
            let entry = way.entry.load();
            let entry = entry.as_ref().filter(|entry| same(entry.token(), token))?;
            way.touch();
            Some(entry.clone())
        })
    }

    /// Counts a use of the entry with this tag.
    pub(crate) fn touch(&self, tag: u16) {
        self.ways.iter().filter(|way| way.has(tag)).for_each(Way::touch);
    }

    /// Returns how many places are taken.
    pub(crate) fn load(&self) -> usize {
        self.ways.iter().filter(|way| !way.is_free()).count()
    }
}

impl<E: Entry> Way<E> {
    fn new() -> Self {
        Self {
            entry: Swap::empty(),
            ends_at: AtomicU32::new(0),
            tag: AtomicU16::new(0),
            uses: AtomicU8::new(0),
        }
    }

    #[inline]
    fn has(&self, tag: u16) -> bool {
        self.tag.load(Ordering::Relaxed) == tag
    }

    pub(crate) fn is_free(&self) -> bool {
        self.has(0)
    }

    /// Tells whether an entry of this tag is here that passes.
    pub(crate) fn holds(&self, tag: u16, passes: impl FnOnce(&E) -> bool) -> bool {
        self.has(tag) && self.entry.load().as_ref().is_some_and(|entry| passes(entry))
    }

    /// Returns the weight of the entry that is here.
    pub(crate) fn weight(&self) -> Option<usize> {
        if self.is_free() {
            return None;
        }
        self.entry.load().as_ref().map(|entry| entry.weight())
    }

    /// Tells whether the entry that is here is past its end.
    pub(crate) fn is_dead(&self, now: u64) -> bool {
        let ends_at = self.ends_at.load(Ordering::Relaxed);
        !self.is_free() && ends_at != u32::MAX && u64::from(ends_at) <= now
    }

    /// Tells whether the entry that is here may go for another: it is past its end, or was not used of late.
    pub(crate) fn is_spare(&self, now: u64) -> bool {
        !self.is_free() && (self.uses.load(Ordering::Relaxed) == 0 || self.is_dead(now))
    }

    /// Puts an entry here and returns the one that was.
    pub(crate) fn put(&self, tag: u16, entry: Arc<E>) -> Option<Arc<E>> {
        // After the year 2106 it never ends by this: then whoever finds it looks at its end.
        self.ends_at.store(u32::try_from(entry.ends_at()).unwrap_or(u32::MAX), Ordering::Relaxed);
        self.uses.store(0, Ordering::Relaxed);
        let replaced = self.entry.swap(Some(entry));
        self.tag.store(tag, Ordering::Relaxed);
        replaced
    }

    /// Takes the entry out that is here.
    pub(crate) fn take(&self) -> Option<Arc<E>> {
        self.tag.store(0, Ordering::Relaxed);
        self.entry.swap(None)
    }

    /// Counts a use; writes nothing when there were enough, as many do this at once.
    #[inline]
    fn touch(&self) {
        let uses = self.uses.load(Ordering::Relaxed);
        if uses < MOST_USES {
            self.uses.store(uses + 1, Ordering::Relaxed);
        }
    }

    /// Forgets one use.
    pub(crate) fn age(&self) {
        let uses = self.uses.load(Ordering::Relaxed);
        if uses > 0 {
            self.uses.store(uses - 1, Ordering::Relaxed);
        }
    }
}

/// How many places a set has.
pub(crate) const WAYS: usize = 4;

/// How often the hand passes by an entry until it is not used of late.
const MOST_USES: u8 = 3;
