//! Checks that a [`Store`] keeps what the trait promises: for whoever writes one.
//!
//! [`check`] goes through the rules of the trait, one case for each, with records and races of its own. What it finds
//! wrong it tells with the rule that was broken. It runs on tokio, on more than one thread for the races to be real.
//!
//! ```
//! use scopa_issuer::{MemoryStore, conformance};
//!
//! # tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap().block_on(async {
//! // In a test: each case is given a store of its own, with nothing in it.
//! assert_eq!(conformance::check(async || MemoryStore::new()).await, Ok(()));
//! # });
//! ```

mod case;
mod clients;
mod codes;
mod grants;
mod purge;
mod records;
mod removal;
mod text;
mod tokens;
mod violation;
mod words;

use std::time::Duration;

use crate::store::Store;
use case::Cases;
pub use violation::Violation;

/// Checks a store, or rather many: `make` is called once for each case and gives an empty one.
///
/// A case that is not through within a minute counts as failed: a step that waits for another that waits for it.
///
/// # Errors
/// All rules that were broken.
pub async fn check<S: Store>(make: impl AsyncFn() -> S) -> Result<(), Vec<Violation>> {
    let mut cases = Cases::new(make, Duration::from_secs(60));
    clients::check(&mut cases).await;
    removal::check(&mut cases).await;
    codes::check(&mut cases).await;
    grants::check(&mut cases).await;
    tokens::check(&mut cases).await;
    words::check(&mut cases).await;
    purge::check(&mut cases).await;
    text::check(&mut cases).await;
    cases.outcome()
}
