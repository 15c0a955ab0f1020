use super::*;

#[test]
fn a_token_with_a_replica_is_in_use_in_the_table_too() {
    // Once while so many others come; with few entries and with more.
    for (every, entries) in [(1, 1000), (10, 1000), (100, 1000), (400, 1000), (400, 4000), (1, 10), (3, 10)] {
        let table = seeded(1, entries, 1 << 24, 2);
        table.insert(Arc::new(Fact::new(0)), 0);
        (0..20).for_each(|_| drop(table.get(&token(0))));
        for number in 1..20_000 {
            // From the replica.
            assert!(number % every != 0 || table.get(&token(0)).is_some());
            table.insert(Arc::new(Fact::new(number)), 0);
        }
        assert_eq!(table.replicas(), 1);
        assert!(table.is_in_a_set(&token(0)), "once for {every} others, of {entries}");
    }
}

#[test]
fn a_hot_token_has_a_replica_for_each_thread() {
    let table = Shared::new(seeded(1, 1000, 1 << 20, 2));
    let entry = Arc::new(Fact::new(1));
    table.insert(entry.clone(), 0);
    let count = || Shared::strong_count(&entry);
    for _ in 0..7 {
        assert!(Arc::ptr_eq(&table.get(&token(1)).unwrap(), &entry));
    }
    assert_eq!((table.replicas(), count()), (0, 2));
    table.get(&token(1));
    let replica = table.get(&token(1)).unwrap();
    assert!(!Arc::ptr_eq(&replica, &entry) && replica.token == entry.token);
    assert_eq!(table.replicas(), 1);
    // Who removes the one removes the other.
    table.remove(&replica);
    assert!(table.get(&token(1)).is_none());
    assert_eq!((table.replicas(), table.entries(), table.bytes(), count()), (0, 0, 0, 1));
}

#[test]
fn a_replica_is_compared_as_a_whole_and_replaced_with_its_entry() {
    let table = seeded(1, 1000, 1 << 20, 2);
    table.insert(Arc::new(Fact::new(1)), 0);
    (0..20).for_each(|_| drop(table.get(&token(1))));
    assert_eq!(table.replicas(), 1);
    let mut other = token(1);
    other[0] ^= 1;
    assert!(table.get(&other).is_none());
    let newer = Arc::new(Fact { ends_at: 7, ..Fact::new(1) });
    table.insert(newer.clone(), 0);
    assert_eq!(table.replicas(), 0);
    assert!(Arc::ptr_eq(&table.get(&token(1)).unwrap(), &newer));
}

#[test]
fn tokens_that_take_turns_have_no_replicas() {
    let table = seeded(1, 1000, 1 << 20, 2);
    (0..200).for_each(|number| table.insert(Arc::new(Fact::new(number)), 0));
    for number in (0..50).flat_map(|_| 0..200) {
        assert!(table.get(&token(number)).is_some());
    }
    assert_eq!(table.replicas(), 0);
}

#[test]
fn replicas_are_bounded_and_none_is_large() {
    let large = seeded(1, 1000, 1 << 20, 2);
    large.insert(Arc::new(Fact { weight: 4097, ..Fact::new(1) }), 0);
    (0..20).for_each(|_| drop(large.get(&token(1))));
    assert_eq!(large.replicas(), 0);

    for (bytes, threads, most) in
        [(1 << 24, 0, 0), ((1 << 20) - 1, 8, 0), (1 << 24, 1, 16), (1 << 24, 3, 64), (1 << 24, 500, 256)]
    {
        let table = Shared::new(seeded(1, 1000, bytes, threads));
        (0..500).for_each(|number| table.insert(Arc::new(Fact::new(number)), 0));
        let hot = |table: &Table<Fact>| {
            (0..500).flat_map(|number| [number; 10]).for_each(|number| drop(table.get(&token(number))));
        };
        let others = [(); 20].map(|()| {
            let table = table.clone();
            thread::spawn(move || hot(&table))
        });
        others.into_iter().for_each(|other| other.join().unwrap());
        assert!(table.replicas() <= most, "{} of {most}", table.replicas());
        assert_eq!(table.replicas() > 0, most > 0);
    }
}

#[test]
fn many_threads_find_nothing_that_is_not_theirs_and_lose_no_count() {
    const THREADS: usize = 4;
    let table = Shared::new(seeded(5, 300, 400_000, THREADS));
    let (start, found) = (Shared::new(Barrier::new(THREADS)), Shared::new(Count::new(0)));
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (table, start, found) = (table.clone(), start.clone(), found.clone());
            thread::spawn(move || {
                start.wait();
                for round in 0..20_000 {
                    let number = (round * 31 + thread * 7) % 600 / (1 + round % 5);
                    match table.get(&token(number)) {
                        Some(entry) => {
                            assert_eq!(entry.token, token(number));
                            found.fetch_add(1, Ordering::Relaxed);
                            if round % 17 == 0 {
                                table.remove(&entry);
                            }
                        }
                        None => table.insert(Arc::new(Fact { weight: 500 + number, ..Fact::new(number) }), 0),
                    }
                    assert!(table.entries() <= 300 && table.bytes() <= 400_000);
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert!(found.load(Ordering::Relaxed) > 1000);
    for number in 0..600 {
        if let Some(entry) = table.get(&token(number)) {
            table.remove(&entry);
        }
    }
    assert_eq!((table.entries(), table.bytes(), table.replicas()), (0, 0, 0));
}
