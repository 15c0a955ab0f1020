//! The acceptance script of Bipsync, and what else the service promises, over HTTP.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it fails")]

mod applications;
mod data;
mod document;
mod graphql;
mod kit;
mod notes;
mod outage;
mod readme;
mod server;
mod steps;
