//! The scope model: names, the graph they form, and what is asked of it.

mod any_value;
mod authority;
mod bits;
mod build;
mod data;
mod describe;
mod draft;
mod explain;
mod hierarchy;
mod kept;
mod macros;
mod name;
mod policy;
mod requirement;
mod resolve;
mod set;
mod template;
mod wildcard;

pub use build::HierarchyBuilder;
pub use describe::{Argument, Handler};
pub use explain::Explanation;
pub use hierarchy::Hierarchy;
pub use name::{has_placeholder, is_scope_token};
pub use policy::Policy;
pub use requirement::{AnyOf, Authenticated, FromPath, Requirement};
pub use set::Scopes;

pub(crate) use authority::Authority;
pub(crate) use kept::Kept;
pub(crate) use resolve::{Values, Verdict};

#[cfg(test)]
mod catalogues;
#[cfg(test)]
mod laws;
