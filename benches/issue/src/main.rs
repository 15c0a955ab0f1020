//! What it takes to give out a token: in process, beside the bare signature; and over the loopback interface, beside npm's
//! oidc-provider.

mod floor;
mod host;
mod in_process;
mod oidc_provider;
mod over_http;
mod places;
#[allow(dead_code, reason = "its tests do more with it")]
#[path = "../../../crates/scopa-issuer-sqlx/tests/postgres/server.rs"]
mod postgres;
mod setting;

use std::error::Error;

use measure::Report;

fn main() -> Result<(), Box<dyn Error>> {
    let mut report = Report::new("issue", &["only", "alg", "store"]);
    let only = report.options().value("only").map(str::to_owned);
    let is_wanted = |name| only.as_deref().is_none_or(|only| only == name);
    if is_wanted("in-process") {
        in_process::run(&mut report)?;
    }
    if is_wanted("http") {
        over_http::run(&mut report)?;
    }
    Ok(report.finish()?)
}
