//! OAuth 2.0 access tokens and hierarchical scopes for actix-web.
//!
//! A handler's signature says what it asks for, and a middleware guards what is below it. Everything of [`scopa`]
//! is here, too: this is the one dependency that a service needs.
//!
//! ```
//! use actix_web::{App, get, post, web};
//! use scopa_actix::{Authorized, KeySet, Protect, Validator, check, scopes};
//!
//! scopes! {
//!     fn hierarchy;
//!     Admin = "admin" { Write = "crashes:write" { Read = "crashes:read" } },
//!     Team(id) = "team_{id}",
//! }
//!
//! #[get("/crashes")]
//! async fn list(_: Authorized<Read>) -> &'static str { "no crashes" }
//!
//! #[post("/crashes")]
//! async fn upload(caller: Authorized<Write>) -> String { format!("thanks, {}", caller.client_id().unwrap_or("?")) }
//!
//! #[get("/teams/{id}")]
//! async fn team(_: Authorized<Team>) -> &'static str { "your team" }
//!
//! async fn purge() -> &'static str { "gone" }
//!
//! # #[actix_web::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use actix_web::test::{TestRequest, call_service, init_service};
//! # let issuer = scopa_testing::TestIssuer::new();
//! # let jwks = issuer.jwks();
//! // Once, outside of the factory: that runs again for every worker.
//! let auth = Validator::builder("https://id.example.com", "https://api.example.com")
//!     .keys(KeySet::from_jwks(&jwks)?)
//!     .hierarchy(hierarchy()?)
//! #   .clock(issuer.clock())
//!     .build()?;
//! let admins = Protect::new(auth.clone()).require(Admin)?;
//! let app = move || {
//!     App::new()
//!         .app_data(auth.clone())
//!         .service(list)
//!         .service(upload)
//!         .service(team)
//!         .service(web::scope("/admin").wrap(admins.clone()).route("/purge", web::post().to(purge)))
//! };
//! check(&app).await?;
//! // HttpServer::new(app).bind(("127.0.0.1", 8080))?.run().await?;
//! # let app = init_service(app()).await;
//! # let token = issuer.token().scope("crashes:write team_7").bearer();
//! # for (request, expected) in [
//! #     (TestRequest::get().uri("/crashes"), 200),
//! #     (TestRequest::post().uri("/crashes"), 200),
//! #     (TestRequest::get().uri("/teams/7"), 200),
//! #     (TestRequest::get().uri("/teams/8"), 403),
//! #     (TestRequest::post().uri("/admin/purge"), 403),
//! # ] {
//! #     let request = request.insert_header(("authorization", token.as_str())).to_request();
//! #     assert_eq!(call_service(&app, request).await.status(), expected);
//! # }
//! # assert_eq!(call_service(&app, TestRequest::get().uri("/crashes").to_request()).await.status(), 401);
//! # Ok(())
//! # }
//! ```
//!
//! An application with such a handler and no [`Validator`] compiles, and answers 500: [`check`] finds that out
//! before the server starts.
//!
//! | you want to guard | use |
//! |---|---|
//! | a handler, by its signature | [`Authorized<R>`](Authorized) |
//! | a handler that anonymous callers may use, too | [`OptionalAuthorized<R>`](OptionalAuthorized), **not** `Option<Authorized<R>>` |
//! | what only the handler knows | [`Access::require`] on the caller |
//! | a whole service, with a list of what is public | [`Protect`] on the `App`, [`Protect::public`] |
//! | a part of it, whatever its handlers say | [`Protect`] on a `Scope`, `Resource` or `Route` |
//!
//! # `Option` of an extractor
//!
//! actix-web makes `None` of every error of an extractor in an `Option`. `Option<Authorized<R>>` therefore lets an
//! expired or forged token through as anonymous. It compiles, and cannot be kept from it: take
//! [`OptionalAuthorized`], which is `None` only for a request without credentials. An optional guard around the
//! service, `.wrap(Protect::new(auth).optional())`, refuses bad tokens before any extractor sees them.
//!
//! # What a middleware covers
//!
//! The extractor guards the handler that it stands in, wherever that is mounted. A middleware guards what actix-web
//! puts under it. Without a token the answers are:
//!
//! | `.wrap(Protect)` on | route, right method | route, wrong method | unknown path | what to do |
//! |---|---|---|---|---|
//! | `App` | 401 | 401 | 401 | Nothing: this is the one to use, with a list of what is public. |
//! | `Scope` | 401 | 401 | 401 inside, 404 outside | Nothing. Here a policy can be bound to the path of the scope. |
//! | `Resource` | 401 | 401 | 404 | Nothing, if the paths may be known. |
//! | `Route` | 401 | **405** | 404 | Another `.route(..)` of the resource is **open**. Wrap the resource. Otherwise `.to(..)` comes first: it panics after `.wrap(..)`. |
//!
//! The functions in `actix_web::guard` choose a route and authorize nobody: where they say no, the answer is 404 or
//! the next route.
//!
//! # CORS
//!
//! A browser asks first with `OPTIONS` and without a token. So CORS goes **outside** of the guard, which in
//! actix-web means: it is wrapped last. Then refusals carry `access-control-allow-origin`, too, and a script can
//! read them; expose `WWW-Authenticate` if it shall see the challenge.
//!
//! ```
//! use actix_cors::Cors;
//! use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
//! use actix_web::{App, HttpResponse, web};
//! use scopa_actix::Protect;
//!
//! # #[actix_web::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use actix_web::test::{TestRequest, call_service, init_service};
//! # let auth = scopa_testing::TestIssuer::new().validator().build()?;
//! let cors = Cors::default()
//!     .allowed_origin("https://app.example.com")
//!     .allowed_methods(["GET"])
//!     .allowed_header(AUTHORIZATION)
//!     .expose_headers([WWW_AUTHENTICATE]);
//! let app = App::new()
//!     .route("/crashes", web::get().to(HttpResponse::Ok))
//!     .wrap(Protect::new(auth))
//!     .wrap(cors);
//! # let app = init_service(app).await;
//! # let request = TestRequest::get().uri("/crashes").insert_header(("origin", "https://app.example.com"));
//! # let response = call_service(&app, request.to_request()).await;
//! # assert_eq!(response.status(), 401);
//! # assert_eq!(response.headers().get("access-control-allow-origin").unwrap(), "https://app.example.com");
//! # Ok(())
//! # }
//! ```
//!
//! # Refusals
//!
//! Extractors and handlers refuse with a [`Rejection`], the middleware with the same response: status,
//! `WWW-Authenticate` and a JSON body, as [`Refusal`] describes them. To write another body, map the response in a
//! middleware further out:
//!
//! ```
//! use actix_web::body::BoxBody;
//! use actix_web::dev::{ServiceRequest, ServiceResponse};
//! use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
//! use actix_web::middleware::{Next, from_fn};
//! use actix_web::{App, Error, web};
//! use scopa_actix::{Authorized, Refusal};
//!
//! /// Keeps status and headers, and tells it in plain text.
//! async fn in_plain_text(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse, Error> {
//!     let mut response = next.call(request).await?;
//!     let text = response.response().extensions().get::<Refusal>().map(ToString::to_string);
//!     let Some(text) = text else { return Ok(response) };
//!     response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
//!     Ok(response.map_body(|_, _| BoxBody::new(text)))
//! }
//!
//! # #[actix_web::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use actix_web::test::{TestRequest, call_service, init_service, read_body};
//! # let auth = scopa_testing::TestIssuer::new().validator().build()?;
//! let app = App::new()
//!     .app_data(auth)
//!     .route("/", web::get().to(async |_: Authorized| "hello"))
//!     .wrap(from_fn(in_plain_text));
//! # let app = init_service(app).await;
//! # let request = TestRequest::get().insert_header(("authorization", "Bearer forged")).to_request();
//! # let response = call_service(&app, request).await;
//! # assert_eq!(response.status(), 401);
//! # assert!(response.headers().contains_key("www-authenticate"));
//! # assert_eq!(read_body(response).await, "the access token is invalid or expired");
//! # Ok(())
//! # }
//! ```
//!
//! # OpenAPI
//!
//! [`Policy::of`] reads from a handler's type what it asks for, so that a document says what is enforced and needs no second list. That is for handlers that are functions: `#[get("/")]` makes something else of one.
//!
//! ```
//! use actix_web::web;
//! use scopa_actix::{Authorized, Policy, scopes};
//!
//! scopes! { fn hierarchy; Read = "crashes:read", Team(id) = "team_{id}" }
//!
//! async fn of_team(_: Authorized<(Read, Team)>, id: web::Path<String>) -> String {
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

mod rejection;
mod request;

mod authorizing;

mod authorized;

mod protect;
mod protecting;

mod check;

#[cfg(feature = "issuer")]
mod issuer_routes;

pub use authorized::{Authorized, OptionalAuthorized};
pub use authorizing::Authorizing;
pub use check::check;
#[cfg(feature = "issuer")]
pub use issuer_routes::issuer_routes;
pub use protect::{Protect, Protected};
pub use protecting::Protecting;
pub use rejection::Rejection;

#[doc(inline)]
pub use scopa::*;
#[cfg(feature = "issuer")]
#[doc(no_inline)]
pub use scopa_issuer as issuer;
