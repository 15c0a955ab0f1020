//! The commands, as somebody at a shell meets them.
#![cfg(test)]

mod explain;
mod inspect;
mod kit;
mod mint;
mod serve;
mod usage;
