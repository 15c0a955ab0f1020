use crate::sync::{AtomicUsize, Ordering};

/// How much there is in a table, and how much there may be.
///
/// Something is counted before it is put in its place, and no longer when it is gone: what is there is never more than
/// what is counted, and that is never more than the bounds.
#[repr(align(128))]
pub(crate) struct Counts {
    entries: AtomicUsize,
    bytes: AtomicUsize,
    turns: AtomicUsize,
    most_entries: usize,
    most_bytes: usize,
}

impl Counts {
    pub(crate) fn new(most_entries: usize, most_bytes: usize) -> Self {
        let [entries, bytes, turns] = [(); 3].map(|()| AtomicUsize::new(0));
        Self { entries, bytes, turns, most_entries, most_bytes }
    }

    #[cfg(test)]
    pub(crate) fn entries(&self) -> usize {
        self.entries.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn most_bytes(&self) -> usize {
        self.most_bytes
    }

    /// Returns how many inserts there were.
    #[inline]
    pub(crate) fn turns(&self) -> usize {
        self.turns.load(Ordering::Relaxed)
    }

    /// Counts the inserts, and returns how many there were before.
    pub(crate) fn turn(&self) -> usize {
        self.turns.fetch_add(1, Ordering::Relaxed)
    }

    /// Makes room for an entry in the place of another one, or in a free place; tells whether there is room.
    pub(crate) fn reserve(&self, weight: usize, replaced: Option<usize>) -> bool {
        let Some(replaced) = replaced else {
            let has_room = add(&self.entries, 1, self.most_entries);
            if has_room && !add(&self.bytes, weight, self.most_bytes) {
                self.entries.fetch_sub(1, Ordering::AcqRel);
                return false;
            }
            return has_room;
        };
        // One goes as the other comes: only what the new one has more is added before.
        replaced >= weight || add(&self.bytes, weight - replaced, self.most_bytes)
    }

    /// Sets right what was reserved, when the other entry was replaced.
    pub(crate) fn replaced(&self, weight: usize, replaced: usize) {
        self.bytes.fetch_sub(replaced.saturating_sub(weight), Ordering::AcqRel);
    }

    /// Gives up the room of an entry that is gone.
    pub(crate) fn release(&self, weight: usize) {
        self.bytes.fetch_sub(weight, Ordering::AcqRel);
        self.entries.fetch_sub(1, Ordering::AcqRel);
    }
}

fn add(count: &AtomicUsize, more: usize, most: usize) -> bool {
    let sum = |now: usize| now.checked_add(more).filter(|sum| *sum <= most);
    count.fetch_update(Ordering::AcqRel, Ordering::Relaxed, sum).is_ok()
}
