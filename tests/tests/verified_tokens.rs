//! The table of verified tokens under a model checker: in every order that its threads can take their steps.
//!
//! The core's own files are compiled here with loom's atomics and lock in place of those of `std`. Each model also
//! watches what is in the table at any moment, not only what is counted.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::sync::Arc;

use loom::thread;

use crate::counts::Counts;
use crate::entry::Entry;
use crate::hash::Seeds;
use crate::set::Set;
use crate::sync::{model, present, seat};
use crate::table::Table;

#[path = "../../crates/scopa/src/cache/counts.rs"]
mod counts;
#[path = "../../crates/scopa/src/cache/entry.rs"]
mod entry;
#[path = "../../crates/scopa/src/cache/front.rs"]
mod front;
#[path = "../../crates/scopa/src/cache/hash.rs"]
mod hash;
#[path = "../../crates/scopa/src/cache/same.rs"]
mod same;
#[path = "../../crates/scopa/src/cache/set.rs"]
mod set;
#[path = "../../crates/scopa/src/cache/table.rs"]
mod table;

/// What the table takes from the core.
mod sync {
    use std::any::Any;
    use std::cell::Cell;

    use crate::Fact;
    use crate::entry::Entry;

    // Nothing is decided by the number of its owners. Loom's `Arc` would make each clone a step: too many.
    pub(crate) use std::sync::{Arc, PoisonError};

    pub(crate) use loom::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicUsize, Ordering};
    pub(crate) use loom::sync::{Mutex, MutexGuard};

    thread_local! {
        /// The entries and bytes in the places of the table. A model has all its threads on one of `std`.
        static PRESENT: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
        static MOST: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    }

    loom::lazy_static! {
        /// Loom tries only orders of steps at the same thing: by this one, of all changes of what is in the table.
        static ref CHANGES: AtomicUsize = AtomicUsize::new(0);
    }

    loom::thread_local! {
        static SEAT: Cell<usize> = Cell::new(0);
    }

    /// Checks all orders in which at most three times a thread is stopped that could go on, for a table with these bounds.
    ///
    /// All orders are too many for every day; `LOOM_MAX_PREEMPTIONS` sets another bound.
    pub(crate) fn model(most: (usize, usize), check: impl Fn() + Send + Sync + 'static) {
        let mut model = loom::model::Builder::new();
        model.preemption_bound.get_or_insert(3);
        model.max_branches = 10_000;
        model.check(move || {
            PRESENT.set((0, 0));
            MOST.set(most);
            check();
        });
    }

    pub(crate) fn present() -> (usize, usize) {
        PRESENT.get()
    }

    /// Sets the number of this thread.
    pub(crate) fn seat(number: usize) {
        SEAT.with(|seat| seat.set(number));
    }

    pub(crate) fn thread_number() -> usize {
        SEAT.with(Cell::get)
    }

    /// A place with a lock, which counts what is put in and taken out.
    pub(crate) struct Swap<T>(Mutex<Option<Arc<T>>>);

    impl<T: Any> Swap<T> {
        pub(crate) fn empty() -> Self {
            Self(Mutex::new(None))
        }

        pub(crate) fn load(&self) -> Option<Arc<T>> {
            self.0.lock().unwrap().clone()
        }

        pub(crate) fn swap(&self, new: Option<Arc<T>>) -> Option<Arc<T>> {
            let mut place = self.0.lock().unwrap();
            CHANGES.fetch_add(1, Ordering::Relaxed);
            let (entries, bytes) = present();
            let (come, gone) = (size(&new), size(&place));
            let now = (entries + come.0 - gone.0, bytes + come.1 - gone.1);
            let most = MOST.get();
            assert!(now.0 <= most.0 && now.1 <= most.1, "{now:?} of at most {most:?}");
            PRESENT.set(now);
            std::mem::replace(&mut place, new)
        }
    }

    fn size<T: Any>(entry: &Option<Arc<T>>) -> (usize, usize) {
        entry.as_ref().map_or((0, 0), |entry| {
            let entry: &dyn Any = &**entry;
            (1, entry.downcast_ref::<Fact>().unwrap().weight())
        })
    }
}

#[test]
fn a_new_table_is_empty() {
    model((8, 8000), || settle(&Table::new(8, 8000)));
}

#[test]
fn who_reads_while_others_write_finds_the_token_or_nothing() {
    model((1, 8000), || {
        let table = table(1, 8000, 0);
        table.insert(fact(1, 100), 0);
        let writer = spawn(&table, 1, |table| table.insert(fact(2, 100), 0));
        find(&table, 2);
        find(&table, 1);
        writer.join().unwrap();
        // There is room for one.
        assert_ne!(find(&table, 1), find(&table, 2));
        settle(&table);
    });
}

#[test]
fn what_is_removed_is_found_no_more() {
    model((8, 8000), || {
        let table = table(8, 8000, 0);
        let entry = fact(1, 100);
        table.insert(entry.clone(), 0);
        let remover = spawn(&table, 1, move |table| {
            table.remove(&entry);
            assert!(!find(table, 1));
        });
        find(&table, 1);
        remover.join().unwrap();
        assert!(!find(&table, 1));
        settle(&table);
    });
}

#[test]
fn of_two_inserts_of_one_token_one_is_kept() {
    model((8, 8000), || {
        let table = table(8, 8000, 0);
        let other = spawn(&table, 1, |table| table.insert(fact(1, 300), 0));
        table.insert(fact(1, 100), 0);
        assert!(find(&table, 1));
        other.join().unwrap();
        assert_eq!(table.entries(), 1);
        assert!([100, 300].contains(&table.bytes()));
        settle(&table);
    });
}

#[test]
fn entries_are_bounded_while_two_insert() {
    model((2, 8000), || {
        let table = table(2, 8000, 0);
        table.insert(fact(1, 100), 0);
        let other = spawn(&table, 1, |table| table.insert(fact(2, 100), 0));
        table.insert(fact(3, 100), 0);
        other.join().unwrap();
        assert_eq!(table.entries(), 2);
        settle(&table);
    });
}

#[test]
fn bytes_are_bounded_while_two_insert() {
    model((8, 1600), || {
        let table = table(8, 1600, 0);
        (1..=8).for_each(|number| table.insert(fact(number, 190), 0));
        let other = spawn(&table, 1, |table| table.insert(fact(1, 200), 0));
        table.insert(fact(9, 200), 0);
        other.join().unwrap();
        settle(&table);
    });
}

#[test]
fn bounds_hold_for_two_shards_together() {
    model((1, 1000), || {
        // Nothing but the counts is shared by both.
        let table = Arc::new(Table::with(1, 1000, SEEDS, 2, 0));
        let shard = |number: &usize| SEEDS.hash(&token(*number)).unwrap().shard() & 1;
        let first = (1..).find(|number| shard(number) == 0).unwrap();
        let second = (1..).find(|number| shard(number) == 1).unwrap();
        let entry = fact(first, 100);
        table.insert(entry.clone(), 0);
        let remover = spawn(&table, 1, move |table| table.remove(&entry));
        table.insert(fact(second, 80), 0);
        remover.join().unwrap();
        settle(&table);
    });
}

#[test]
fn counts_of_several_shards_do_not_pass_the_bounds() {
    model((0, 0), || {
        let counts = Arc::new(Counts::new(2, 100));
        let use_them = |counts: &Counts, weight| {
            if counts.reserve(weight, None) {
                assert!(counts.entries() <= 2 && counts.bytes() <= 100);
                // The one is replaced by a lighter one, if there is room by one that is heavier.
                counts.replaced(10, weight);
                let weight = if counts.reserve(60, Some(10)) { 60 } else { 10 };
                assert!(counts.bytes() <= 100);
                counts.release(weight);
            }
        };
        let other = {
            let counts = counts.clone();
            thread::spawn(move || use_them(&counts, 70))
        };
        use_them(&counts, 40);
        other.join().unwrap();
        assert_eq!((counts.entries(), counts.bytes()), (0, 0));
    });
}

#[test]
fn an_insert_and_a_remove_lose_no_count() {
    model((8, 8000), || {
        let table = table(8, 8000, 0);
        let entry = fact(1, 100);
        table.insert(entry.clone(), 0);
        let remover = spawn(&table, 1, move |table| table.remove(&entry));
        table.insert(fact(1, 300), 0);
        remover.join().unwrap();
        // The newer one is not the one that was meant.
        assert!(find(&table, 1));
        assert_eq!((table.entries(), table.bytes()), (1, 300));
        settle(&table);
    });
}

#[test]
fn what_is_past_its_end_is_dropped_once() {
    model((8, 8000), || {
        let table = table(8, 8000, 0);
        let entry = Arc::new(Fact { ends_at: 10, ..Fact::new(1, 100) });
        table.insert(entry.clone(), 0);
        let remover = spawn(&table, 1, move |table| table.remove(&entry));
        (2..4).for_each(|number| table.insert(fact(number, 100), 10));
        remover.join().unwrap();
        assert!(!find(&table, 1));
        assert_eq!((table.entries(), table.bytes()), (2, 200));
        settle(&table);
    });
}

#[test]
fn a_replica_is_of_the_token_and_goes_with_its_entry() {
    model((8, 1 << 20), || {
        let table = table(8, 1 << 20, 2);
        let (one, other) = (fact(1, 100), fact(2, 100));
        table.insert(one.clone(), 0);
        table.insert(other.clone(), 0);
        // One look is missing until it has a replica.
        (0..7).for_each(|_| assert!(find(&table, 1)));
        let remover = spawn(&table, 1, move |table| table.remove(&one));
        find(&table, 1);
        find(&table, 2);
        remover.join().unwrap();
        // A replica that was made meanwhile is removed by who finds it.
        if let Some(replica) = table.get(&token(1)) {
            table.remove(&replica);
        }
        assert!(!find(&table, 1) && find(&table, 2));
        assert!(!table.is_in_a_set(&token(1)) && table.is_in_a_set(&token(2)));
        settle(&table);
    });
}

#[test]
fn threads_that_share_a_stripe_do_not_mix_up_replicas() {
    model((8, 1 << 20), || {
        let table = table(8, 1 << 20, 2);
        let numbers = [1, same_slot()];
        numbers.iter().for_each(|number| table.insert(fact(*number, 100), 0));
        (0..7).for_each(|_| assert!(find(&table, numbers[0])));
        let other = spawn(&table, 0, move |table| (0..2).for_each(|_| assert!(find(table, numbers[1]))));
        (0..2).for_each(|_| assert!(find(&table, numbers[0])));
        other.join().unwrap();
        numbers.iter().for_each(|number| assert!(find(&table, *number)));
        settle(&table);
    });
}

/// Makes a table with one shard of four sets at most.
fn table(entries: usize, bytes: usize, threads: usize) -> Arc<Table<Fact>> {
    let table = Table::with(entries, bytes, SEEDS, 1, threads);
    assert!(table.size() <= 4 * size_of::<Set<Fact>>());
    Arc::new(table)
}

/// Does something with the table in another thread, which has the stripe of this number.
fn spawn(
    table: &Arc<Table<Fact>>,
    stripe: usize,
    work: impl FnOnce(&Table<Fact>) + 'static,
) -> thread::JoinHandle<()> {
    let table = table.clone();
    thread::spawn(move || {
        seat(stripe);
        work(&table);
    })
}

/// Tells whether a token is found; what is found is always its own.
fn find(table: &Table<Fact>, number: usize) -> bool {
    let entry = table.get(&token(number));
    assert!(entry.iter().all(|entry| entry.token == token(number)));
    entry.is_some()
}

/// Removes everything: then nothing is there, and nothing is counted.
fn settle(table: &Table<Fact>) {
    assert_eq!((table.entries(), table.bytes()), present());
    for number in (1..10).chain([same_slot()]) {
        while let Some(entry) = table.get(&token(number)) {
            table.remove(&entry);
        }
    }
    assert_eq!((table.entries(), table.bytes(), table.replicas()), (0, 0, 0));
    assert_eq!(present(), (0, 0));
}

fn token(number: usize) -> Vec<u8> {
    format!("the token with the number {number:04}").into_bytes()
}

/// Returns the number of another token that has the slot of the first one.
fn same_slot() -> usize {
    let slot = |number| SEEDS.hash(&token(number)).unwrap().sixteenth();
    (2..).find(|number| slot(*number) == slot(1)).unwrap()
}

fn fact(number: usize, weight: usize) -> Arc<Fact> {
    Arc::new(Fact::new(number, weight))
}

/// What is kept of a test's token.
struct Fact {
    token: Vec<u8>,
    weight: usize,
    ends_at: u64,
    verification: Arc<()>,
}

impl Fact {
    fn new(number: usize, weight: usize) -> Self {
        Self { token: token(number), weight, ends_at: u64::MAX, verification: Arc::default() }
    }
}

impl Entry for Fact {
    fn token(&self) -> &[u8] {
        &self.token
    }

    fn weight(&self) -> usize {
        self.weight
    }

    fn ends_at(&self) -> u64 {
        self.ends_at
    }

    fn replica(&self) -> Self {
        Self { token: self.token.clone(), verification: self.verification.clone(), ..*self }
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.verification, &other.verification)
    }
}

const SEEDS: Seeds = Seeds { one: 0x0123_4567_89AB_CDEF, other: 0x1357_9BDF_0246_8ACE };
