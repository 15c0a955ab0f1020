//! How a file is found, and made by several at once.

use std::pin::pin;
use std::time::Duration;

use scopa_issuer::{Digest, Store as _};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::folder::Folder;
use crate::named;

#[tokio::test]
async fn a_path_is_a_path_and_nothing_that_sqlite_reads_into_it() {
    // Paths of the working directory, with meanings for SQLite: its memory, and an address with options.
    for name in [":memory:", "file:scopa-opening.db?mode=memory", "file:scopa-opening.db"] {
        let store = named(name).migrate().await.unwrap();
        let word = Digest::from([7; 32]);
        let outcome = async {
            store.use_once(word, 1_795_333_600).await?;
            store.client("c").await?;
            named(name).open().await?.use_once(word, 1_795_333_600).await
        };
        let outcome = outcome.await;
        for ending in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(format!("{name}{ending}")));
        }
        assert!(!outcome.unwrap(), "{name}: another store has not heard of the word");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_may_make_the_file_and_its_tables() {
    let folder = Folder::new();
    for _ in 0..10 {
        let file = folder.new_file();
        let mut starts = JoinSet::new();
        for _ in 0..8 {
            let database = named(file.to_str().unwrap());
            starts.spawn(async move { database.migrate().await });
        }
        for outcome in starts.join_all().await {
            drop(outcome.unwrap());
        }
    }
}

#[tokio::test]
async fn somebody_who_writes_while_the_file_is_made_is_waited_for() {
    let folder = Folder::new();
    let file = folder.new_file();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut holder = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut holder).await.unwrap();
    let database = named(file.to_str().unwrap());
    let mut opening = pin!(database.migrate());
    assert!(timeout(Duration::from_millis(200), &mut opening).await.is_err(), "it waits");
    sqlx::query("ROLLBACK").execute(&mut holder).await.unwrap();
    drop(opening.await.unwrap());
}
