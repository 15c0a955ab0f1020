//! Presets for identity providers: tokens in the shape that each documents, and those that must not pass for them.
//!
//! The tokens are made here, each after the provider's documentation (`shapes.rs`); no provider was asked for one.
#![cfg(test)]

mod accepted;
mod discovered;
mod mistakes;
mod refused;
mod shapes;
