//! What threads share data by, under one name each: a model checker puts its own in their place.

pub(crate) use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicUsize, Ordering};
pub(crate) use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A place for an `Arc`, or none, that is read without a lock.
pub(crate) use arc_swap::ArcSwapOption as Swap;

/// Returns the number of this thread: the first that asks has 0, the next one 1.
pub(crate) fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    NUMBER.try_with(|number| *number).unwrap_or(0)
}

/// Carries out a check, once; the model checker does it in every order that threads can have.
#[cfg(test)]
pub(crate) fn model(check: impl Fn()) {
    check();
}
