//! Requests over the loopback interface: without authentication, with repeated tokens, with tokens that are all new.
//!
//! The servers are a thread each, and so is the client; nothing leaves the machine.

mod claims;
mod contest;
mod on_actix;
mod on_axum;
mod ours;
mod server;

use std::io;

use loopback::{Cores, keep_to};
use measure::Report;

fn main() -> io::Result<()> {
    let mut report = Report::new("load", &[]);
    let cores = Cores::find()?;
    keep_to(cores.client)?;
    contest::run(&mut report, "axum", |issuer| on_axum::start(issuer, cores.server))?;
    contest::run(&mut report, "actix", |issuer| on_actix::start(issuer, cores.server))?;
    report.finish()
}
