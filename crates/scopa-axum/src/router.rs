use axum::Router;
use axum::extract::MatchedPath;
use scopa::{ConfigError, Guard};
use scopa_tower::ProtectLayer;

/// Guards a whole router: every route and every unknown path, but the routes that the guard names as
/// [public](Guard::public).
///
/// A public route is named as the router names it: `"/health"` for reading it, `"POST /hooks/{id}"` for another method.
/// What is public gets no [`Access`](scopa::Access) from the guard; an [`Authorized`](crate::Authorized) in its handler
/// asks by itself.
///
/// Call it last, on the outermost router, with the paths as they are there: routes that are added afterwards
/// are **open**, and a router that is nested afterwards under `/api` has `/api/health` and no `/health`. A layer
/// for CORS goes outside of it. What [`Router::nest_service`] mounts cannot be listed; to leave it open, mount it
/// afterwards.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use scopa_axum::{Guard, protect_all};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use axum::{body::Body, http::Request};
/// # use tower::ServiceExt;
/// # let issuer = scopa_testing::TestIssuer::new();
/// # let auth = issuer.validator().build()?;
/// let app = Router::new()
///     .route("/health", get(async || "well"))
///     .route("/crashes", get(async || "none"));
/// let app: Router = protect_all(app, Guard::new(auth).public(["GET /health"]))?;
///
/// let get = |path: &str| Request::get(path).body(Body::empty());
/// assert_eq!(app.clone().oneshot(get("/health")?).await?.status(), 200);
/// assert_eq!(app.clone().oneshot(get("/crashes")?).await?.status(), 401);
/// assert_eq!(app.oneshot(get("/unknown")?).await?.status(), 401);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A policy that is bound to the path: the guard is for every route alike. Ask for it in the handler, with
/// [`Authorized`](crate::Authorized).
pub fn protect_all<S>(router: Router<S>, guard: Guard) -> Result<Router<S>, ConfigError>
where
    S: Clone + Send + Sync + 'static,
{
    let guard = guard.unbound("not every route has it; ask for it with `Authorized` in the handler")?;
    Ok(router.layer(ProtectLayer::by_route(guard, |parts| {
        parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str)
    })))
}
