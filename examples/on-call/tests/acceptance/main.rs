//! The service over HTTP on loopback, as people, their programs and strangers meet it.
#![cfg(test)]

mod bounds;
mod browser;
mod data_files;
mod document;
mod readme;
mod scopes;
mod service;
mod sign_in;
mod slow;
mod walk;
