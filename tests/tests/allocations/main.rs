//! How many allocations an allowed request costs.
//!
//! Counted on the thread that runs it, in debug builds as in others. Refusals are not counted: they may allocate.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod decided;
mod kit;
mod known;
mod mounted;
mod seen;
