//! What a service answers while its identity provider is down, slow or wrong.
//!
//! The faults stand in [`faults`], one row each, and again in docs/reliability.md; [`document`] holds the two together.

#[cfg(test)]
mod cold;
#[cfg(test)]
mod crowds;
#[cfg(test)]
mod document;
#[cfg(test)]
mod events;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod lifetime;
#[cfg(test)]
mod log;
#[cfg(test)]
mod metadata;
#[cfg(test)]
mod readiness;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod warm;
