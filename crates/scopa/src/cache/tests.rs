mod replicas;

use std::sync::atomic::AtomicUsize as Count;
use std::sync::{Arc as Shared, Barrier};
use std::thread;

use super::entry::Entry;
use super::hash::Seeds;
use super::table::Table;
use crate::sync::{Arc, Ordering};

#[test]
fn a_token_is_found_as_long_as_it_is_there() {
    let table = small(100, 1 << 20);
    assert!(table.get(&token(1)).is_none());
    let entry = Arc::new(Fact::new(1));
    table.insert(entry.clone(), 0);
    assert!(Arc::ptr_eq(&table.get(&token(1)).unwrap(), &entry));
    assert!(table.get(&token(2)).is_none());
    assert_eq!((table.entries(), table.bytes()), (1, 1000));
    table.remove(&entry);
    assert!(table.get(&token(1)).is_none());
    assert_eq!((table.entries(), table.bytes()), (0, 0));
}

#[test]
fn the_whole_token_counts() {
    let table = small(100, 1 << 20);
    let whole = token(1);
    table.insert(Arc::new(Fact::new(1)), 0);
    for at in 0..whole.len() {
        let mut other = whole.clone();
        other[at] ^= 1;
        assert!(table.get(&other).is_none(), "{at}");
    }
    for length in 0..whole.len() {
        assert!(
            table.get(&whole[..length]).is_none() && table.get(&whole[length + 1..]).is_none(),
            "{length}"
        );
    }
    let longer = |end: &[u8]| [b"a", end].concat();
    assert!(table.get(&longer(&whole)).is_none());
    assert!(table.get(&whole).is_some());
}

#[test]
fn tokens_with_the_same_end_are_kept_apart() {
    let table = small(100, 1 << 20);
    let alike = |number: u8| [&[b'a' + number][..], &token(1)[1..]].concat();
    // As many as there are places for one hash.
    for number in 0..8 {
        table.insert(Arc::new(Fact::of(alike(number))), 0);
    }
    for number in 0..8 {
        assert_eq!(table.get(&alike(number)).unwrap().token, alike(number));
    }
    assert_eq!(table.entries(), 8);
}

#[test]
fn a_text_without_a_signature_is_never_kept() {
    let table = small(100, 1 << 20);
    for length in [0, 1, 15] {
        table.insert(Arc::new(Fact::of(vec![b'a'; length])), 0);
        assert!(table.get(&vec![b'a'; length]).is_none());
    }
    assert_eq!(table.entries(), 0);
    table.insert(Arc::new(Fact::of(vec![b'a'; 16])), 0);
    assert!(table.get(&[b'a'; 16]).is_some());
}

#[test]
fn the_same_token_is_replaced() {
    let table = small(100, 1 << 20);
    table.insert(Arc::new(Fact::new(1)), 0);
    let newer = Arc::new(Fact { weight: 300, ..Fact::new(1) });
    table.insert(newer.clone(), 0);
    assert!(Arc::ptr_eq(&table.get(&token(1)).unwrap(), &newer));
    assert_eq!((table.entries(), table.bytes()), (1, 300));
    table.insert(Arc::new(Fact { weight: 5000, ..Fact::new(1) }), 0);
    assert_eq!((table.entries(), table.bytes()), (1, 5000));
}

#[test]
fn only_the_entry_that_is_meant_is_removed() {
    let table = small(100, 1 << 20);
    let older = Arc::new(Fact::new(1));
    table.insert(older.clone(), 0);
    let newer = Arc::new(Fact::new(1));
    table.insert(newer.clone(), 0);
    table.remove(&older);
    assert!(table.get(&token(1)).is_some());
    table.remove(&newer.replica());
    assert!(table.get(&token(1)).is_none());
    table.remove(&newer);
    assert_eq!((table.entries(), table.bytes()), (0, 0));
}

#[test]
fn the_number_of_entries_is_bounded() {
    for most in [0, 1, 2, 3, 7, 8, 9, 100, 1000] {
        let table = small(most, 1 << 30);
        for number in 0..3000 {
            table.insert(Arc::new(Fact::new(number)), 0);
            assert!(table.entries() <= most, "{} of {most}", table.entries());
            assert_eq!(table.bytes(), table.entries() * 1000);
        }
        assert!(table.entries() >= most * 99 / 100, "{} of {most}", table.entries());
        let found = (0..3000).filter(|number| table.get(&token(*number)).is_some()).count();
        assert_eq!(found, table.entries());
    }
}

#[test]
fn the_bytes_are_bounded() {
    let table = small(1000, 100_000);
    for number in 0..3000 {
        table.insert(Arc::new(Fact { weight: 200 + number % 7 * 1000, ..Fact::new(number) }), 0);
        assert!(table.bytes() <= 100_000);
    }
    assert!(table.bytes() > 80_000, "{}", table.bytes());
    let found = (0..3000).filter_map(|number| table.get(&token(number)));
    assert_eq!(found.map(|entry| entry.weight).sum::<usize>(), table.bytes());
}

#[test]
fn a_new_token_is_taken_where_another_is_not_in_use() {
    // There is room for 20, far from each other.
    let table = small(1000, 20_000);
    let is_taken = |number: &usize| {
        let entry = Arc::new(Fact::new(*number));
        table.insert(entry.clone(), 0);
        // Held by the table, or by nobody else.
        Arc::strong_count(&entry) == 2
    };
    let taken = (0..2000).filter(is_taken).count();
    assert!(taken > 1960, "{taken}");
}

#[test]
fn one_entry_never_has_more_than_an_eighth_of_the_bytes() {
    let table = small(1000, 80_000);
    for (weight, is_taken) in [(10_000, true), (10_001, false), (usize::MAX, false)] {
        let entry = Arc::new(Fact { weight, ..Fact::new(weight) });
        table.insert(entry.clone(), 0);
        assert_eq!(table.get(&entry.token).is_some(), is_taken, "{weight}");
    }
}

#[test]
fn an_entry_that_grows_does_not_pass_the_bound() {
    let table = small(1000, 8000);
    for number in 0..8 {
        table.insert(Arc::new(Fact::new(number)), 0);
    }
    assert_eq!(table.bytes(), 8000);
    for weight in [1000, 999, 1000, 500, 1000] {
        for number in 0..8 {
            table.insert(Arc::new(Fact { weight, ..Fact::new(number) }), 0);
            assert!(table.bytes() <= 8000);
        }
        assert_eq!((table.entries(), table.bytes()), (8, 8 * weight));
    }
}

#[test]
fn live_tokens_hardly_ever_get_in_each_others_way() {
    const TOKENS: usize = 10_000;
    let (mut lost, tables) = (0, 8);
    for seed in 0..tables {
        let table = seeded(seed, TOKENS, 1 << 30, 0);
        (0..TOKENS).for_each(|number| table.insert(Arc::new(Fact::new(number)), 0));
        let found = (0..TOKENS).filter(|number| table.get(&token(*number)).is_some()).count();
        assert_eq!(found, table.entries());
        lost += TOKENS - found;
    }
    // One of 5,000, for all tables together.
    assert!(lost * 5000 <= TOKENS * tables as usize, "{lost} lost");
}

#[test]
fn a_place_costs_less_than_32_bytes_an_entry() {
    for entries in [1000, 10_000, 50_000, 1_000_000] {
        let table = small(entries, usize::MAX);
        assert!(table.size() <= entries * 32, "{} bytes for {entries}", table.size());
    }
    // Where there are bytes for few entries only, there are places for few only.
    assert!(small(usize::MAX, 1 << 20).size() < 1 << 18);
}

#[test]
fn a_flood_neither_grows_the_table_nor_takes_what_is_in_use() {
    for threads in [0, 4] {
        let table = seeded(7, 1000, 1 << 24, threads);
        (0..200).for_each(|number| table.insert(Arc::new(Fact::new(number)), 0));
        (0..300).for_each(|number| drop(table.get(&token(number % 100))));
        for number in 0..100_000 {
            // The first hundred are in use, now and then: each once while 300 others come.
            if number % 3 == 0 {
                assert!(table.get(&token(number / 3 % 100)).is_some(), "at {number}");
            }
            table.insert(Arc::new(Fact::new(1000 + number)), 0);
            assert!(table.entries() <= 1000);
        }
        let found = |range: std::ops::Range<usize>| range.filter(|n| table.get(&token(*n)).is_some()).count();
        assert_eq!(found(0..100), 100);
        // Those that nobody used had to go.
        assert_eq!(found(100..200), 0);
        assert_eq!(100 + found(1000..101_000), table.entries());
    }
}

#[test]
fn what_was_in_use_once_makes_way_in_the_end() {
    let table = small(1000, 1 << 30);
    for number in 0..1000 {
        table.insert(Arc::new(Fact::new(number)), 0);
        for _ in 0..10 {
            table.get(&token(number));
        }
    }
    let before =
        |table: &Table<Fact>| (0..1000).filter(|number| table.get(&token(*number)).is_some()).count();
    let held = before(&table);
    assert!(held > 990, "{held}");
    // All are in use, so that the first of the others are not taken.
    (1000..1100).for_each(|number| table.insert(Arc::new(Fact::new(number)), 0));
    assert!(table.get(&token(1050)).is_none());
    (1000..20_000).for_each(|number| table.insert(Arc::new(Fact::new(number)), 0));
    assert!(before(&table) < 10, "{}", before(&table));
    assert!(table.entries() > 990);
}

#[test]
fn what_is_past_its_end_is_dropped_by_those_who_insert() {
    let table = seeded(3, 1000, 1 << 24, 4);
    (0..900).for_each(|number| table.insert(Arc::new(Fact { ends_at: 100, ..Fact::new(number) }), 0));
    // Some are hot: they have replicas.
    for number in (0..50).flat_map(|number| [number; 20]) {
        assert!(table.get(&token(number)).is_some());
    }
    assert!(table.replicas() > 0);
    // Many replacements of one entry: the hand passes everywhere.
    let newer = || Arc::new(Fact::new(2000));
    (0..1000).for_each(|_| table.insert(newer(), 99));
    assert_eq!(table.entries(), 901);
    (0..1000).for_each(|_| table.insert(newer(), 100));
    // Its shard is empty but for it; the other one is still to come by.
    (3000..4000).for_each(|number| table.insert(Arc::new(Fact::new(number)), 100));
    assert_eq!((0..900).filter(|number| table.get(&token(*number)).is_some()).count(), 0);
    assert_eq!(table.replicas(), 0);
}

#[test]
fn an_entry_past_its_end_is_the_first_to_go() {
    for seed in 0..16 {
        // Each token has its place anywhere, and there is room for four.
        let table = seeded(seed, 4, 1 << 30, 0);
        let found = |number: usize| table.get(&token(number)).is_some();
        let fill = |number: usize| {
            let ends_at = if number == 2 { 100 } else { u64::MAX };
            table.insert(Arc::new(Fact { ends_at, ..Fact::new(number) }), 0);
        };
        (0..4).for_each(fill);
        (0..4).for_each(|_| assert!(found(2)));
        table.insert(Arc::new(Fact::new(4)), 99);
        assert!(found(2));
        table.insert(Arc::new(Fact::new(5)), 100);
        assert!(!found(2) && found(4) && found(5), "seed {seed}");
        assert_eq!(table.entries(), 4);
    }
}

#[test]
fn an_end_after_the_year_2106_is_not_taken_for_one_before() {
    let table = small(8, 1 << 30);
    for ends_at in [u64::from(u32::MAX) - 1, u64::from(u32::MAX), u64::from(u32::MAX) + 1, u64::MAX] {
        table.insert(Arc::new(Fact { ends_at, ..Fact::new(1) }), 0);
        (0..10).for_each(|_| table.insert(Arc::new(Fact::new(2)), ends_at - 1));
        assert!(table.get(&token(1)).is_some(), "{ends_at}");
    }
}

/// What is kept of a test's token.
#[derive(Debug)]
struct Fact {
    token: Vec<u8>,
    weight: usize,
    ends_at: u64,
    verification: Shared<()>,
}

impl Fact {
    fn new(number: usize) -> Self {
        Self::of(token(number))
    }

    fn of(token: Vec<u8>) -> Self {
        Self { token, weight: 1000, ends_at: u64::MAX, verification: Shared::default() }
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
        Shared::ptr_eq(&self.verification, &other.verification)
    }
}

/// Makes up a token of this number, with an end that is as good as random.
fn token(number: usize) -> Vec<u8> {
    let mut bits = number as u64;
    let end = [(); 16].map(|()| {
        // SplitMix64.
        bits = bits.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        b'A' + (mixed >> 40) as u8 % 26
    });
    [format!("header.claims-of-{number}.").as_bytes(), &end].concat()
}

fn small(entries: usize, bytes: usize) -> Table<Fact> {
    seeded(1, entries, bytes, 0)
}

fn seeded(seed: u64, entries: usize, bytes: usize, threads: usize) -> Table<Fact> {
    let one = seed.wrapping_add(1).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    // As many shards as a table of this size has.
    let shards = entries.min(bytes / 128) / 512;
    Table::with(entries, bytes, Seeds { one, other: !one.rotate_left(23) }, shards, threads)
}
