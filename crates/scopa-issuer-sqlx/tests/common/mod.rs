//! What is tried on either database.

pub(crate) mod killed;
pub(crate) mod races;
pub(crate) mod stage;
pub(crate) mod two_machines;
