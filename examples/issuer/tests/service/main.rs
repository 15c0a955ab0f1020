//! The service over HTTP on loopback, as browsers, clients and strangers meet it.
#![cfg(test)]

mod browser;
mod flow;
mod kit;
mod machine;
mod patience;
mod readme;
mod sign_in;
