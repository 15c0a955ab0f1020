//! Keeps what `scopa-issuer` must remember in SQLite, the embedded default, or in PostgreSQL, for many machines.
//!
//! ```
//! use scopa_issuer_sqlx::Database;
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! # let folder = std::env::temp_dir().join(format!("scopa-issuer-sqlx-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! let database = Database::sqlite(folder.join("issuer.db"));
//!
//! // Without its tables a database is of no use, and says so.
//! let error = database.open().await.unwrap_err();
//! assert!(error.to_string().contains("run `Database::migrate`"), "{error}");
//!
//! // When it is set up, and with each new version of this crate.
//! database.migrate().await?;
//!
//! // Each time that the service starts: a `Store` for `Issuer::builder`.
//! let store = database.open().await?;
//! # drop(store);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # What is promised
//!
//! Each step of the store is one transaction, and of two that contradict each other the database lets one through: a code or a
//! refresh token has one winner, on however many machines. What was answered is on the disk: SQLite writes its log through
//! (`synchronous = FULL`), PostgreSQL waits for it (`synchronous_commit`), so no code comes back after a power cut.
//! A database that does not answer in time is a [`StoreError`](scopa_issuer::StoreError), so the client is told 503.
//!
//! # In the database
//!
//! Tables whose names start with `scopa_`. Secrets, codes and tokens are in there as digests under a key that the database
//! does not hold. What has expired stays until `Issuer::purge` takes it; run it every few minutes.
//!
//! # Security
//! Whoever can write to the database can register clients. The file of SQLite is made for its owner alone (mode 0600). PostgreSQL on
//! another machine is reached by TLS with its certificate checked, unless the address says `sslmode=disable`. All machines
//! speak to the primary server: a replica that is behind would take what is spent for good.
//!
//! # Features
//!
//! `sqlite` (default), `postgres`, and `tls` for PostgreSQL on other machines. `aws-lc-rs` (default) or `rust-crypto`
//! chooses who signs, as in `scopa-issuer`. `postgres-server-tests` is for the tests of this crate.

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("scopa-issuer-sqlx needs a database: enable the feature `sqlite` or `postgres`");

mod database;
mod document;
mod engine;
#[cfg(feature = "postgres")]
mod postgres;
mod row;
mod schema;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statements;
mod step;
mod store;

pub use database::Database;
pub use store::SqlStore;

/// The code in docs/guide/stores.md.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../../../docs/guide/stores.md")]
pub struct StoresGuide;
