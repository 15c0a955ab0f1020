//! Notes and files of teams behind scopes that carry a team: an issuer and an API as tower services on hyper.
//!
//! From top to bottom: `research.rs` puts it together, `api.rs` is the table of routes, from which both the guards and the
//! OpenAPI document are made (`route.rs`, `router.rs`, `document.rs`). What handlers do is in `applications.rs`, `notes.rs`,
//! `fields.rs` and `graphql.rs`; `login.rs` is the one page that people see, `serve.rs` the HTTP server.

mod answer;
mod api;
mod applications;
mod call;
mod document;
mod fields;
mod graphql;
mod login;
mod notes;
mod research;
mod route;
mod router;
mod scopes;
mod serve;
mod settings;

pub use login::People;
pub use research::{Keys, Research};
pub use scopes::{T1, T2};
pub use serve::serve;
pub use settings::{Environment, Settings, Statuses};
