//! Tokens that were verified, by their whole text: a table in which nobody who reads waits for a lock.

mod counts;
mod entry;
mod front;
mod hash;
mod same;
mod set;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use entry::Entry;
pub(crate) use table::Table;

/// What an allocator adds to a piece of memory, in bytes.
pub(crate) const BLOCK: usize = 16;
