//! What the benchmarks share: tokens, samples, counted allocations, and the report.
//!
//! ```
//! use measure::{Alg, Issuer, Samples, allocations, median_ratio, now, time};
//!
//! let issuer = Issuer::new(Alg::ES256);
//! let token = issuer.token();
//! let mut length = Samples::default();
//! for _ in 0..9 {
//!     length.push(time(|| { std::hint::black_box(token.len()); }));
//! }
//! assert!(length.minimum() <= length.median());
//! assert_eq!(median_ratio(&length, &length), 1.0);
//! assert_eq!(now(async { 7 }), 7);
//! let (count, _) = allocations(|| token.len());
//! assert_eq!(count.allocations, 0);
//! ```

mod alg;
mod count;
mod issuer;
mod now;
mod options;
mod report;
mod samples;
mod table;
mod token;

pub use alg::Alg;
pub use count::{Count, Counting, allocations};
pub use issuer::{AUDIENCE, ISSUER, Issuer, SCOPE, SECRET};
pub use now::now;
pub use options::Options;
pub use report::Report;
pub use samples::{Samples, median_difference, median_ratio, time};
pub use table::{Table, nanoseconds, ratio};
pub use token::{Flaw, TokenParts};

/// Counts allocations in every program that links this crate.
#[global_allocator]
static ALLOCATOR: Counting = Counting;
