//! The locks of the single flight, by one name: a model checker puts its own in their place.

pub(crate) use std::sync::{Arc, Mutex, PoisonError};
