//! What the three services of the quickstart share: the scopes, and the machinery of the example.
//!
//! A service of yours has its scopes in a file like `scopes.rs`. The rest is only here: an issuer inside of the
//! process and the requests to try (`walk.rs`), what it is started with (`options.rs`) and the log (`log.rs`).

mod log;
mod options;
mod scopes;
mod walk;

pub use log::log_to_stderr;
pub use options::Options;
pub use scopes::{Admin, Read, Team, Write, hierarchy};
pub use walk::{embedded_issuer, walk};
