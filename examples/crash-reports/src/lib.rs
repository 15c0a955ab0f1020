//! Crash reports: an API whose OAuth clients have one scope each, after the public pages of BugSplat.
//!
//! [`CrashReports`] is the service from top to bottom: issuer, scopes, routes. What is asked of a caller stands in the signature of each
//! handler, and nowhere else: the OpenAPI document reads it from there.

mod app;
mod asked;
mod crashes;
mod credentials;
mod document;
mod refused;
mod routes;
mod scopes;
mod serve;
mod settings;
mod symbols;

pub use app::{CrashReports, Keys};
pub use scopes::hierarchy;
pub use serve::{Patience, serve};
pub use settings::Settings;
