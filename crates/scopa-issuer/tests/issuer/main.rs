//! The endpoints of an issuer, from request to answer.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

mod authorize;
mod code;
mod host;
mod incoming;
mod introspection;
mod keys;
mod local;
mod metadata;
mod outage;
mod proxy;
mod refresh;
mod revocation;
mod scopes;
mod settings;
mod stage;
mod token;
