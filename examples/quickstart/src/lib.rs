//! What the three services of the quickstart share: the scopes, and the machinery of the example.
//!
//! A service of yours has its scopes in a file like `scopes.rs`. The rest is only here: an issuer inside of the
//! process and the requests to try (`walk.rs`), the port to listen on (`address.rs`) and the log (`log.rs`).

mod address;
mod log;
mod scopes;
mod walk;

pub use address::address;
pub use log::log_to_stderr;
pub use scopes::{Admin, Read, Team, Write, hierarchy};
pub use walk::{embedded_issuer, print_walk, walk};
