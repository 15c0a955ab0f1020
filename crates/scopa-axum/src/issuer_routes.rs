use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::routing::any;
use scopa_issuer::{CallerAddress, Issuer};

/// Makes a router of an issuer's endpoints, to be merged into that of the service.
///
/// Every path of [`Issuer::paths`] is answered for every method, as the issuer says. Failed authentications are counted by the
/// address of the connection, if the service is made with `into_make_service_with_connect_info::<SocketAddr>()`, or by a
/// [`CallerAddress`] that a layer further out has set: behind a proxy, set that.
///
/// The paths are those that the issuer's metadata names, from the root on: do not [`nest`](Router::nest) them, give the issuer
/// other [`Endpoints`](scopa_issuer::Endpoints). Merge them outside of a guard, such as [`protect_all`](crate::protect_all):
/// clients come here before they have a token.
///
/// ```
/// use axum::{Router, routing::get};
/// use scopa_axum::issuer::DevIssuer;
/// use scopa_axum::{Authorized, issuer_routes};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use axum::{body::Body, http::Request};
/// # use http_body_util::BodyExt;
/// # use tower::ServiceExt;
/// let dev = DevIssuer::new("http://127.0.0.1:9000", "https://api.example.com")?;
/// let auth = dev.validator().build()?;
/// let app = Router::new()
///     .route("/crashes", get(async |_: Authorized| "none"))
///     .with_state(auth)
///     .merge(issuer_routes(dev.issuer().clone()));
/// // let service = app.into_make_service_with_connect_info::<SocketAddr>();
/// // axum::serve(listener, service).await?;
///
/// # let form = format!("grant_type=client_credentials&client_id={}&client_secret={}", dev.client_id(), dev.client_secret());
/// # let ask = Request::post("/oauth2/token").header("content-type", "application/x-www-form-urlencoded");
/// # let answer = app.clone().oneshot(ask.body(Body::from(form))?).await?;
/// # assert_eq!(answer.status(), 200);
/// # let answer = answer.into_body().collect().await?.to_bytes();
/// # let token = std::str::from_utf8(&answer)?.split('"').nth(3).unwrap().to_owned();
/// # let ask = Request::get("/crashes").header("authorization", format!("Bearer {token}"));
/// # assert_eq!(app.oneshot(ask.body(Body::empty())?).await?.status(), 200);
/// # Ok(())
/// # }
/// ```
///
/// # Security
/// How long a request may take to come is not limited here, as for every other route: put a timeout around the service.
pub fn issuer_routes<S>(issuer: Issuer) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let asked = issuer.clone();
    let answer = any(async move |mut request: Request| {
        let known = request.extensions();
        if let (None, Some(ConnectInfo(peer))) =
            (known.get::<CallerAddress>(), known.get::<ConnectInfo<SocketAddr>>())
        {
            let peer = CallerAddress(peer.ip());
            request.extensions_mut().insert(peer);
        }
        asked.receive(request).await.map(Body::from)
    });
    issuer.paths().fold(Router::new(), |router, path| router.route(path, answer.clone()))
}
