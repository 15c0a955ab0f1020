//! Protects tower services with OAuth 2.0 access tokens and hierarchical scopes: tonic, hyper, axum, any other.
//!
//! One layer, [`ProtectLayer`], authenticates the caller and authorizes the request before the service sees it.
//! Everything of the core crate, `scopa`, is re-exported here, so a service needs this one dependency.
//!
//! ```
//! use scopa_tower::{Access, ProtectLayer, Refusal, Validator, scopes};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! scopes! {
//!     fn hierarchy;
//!     Admin = "admin" { Write = "crashes:write" { Read = "crashes:read" } },
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! # let issuer = scopa_testing::TestIssuer::new();
//! # let (keys, bearer) = (issuer.keys(), issuer.bearer_with("crashes:write"));
//! let validator = Validator::builder("https://id.example.com", "https://api.example.com")
//!     .keys(keys)
//!     .hierarchy(hierarchy()?)
//! #   .clock(issuer.clock())
//!     .build()?;
//!
//! let crashes = service_fn(|request: http::Request<String>| async move {
//!     // For what only the handler can know.
//!     let may_purge = request.extensions().get::<Access>().is_some_and(|access| access.holds(Admin) == Ok(true));
//!     Ok::<_, std::convert::Infallible>(http::Response::new(format!("purge: {may_purge}")))
//! });
//! let service = ServiceBuilder::new().layer(ProtectLayer::new(validator).require(Read)?).service(crashes);
//!
//! let request = http::Request::get("/crashes").header("authorization", bearer).body(String::new())?;
//! assert_eq!(service.clone().oneshot(request).await?.body(), "purge: false");
//!
//! let refused = service.oneshot(http::Request::get("/crashes").body(String::new())?).await?;
//! assert_eq!(refused.status(), 401);
//! assert_eq!(refused.headers()["www-authenticate"], "Bearer");
//! assert!(refused.extensions().get::<Refusal>().is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Order of layers
//!
//! From the outside: tracing, then CORS, then [`ProtectLayer`], then limits on what the service does, then
//! [`AuthorizeLayer`]s for its parts. A pre-flight request carries no token, so a guard outside of CORS locks every
//! browser out. A layer further in may ask for more: it finds the access that the outer one left and judges that,
//! without checking the token twice. The access of another validator is passed over, and the token is checked anew.
//!
//! # Waiting for keys
//!
//! With the keys at hand the decision is taken in `call`, and the service that was polled ready is called: no box,
//! no clone. While keys are fetched that service waits in the future with its permit, so the key source must bound
//! its waiting. `poll_ready` never waits for keys.
//!
//! # gRPC
//!
//! A call, `POST` over HTTP/2 with `application/grpc`, is answered as gRPC clients expect: HTTP 200, the outcome in
//! `grpc-status` and `grpc-message`, the challenge in `www-authenticate`. [`ValidatorBuilder::status`] does not
//! count here. A method's path is `/package.Service/Method`: choose by it with [`ProtectLayer::choose`].
//!
//! | refusal | `grpc-status` |
//! |---|---|
//! | no token, a bad one, malformed credentials | 16 UNAUTHENTICATED |
//! | a scope or permission is missing | 7 PERMISSION_DENIED |
//! | keys out of reach | 14 UNAVAILABLE |
//! | the service is set up wrongly | 13 INTERNAL |
//!
//! # Features
//!
//! `aws-lc-rs` (default) or `rust-crypto` chooses who checks signatures. `axum` and `tonic` make refusals fit the
//! bodies of these frameworks. `reqwest` adds `HttpClient`, which reaches the network on tokio.
//! `metrics` counts fetches for the `metrics` facade. `issuer` adds the module `issuer`, all of `scopa-issuer`, whose `Issuer`
//! is a tower service that gives out tokens.

mod arrival;
mod authorize;
mod body;
mod choose;
mod future;
mod layer;
mod protect;

pub use authorize::{Authorize, AuthorizeLayer};
pub use body::RefusalBody;
pub use choose::ByRequest;
pub use future::ResponseFuture;
pub use layer::ProtectLayer;
pub use protect::Protect;
#[doc(inline)]
pub use scopa::*;
#[cfg(feature = "issuer")]
#[doc(no_inline)]
pub use scopa_issuer as issuer;
