//! The acceptance script of the system that this example follows, over HTTP; and what is promised beside it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it fails")]

mod cells;
mod data_files;
mod document;
mod promises;
#[cfg(unix)]
mod readme;
mod stage;
mod walk;
