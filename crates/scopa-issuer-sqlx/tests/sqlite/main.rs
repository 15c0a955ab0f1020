//! The store on SQLite, in memory and in files.
#![cfg(test)]
#![cfg(feature = "sqlite")]

#[path = "../common/mod.rs"]
mod common;
mod folder;
mod opening;

use std::time::Duration;

use scopa_issuer::{Digest, MemoryStore, Store, conformance};
use scopa_issuer_sqlx::Database;

use common::two_machines::TwoMachines;
use common::{killed, races};
use folder::Folder;

/// Names a file, with patience for a machine that is busy with other tests.
fn database(folder: &Folder) -> Database {
    named(folder.new_file().to_str().unwrap())
}

fn named(file: &str) -> Database {
    Database::sqlite(file).patience(PATIENCE)
}

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_rule_is_kept_in_memory() {
    let make = async || Database::sqlite_in_memory().migrate().await.unwrap();
    assert_eq!(conformance::check(make).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_rule_is_kept_in_a_file() {
    let folder = Folder::new();
    assert_eq!(conformance::check(async || database(&folder).migrate().await.unwrap()).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_rule_is_kept_by_two_processes_on_one_file() {
    let folder = Folder::new();
    let make = async || {
        let database = database(&folder);
        let first = database.migrate().await.unwrap();
        TwoMachines::new([first, database.open().await.unwrap()])
    };
    assert_eq!(conformance::check(make).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_at_once_have_one_winner() {
    let folder = Folder::new();
    let database = database(&folder);
    let stores = [database.migrate().await.unwrap(), database.open().await.unwrap()];
    races::one_of_a_thousand(&stores).await;
    races::one_of_a_thousand(&[Database::sqlite_in_memory().patience(PATIENCE).migrate().await.unwrap()])
        .await;
    races::one_of_a_thousand(&[MemoryStore::new()]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_kill_loses_no_token_and_brings_no_code_back() {
    let folder = Folder::new();
    let file = folder.new_file();
    let address = file.to_str().unwrap();
    killed::nothing_is_lost(&named(address), address, async || ()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_service_that_is_killed() {
    killed::serve(named).await;
}

#[tokio::test]
async fn tables_that_are_missing_or_too_new_are_told() {
    let folder = Folder::new();
    let file = folder.new_file();
    let database = named(file.to_str().unwrap());
    let error = database.open().await.unwrap_err().to_string();
    assert!(error.contains("are of version 0, not 1: run `Database::migrate` once"), "{error}");
    drop(database.migrate().await.unwrap());
    drop(database.migrate().await.unwrap());
    drop(database.open().await.unwrap());

    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::query("UPDATE scopa_schema SET version = 7").execute(&mut connection).await.unwrap();
    for outcome in [database.open().await, database.migrate().await] {
        let error = outcome.unwrap_err().to_string();
        assert!(error.contains("are of version 7, newer than 1"), "{error}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let file = folder.new_file();
    let store = named(file.to_str().unwrap()).migrate().await.unwrap();
    store.use_once(Digest::from([7; 32]), 1_795_333_600).await.unwrap();
    for ending in ["", "-wal", "-shm"] {
        let path = format!("{}{ending}", file.display());
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{path}");
    }
}

#[tokio::test]
async fn somebody_who_holds_the_file_is_not_waited_for_longer_than_was_set() {
    let folder = Folder::new();
    let file = folder.new_file();
    let database = Database::sqlite(&file).patience(Duration::from_millis(100));
    let store = database.migrate().await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
    let mut holder = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut holder).await.unwrap();
    let word = Digest::from([7; 32]);
    assert!(store.use_once(word, 1_795_333_600).await.is_err());
    assert!(store.client("c").await.unwrap().is_none(), "reading goes on");
    sqlx::query("ROLLBACK").execute(&mut holder).await.unwrap();
    let store = database.patience(PATIENCE).open().await.unwrap();
    assert!(store.use_once(word, 1_795_333_600).await.unwrap(), "nothing was half done");
}
