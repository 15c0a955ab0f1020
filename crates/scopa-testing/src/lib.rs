//! A virtual issuer, its tokens and a clock: tests services that `scopa` protects, without network and without
//! waiting.
//!
//! | you want to | look at |
//! |---|---|
//! | sign tokens that your service accepts, or should not | [`TestIssuer`], [`TokenBuilder`] |
//! | let time pass | [`ManualClock`] |
//! | let an identity provider rotate keys, crawl, fail | [`TestProvider`], [`TestAnswer`] |
//! | see what callers are told while keys are out of reach | [`TestIssuer::keys_out_of_reach`], [`LateKeys`] |
//! | be sure that no route was left open | [`assert_protected`], [`assert_authenticated`] |
//!
//! A service takes its validator from outside, so that a test can hand it that of a [`TestIssuer`]. Such a test,
//! with a service that is written out here where yours has a layer or an extractor:
//!
//! ```
//! use std::convert::Infallible;
//! use std::time::Duration;
//! use http::{Request, Response};
//! use scopa::{ConfigError, Guard, Validator};
//! use scopa_testing::{TestIssuer, assert_protected};
//! use tower::{Service, ServiceExt as _};
//!
//! /// The service: lists crashes for callers with the scope `crashes:read`.
//! fn crashes(
//!     validator: Validator,
//! ) -> Result<
//!     impl Service<Request<String>, Response = Response<String>, Error = Infallible> + Clone,
//!     ConfigError,
//! > {
//!     let guard = Guard::new(validator).require("crashes:read")?;
//!     Ok(tower::service_fn(move |request: Request<String>| {
//!         let guard = guard.clone();
//!         async move {
//!             let caller = guard.validator().authenticate_headers(request.headers()).await;
//!             Ok(match guard.decide(caller, &[]) {
//!                 Ok(_) => Response::new("a list of crashes".to_owned()),
//!                 Err(refusal) => refusal.response(),
//!             })
//!         }
//!     }))
//! }
//!
//! # use futures_util::FutureExt as _;
//! # async {
//! let issuer = TestIssuer::new();
//! let service = crashes(issuer.validator().build()?)?;
//!
//! // No route is open.
//! assert_protected(service.clone(), &issuer, &[("GET", "/crashes")]).await;
//!
//! // Who may read, reads; until the token expires.
//! let bearer = issuer.token().scope("crashes:read").expires_in(Duration::from_secs(60)).bearer();
//! let get = || Request::get("/crashes").header("authorization", &bearer).body(String::new()).unwrap();
//! assert_eq!(service.clone().oneshot(get()).await?.status(), 200);
//! issuer.clock().advance(Duration::from_secs(600));
//! assert_eq!(service.clone().oneshot(get()).await?.status(), 401);
//!
//! // An outage of the issuer is not the caller's fault.
//! let service = crashes(issuer.validator().key_source(TestIssuer::keys_out_of_reach()).build()?)?;
//! assert_eq!(service.oneshot(get()).await?.status(), 503);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }.now_or_never().unwrap()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Security
//! The issuer's private keys are in this crate's source. It is a dev-dependency: a service that trusts
//! [`TestIssuer`] trusts everybody.
//!
//! # Features
//!
//! `aws-lc-rs` (default) or `rust-crypto` chooses who signs, as in `scopa`. `actix` adds the module `actix`.

#[cfg(feature = "actix")]
pub mod actix;
mod answer;
mod check;
mod clock;
mod issuer;
mod late;
mod provider;
mod routes;
mod signing;
mod stage;
mod token;

pub use answer::TestAnswer;
pub use clock::ManualClock;
pub use issuer::TestIssuer;
pub use late::LateKeys;
pub use provider::TestProvider;
pub use routes::{assert_authenticated, assert_protected};
pub use token::TokenBuilder;
