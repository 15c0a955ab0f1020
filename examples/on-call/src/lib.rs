//! An on-call service after the public pages of OpsDuty: people let programs act for them, at a REST and a GraphQL API.
//!
//! From top to bottom: `app.rs` puts it together, `rest.rs` and `graphql.rs` are the two APIs, `scopes.rs` says what may be asked
//! for, `login.rs` answers browsers, `applications.rs` is where people register the programs that they write,
//! and `serve.rs` bounds how long a client may take.

mod app;
mod applications;
mod board;
mod document;
mod graphql;
mod login;
mod people;
mod problem;
mod rest;
mod scopes;
mod serve;
mod session;
mod settings;

pub use app::{AUDIENCE, OnCall, TWO_YEARS, api_alone, asking};
pub use people::People;
pub use scopes::hierarchy;
pub use serve::{Patience, serve};
pub use settings::Settings;
