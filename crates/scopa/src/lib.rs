//! Validates OAuth 2.0 access tokens and decides hierarchical scopes (RFC 6750, RFC 9068).
//!
//! This is the core: no framework, and without the feature `reqwest` no async runtime and no network. A service uses
//! it through an adapter, which re-exports everything here: `scopa-axum`, `scopa-actix`, or `scopa-tower` for tonic,
//! hyper and any other tower service.
//!
//! | you want to | look at |
//! |---|---|
//! | say which tokens your API accepts | [`Validator`], [`KeySet`] |
//! | connect Auth0, Keycloak, Entra ID and others | [`provider`] |
//! | take keys from an issuer, ask it about opaque tokens | [`Fetch`], [`Introspection`], [`Readiness`] |
//! | declare scopes and what they include | [`scopes!`], [`Hierarchy`] |
//! | ask for scopes and permissions | [`Policy`], [`Requirement`], [`AnyOf`] |
//! | know who calls | [`Access`] |
//! | know what a refused caller is told | [`Refusal`] |
//! | say how verified tokens are remembered | [`TokenCache`] |
//! | refuse tokens before their end | [`Revocation`], [`RevocationList`] |
//! | write an adapter of your own | [`Guard`], [`Admission`] |
//!
//! A token goes this way, and each step has its own kind of failure:
//!
//! ```text
//! Authorization fields ─► bearer token ─► signed JWT ─► key ─► signature ─► claims ─► Access ─► Policy ─► handler
//!                          401 / 400       401         401/503   401         401                 403
//! ```
//!
//! ```
//! use scopa::{Policy, Validator, scopes};
//!
//! scopes! {
//!     fn hierarchy;
//!     Admin = "admin" { Write = "crashes:write" { Read = "crashes:read" } },
//!     Team(id) = "team_{id}",
//! }
//!
//! # let issuer = scopa_testing::TestIssuer::new();
//! # let keys = scopa::KeySet::from_jwks(&issuer.jwks())?;
//! # let token = issuer.token().scope("crashes:write team_7").sign();
//! let validator = Validator::builder("https://id.example.com", "https://api.example.com")
//!     .keys(keys)
//!     .hierarchy(hierarchy()?)
//! #   .clock(issuer.clock())
//!     .build()?;
//!
//! let field = format!("Bearer {token}");
//! let access = validator.authenticate([field.as_bytes()]).now_or_later().unwrap()?;
//! assert!(access.require(Read).is_ok());
//! assert!(access.require(Team("7")).is_ok());
//!
//! let refusal = access.require(Policy::from(Admin).or(Team("8"))).unwrap_err();
//! assert_eq!(refusal.status(), 403);
//! assert_eq!(refusal.scope().as_str(), "team_8");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! `aws-lc-rs` (default) or `rust-crypto` chooses who checks signatures. With neither the crate does not compile,
//! with both it is `aws-lc-rs`.
//!
//! `reqwest` adds `HttpClient`, which reaches the network on tokio. `metrics` counts fetches for the `metrics` facade.

mod clock;
mod error;
mod invalid;
mod sync;

mod cache;
mod memo;
mod token_cache;

mod fetch;
mod flight;
#[cfg(feature = "reqwest")]
mod http_client;
mod telemetry;

mod base64url;
mod bearer;
mod challenge;
mod json;
mod jws;

mod discover;

mod key;
mod scope;

mod claim_path;
mod claims;
mod rules;

mod introspect;

mod kind;
mod realm;
mod refusal;

mod grpc;

mod access;
mod revocation;
mod validator;

pub mod provider;

mod route;

mod guard;

pub use access::Access;
pub use claim_path::ClaimPath;
pub use clock::{Clock, SystemClock};
pub use error::ConfigError;
pub use fetch::{BoxFuture, Fetch, FetchBody};
pub use guard::{Admission, Guard};
#[cfg(feature = "reqwest")]
pub use http_client::HttpClient;
pub use introspect::Introspection;
pub use invalid::InvalidToken;
pub use key::{Algorithm, KeySet, KeySource, KeysFuture};
pub use kind::RefusalKind;
pub use refusal::Refusal;
pub use revocation::{Revocation, RevocationList, RevokeError, Revoked};
pub use scope::{
    AnyOf, Authenticated, Explanation, FromPath, Hierarchy, HierarchyBuilder, Policy, Requirement, Scopes,
};
pub use token_cache::TokenCache;
pub use validator::{Authenticate, Readiness, Validator, ValidatorBuilder};

#[doc(hidden)]
pub use scope::{
    Argument as __Argument, Handler as __Handler, has_placeholder as __has_placeholder,
    is_scope_token as __is_scope_token,
};
