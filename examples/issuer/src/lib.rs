//! A service that gives out its own tokens: an issuer with login and consent, beside an API that it protects.
//!
//! From top to bottom: `app.rs` puts it together, `login.rs` answers browsers, `clients.rs` is the command for clients and
//! secrets. Yours would differ in `users.rs`, in `scopes.rs` and in where `data.rs` has its keys from.

mod app;
mod attempts;
mod data;
mod login;
mod options;
mod pages;
mod scopes;
mod serve;
mod session;
mod users;

pub mod clients;

pub use app::{app, issuer};
pub use data::store;
pub use options::Options;
pub use serve::{Patience, serve};
