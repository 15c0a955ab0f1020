//! What the acceptance walks of the four systems have in common.
//!
//! A walk is a test that takes an example through the script of its system, step by step, over HTTP. [`Http`] sends its
//! requests, [`Walk`] keeps the list of steps, [`store`] gives it a database, [`tokens`] the data files. [`Program`] and
//! [`run_readme`] are for the example as it is started by hand, [`operations`] for the OpenAPI document that it serves.
//!
//! Each wait is bounded: nothing here takes longer than [`LONGEST`].

mod answer;
mod away;
mod document;
mod http;
mod place;
mod program;
mod readme;
mod token;
mod tokens;
mod walk;

pub use answer::Answer;
pub use away::Away;
pub use document::{Alternative, Asked, Operation, operations, security};
pub use http::{Call, Http};
pub use place::{database, folder, store};
pub use program::Program;
pub use readme::run_readme;
pub use token::{claims, header};
pub use tokens::{Entry, Question, Verify, tokens};
pub use walk::Walk;

/// What a test returns: the first thing that went wrong, or what it was after.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How long a request, or anything else that is waited for, may take.
pub const LONGEST: std::time::Duration = std::time::Duration::from_secs(60);
