//! The locks of the single flight, by one name: a model checker puts its own in their place.

pub(crate) use std::sync::{Arc, Mutex, PoisonError};

/// Carries out a check, once; the model checker does it in every order that threads can have.
#[cfg(test)]
pub(crate) fn model(check: impl Fn()) {
    check();
}
