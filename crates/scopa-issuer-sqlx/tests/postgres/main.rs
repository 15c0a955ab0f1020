//! The store on a real PostgreSQL, which each test starts for itself: `postgres` must be installed.
#![cfg(test)]

#[path = "../common/mod.rs"]
mod common;
mod limits;
mod server;

use std::cell::RefCell;
use std::time::Duration;

use scopa_issuer::{Digest, Store, conformance};
use scopa_issuer_sqlx::{Database, SqlStore};
use sqlx::{Connection as _, PgConnection};

use common::stage::Stage;
use common::two_machines::TwoMachines;
use common::{killed, races};
use server::Server;

/// Names a database, with patience for a machine that is busy with other tests.
fn database(url: &str) -> Database {
    Database::postgres(url).unwrap().patience(Duration::from_secs(30)).connections(4)
}

async fn store(server: &Server) -> SqlStore {
    database(&server.url()).migrate().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_rule_is_kept() {
    let server = Server::start();
    assert_eq!(conformance::check(async || store(&server).await).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_rule_is_kept_by_two_machines_on_one_database() {
    let server = Server::start();
    let make = async || {
        let database = database(&server.url());
        let first = database.migrate().await.unwrap();
        TwoMachines::new([first, database.open().await.unwrap()])
    };
    assert_eq!(conformance::check(make).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_at_once_have_one_winner() {
    let server = Server::start();
    let database = database(&server.url());
    let stores = [database.migrate().await.unwrap(), database.open().await.unwrap()];
    races::one_of_a_thousand(&stores).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_kill_loses_no_token_and_brings_no_code_back() {
    let server = RefCell::new(Server::start());
    let url = server.borrow().url();
    let crash = async || {
        server.borrow_mut().crash();
        assert!(server.borrow_mut().run());
    };
    killed::nothing_is_lost(&database(&url), &url, crash).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_service_that_is_killed() {
    killed::serve(database).await;
}

#[tokio::test]
async fn tables_that_are_missing_are_told_and_several_may_make_them() {
    let server = Server::start();
    let database = database(&server.url());
    let error = database.open().await.unwrap_err().to_string();
    assert!(error.contains("are of version 0, not 1: run `Database::migrate` once"), "{error}");
    let (one, other) = tokio::join!(database.migrate(), database.migrate());
    drop((one.unwrap(), other.unwrap()));
    drop(database.open().await.unwrap());
}

#[tokio::test]
async fn a_password_is_not_shown() {
    let server = Server::start();
    let wrong = format!("postgres://issuer:s3cr3t@127.0.0.1:{}/postgres", server.port());
    let database = database(&wrong);
    let error = database.open().await.unwrap_err();
    assert!(error.to_string().contains("password authentication failed"), "{error}");
    let store = store(&server).await;
    let shown = format!("{error:?} {database:?} {database} {store:?}");
    assert!(!shown.contains("s3cr3t") && !shown.contains(server.password()), "{shown}");

    let error = Database::postgres("postgres://issuer:s3cr3t@host:port/db").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
}

#[tokio::test]
async fn another_machine_is_reached_by_tls_or_on_request() {
    let far = Database::postgres("postgres://issuer:s3cr3t@db.example.com/issuer");
    match (cfg!(feature = "tls"), far) {
        (true, far) => drop(far.unwrap()),
        (false, far) => {
            let error = far.unwrap_err().to_string();
            assert!(error.contains("enable the feature `tls`, or say `sslmode=disable`"), "{error}");
        }
    }
    for near in ["db.example.com/issuer?sslmode=disable", "localhost", "127.0.0.1", "[::1]"] {
        drop(Database::postgres(&format!("postgres://issuer@{near}")).unwrap());
    }
}

#[tokio::test]
async fn a_server_that_is_gone_is_an_error_in_time_and_is_found_again() {
    let mut server = Server::start();
    let url = server.url();
    let store = database(&url).patience(Duration::from_millis(500)).migrate().await.unwrap();
    let word = Digest::from([7; 32]);

    server.stop();
    assert!(store.use_once(word, 1_795_333_600).await.is_err());
    assert!(server.run());
    let patient = database(&url).open().await.unwrap();
    assert!(patient.use_once(word, 1_795_333_600).await.unwrap());
    let mut outcome = store.client("c").await;
    // It may have to find out about each connection that it had.
    for _ in 0..20 {
        if outcome.is_err() {
            outcome = store.client("c").await;
        }
    }
    assert!(outcome.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transaction_that_another_was_in_the_way_of_is_done_again() {
    let server = Server::start();
    let url = server.url();
    // Whose time is up first gives way: the store.
    let store = database(&format!("{url}&options[deadlock_timeout]=2s")).migrate().await.unwrap();
    let stage = Stage::new(store.clone()).await;
    let mut other = PgConnection::connect(&url).await.unwrap();
    sqlx::query("SET deadlock_timeout = '1h'").execute(&mut other).await.unwrap();
    // Nobody says in which order the store comes to the two grants: in one of these orders they meet.
    for one_of_them in [
        "SELECT id FROM scopa_grants ORDER BY ctid LIMIT 1 FOR UPDATE",
        "SELECT id FROM scopa_grants ORDER BY ctid DESC LIMIT 1 FOR UPDATE",
    ] {
        for _ in 0..2 {
            stage.exchange(&stage.code().await).await.token();
        }
        for statement in ["BEGIN", one_of_them] {
            sqlx::query(statement).execute(&mut other).await.unwrap();
        }
        let ender = store.clone();
        let ending = tokio::spawn(async move { ender.end_grants_of("alice", None).await });
        server.tell_until("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'", "1");
        sqlx::query("SELECT id FROM scopa_grants FOR UPDATE").execute(&mut other).await.unwrap();
        sqlx::query("COMMIT").execute(&mut other).await.unwrap();
        assert_eq!(ending.await.unwrap().unwrap(), 2);
    }
    server.tell_until("SELECT sum(deadlocks) > 0 FROM pg_stat_database", "t");
}
