//! What the benchmarks over the loopback interface share: a client that does as little as it can, a core for each side, and
//! what a thread has worked.

mod client;
mod core;
mod work;

pub use client::{CONNECTIONS, Client, Load};
pub use core::{Cores, keep_to};
pub use work::{serve, this_thread, work_of, work_of_process};
