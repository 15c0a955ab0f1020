use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Writes the log to stderr: `info`, or what `RUST_LOG` says.
///
/// At `info` it tells why a request was refused, which the answer does not. A request without a token is told at
/// `debug`.
pub fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
