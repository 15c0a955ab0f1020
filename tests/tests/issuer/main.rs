//! An issuer behind tower on hyper, axum and actix-web: the same requests, over real HTTP, get the same answers.
//!
//! What each request brings and what must come of it stands in the modules; how it is sent in `desk` and `client`.
#![cfg(test)]

mod client;
mod desk;

mod authorization;
mod beside;
mod bodies;
mod callers;
mod clients;
mod codes;
mod documents;
mod guessing;
mod introspection;
mod methods;
mod redirects;
mod refreshing;
mod revocation;
mod scopes;
mod wire;
