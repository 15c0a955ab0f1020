//! OAuth 2.0 access tokens and hierarchical scopes for axum.
//!
//! A handler's signature says what it asks for. Everything of [`scopa`] is here, too: this is the one dependency
//! that a service needs.
//!
//! ```
//! use axum::{Router, routing::{get, post}};
//! use scopa_axum::{Authorized, KeySet, Validator, scopes};
//!
//! scopes! { fn hierarchy; Write = "crashes:write" { Read = "crashes:read" }, Team(id) = "team_{id}" }
//!
//! async fn list(_: Authorized<Read>) -> &'static str { "no crashes" }
//! async fn upload(caller: Authorized<Write>) -> String { format!("thanks, {}", caller.client_id().unwrap_or("?")) }
//! async fn team(_: Authorized<Team>) -> &'static str { "your team" }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use axum::{body::Body, http::Request};
//! # use tower::ServiceExt;
//! # let issuer = scopa_testing::TestIssuer::new();
//! # let jwks = issuer.jwks();
//! let auth = Validator::builder("https://id.example.com", "https://api.example.com")
//!     .keys(KeySet::from_jwks(&jwks)?)
//!     .hierarchy(hierarchy()?)
//! #   .clock(issuer.clock())
//!     .build()?;
//! let app = Router::new()
//!     .route("/crashes", get(list).post(upload))
//!     .route("/teams/{id}", get(team))
//!     .with_state(auth);
//! # let token = issuer.token().scope("crashes:write team_7").bearer();
//! # let ask = |method: &str, path: &str| {
//! #     Request::builder().method(method).uri(path).header("authorization", &token).body(Body::empty())
//! # };
//! # assert_eq!(app.clone().oneshot(ask("GET", "/crashes")?).await?.status(), 200);
//! # assert_eq!(app.clone().oneshot(ask("POST", "/crashes")?).await?.status(), 200);
//! # assert_eq!(app.clone().oneshot(ask("GET", "/teams/7")?).await?.status(), 200);
//! # assert_eq!(app.clone().oneshot(ask("GET", "/teams/8")?).await?.status(), 403);
//! # assert_eq!(app.oneshot(Request::get("/crashes").body(Body::empty())?).await?.status(), 401);
//! # Ok(())
//! # }
//! ```
//!
//! A router with such a handler and no [`Validator`] in its state does not compile. In a state of your own,
//! `impl FromRef<AppState> for Validator` says where it is.
//!
//! | you want to guard | use |
//! |---|---|
//! | a handler, by its signature | [`Authorized<R>`](Authorized) |
//! | a handler that anonymous callers may use, too | `Option<Authorized<R>>` |
//! | what only the handler knows | [`Access::require`] on the caller |
//! | a whole service, with a list of what is public | [`protect_all`] |
//! | a part of it, whatever its handlers say | [`ProtectLayer`] |
//!
//! Whoever is refused has often not finished sending: [`hear_out`] sees that the answer reaches them.
//!
//! # What a layer covers
//!
//! The extractor guards the handler that it stands in, wherever that is mounted. A layer guards what axum puts
//! under it, which is not always what one expects. Without a token the answers are:
//!
//! | the layer is attached with | route, right method | route, wrong method | unknown path | what to do |
//! |---|---|---|---|---|
//! | `Router::layer`, [`protect_all`] | 401 | 401 | 401 | Nothing: this is the one to use. CORS goes outside. |
//! | `Router::route_layer` | 401 | 401 | 404 | A `.fallback(..)` is **open**. Use `layer`, or guard the fallback. It panics on a router without routes. |
//! | `MethodRouter::layer`, as in `get(h).layer(..)` | 401 | 401 | 404 | A method chained after it, `.post(h2)`, is **open**. Attach the layer last. |
//! | `MethodRouter::route_layer` | 401 | **405** | 404 | The same, and it tells which methods there are. |
//! | either, inside of `nest("/api", ..)` | 401 | 401 | **404** | Unknown paths under `/api` are not covered. Attach it to the outer router, if that matters. |
//! | `Router::layer`, and then `.route(..)` | 401 | 401 | 401 | The later route is **open**. Attach the layer last. |
//! | `protected.layer(..)` merged with `open` | 401 | 401 | 404 | `open` is **open**, as meant, and so are unknown paths. |
//!
//! Where a wrong method gets 401, axum still adds `Allow` with the methods that there are, unless the route is
//! for `any` method.
//!
//! # CORS
//!
//! A browser asks first with `OPTIONS` and without a token. So the layer for CORS goes **outside** of the guard,
//! which in axum means: after it. Then refusals carry `access-control-allow-origin`, too, and a script can read
//! them; name `WWW-Authenticate` as an exposed header if it shall see the challenge. `Authorization` must be
//! allowed by name: the wildcard does not cover it.
//!
//! ```
//! use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
//! use axum::{Router, routing::get};
//! use scopa_axum::{Guard, protect_all};
//! use tower_http::cors::{Any, CorsLayer};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use axum::{body::Body, http::Request};
//! # use tower::ServiceExt;
//! # let auth = scopa_testing::TestIssuer::new().validator().build()?;
//! let cors = CorsLayer::new()
//!     .allow_origin(Any)
//!     .allow_headers([AUTHORIZATION])
//!     .expose_headers([WWW_AUTHENTICATE]);
//! let app = Router::new().route("/crashes", get(async || "none"));
//! let app: Router = protect_all(app, Guard::new(auth).public(["/health"]))?.layer(cors);
//! # let request = Request::get("/crashes").header("origin", "https://app.example.com").body(Body::empty())?;
//! # let response = app.oneshot(request).await?;
//! # assert_eq!(response.status(), 401);
//! # assert_eq!(response.headers()["access-control-allow-origin"], "*");
//! # Ok(())
//! # }
//! ```
//!
//! # Refusals
//!
//! Extractors and handlers refuse with a [`Rejection`], layers with the same response: status,
//! `WWW-Authenticate` and a JSON body, as [`Refusal`] describes them. To write another body, map the response in
//! a layer further out:
//!
//! ```
//! use axum::response::{IntoResponse, Response};
//! use axum::{Router, middleware::map_response, routing::get};
//! use scopa_axum::{Authorized, Refusal};
//!
//! /// Keeps status and headers, and tells it in plain text.
//! async fn in_plain_text(response: Response) -> Response {
//!     let Some(refusal) = response.extensions().get::<Refusal>() else { return response };
//!     let text = refusal.to_string();
//!     let (mut parts, _) = response.into_parts();
//!     parts.headers.remove("content-type");
//!     parts.headers.remove("content-length");
//!     (parts.status, parts.headers, text).into_response()
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use axum::{body::Body, http::Request};
//! # use http_body_util::BodyExt;
//! # use tower::ServiceExt;
//! # let auth = scopa_testing::TestIssuer::new().validator().build()?;
//! let app = Router::new()
//!     .route("/", get(async |_: Authorized| "hello"))
//!     .layer(map_response(in_plain_text))
//!     .with_state(auth);
//! # let request = Request::get("/").header("authorization", "Bearer forged").body(Body::empty())?;
//! # let response = app.oneshot(request).await?;
//! # assert_eq!(response.status(), 401);
//! # assert!(response.headers().contains_key("www-authenticate"));
//! # assert_eq!(response.into_body().collect().await?.to_bytes(), "the access token is invalid or expired");
//! # Ok(())
//! # }
//! ```
//!
//! # OpenAPI
//!
//! [`Policy::of`] reads from a handler's type what it asks for, so that a document says what is enforced and needs no second list.
//!
//! ```
//! use axum::extract::Path;
//! use scopa_axum::{Authorized, Policy, scopes};
//!
//! scopes! { fn hierarchy; Read = "crashes:read", Team(id) = "team_{id}" }
//!
//! async fn of_team(_: Authorized<(Read, Team)>, Path(id): Path<String>) -> String {
//!     format!("team {id}")
//! }
//!
//! // One security requirement for each set of scopes that would do.
//! let security = Policy::of(&of_team).alternatives();
//! assert_eq!(security[0].iter().collect::<Vec<_>>(), ["crashes:read", "team_{id}"]);
//! ```
//!
//! # Features
//!
//! `aws-lc-rs` (default) or `rust-crypto` chooses who checks signatures. `reqwest` adds `HttpClient`, which reaches
//! the network on tokio. `metrics` counts fetches for the `metrics` facade. `issuer` adds `issuer_routes` and the module
//! `issuer`, all of `scopa-issuer`: a service that gives out tokens needs no other dependency.

mod path;
mod rejection;

mod authorized;
mod hear_out;
#[cfg(feature = "issuer")]
mod issuer_routes;
mod router;

pub use authorized::Authorized;
pub use hear_out::hear_out;
#[cfg(feature = "issuer")]
pub use issuer_routes::issuer_routes;
pub use rejection::Rejection;
pub use router::protect_all;

#[doc(inline)]
pub use scopa::*;
#[cfg(feature = "issuer")]
#[doc(no_inline)]
pub use scopa_issuer as issuer;
pub use scopa_tower::{ByRequest, Protect, ProtectLayer, RefusalBody, ResponseFuture};
