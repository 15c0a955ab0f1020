//! A service of work instructions, after the public pages of WorkfloPlus: machine clients with scopes *and* permissions.
//!
//! Start with [`mod@policies`], the table of what is asked for; `gateway.rs` has the routes that ask, `service.rs` puts
//! issuer and APIs together. The README says how to run it.

mod fault;
mod people;
mod permission;
mod permissions;
pub mod policies;
mod records;
pub mod scopes;

mod keys;
mod routes;

mod accounts;
mod gateway;
mod query;

mod serve;
mod service;
mod settings;

pub use permission::Permission;
pub use permissions::{Found, Holder, Permissions};
pub use scopa_actix::{Policy, Requirement};
pub use scopes::hierarchy;
pub use serve::serve;
pub use service::{PermissionsIn, Service};
pub use settings::Settings;

use service::{TEAM_CLAIM, team_of};
