use actix_web::web::{Payload, ServiceConfig, to};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use futures_util::TryStreamExt;
use http::Request;
use http_body::Frame;
use http_body_util::StreamBody;
use scopa_issuer::{CallerAddress, Issuer};

use crate::rejection::carried;

/// Makes what [`App::configure`](actix_web::App::configure) takes to add an issuer's endpoints.
///
/// Every path of [`Issuer::paths`] is answered for every method, as the issuer says. Failed authentications are counted by the
/// address of the connection, or by a [`CallerAddress`] that a middleware has left in the request's extensions: behind a
/// proxy, leave one there. Nothing else that a middleware leaves reaches a [`Login`](scopa_issuer::Login): header fields do.
///
/// The paths are those that the issuer's metadata names, from the root on: configure the `App` and no scope, and give the
/// issuer other [`Endpoints`](scopa_issuer::Endpoints), if need be. A [`Protect`](crate::Protect) around the `App` must name them as
/// [public](crate::Protect::public): clients come here before they have a token.
///
/// ```
/// use actix_web::{App, get};
/// use scopa_actix::issuer::DevIssuer;
/// use scopa_actix::{Authorized, issuer_routes};
///
/// #[get("/crashes")]
/// async fn list(_: Authorized) -> &'static str { "none" }
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use actix_web::test::{TestRequest, call_and_read_body, call_service, init_service};
/// // Once, outside of the factory.
/// let dev = DevIssuer::new("http://127.0.0.1:9000", "https://api.example.com")?;
/// let auth = dev.validator().build()?;
/// let routes = issuer_routes(dev.issuer().clone());
/// let app = move || App::new().app_data(auth.clone()).service(list).configure(&routes);
/// // HttpServer::new(app).bind(("127.0.0.1", 9000))?.run().await?;
///
/// # let app = init_service(app()).await;
/// # let form = [
/// #     ("grant_type", "client_credentials"), ("client_id", dev.client_id()), ("client_secret", dev.client_secret()),
/// # ];
/// # let answer = call_and_read_body(&app, TestRequest::post().uri("/oauth2/token").set_form(form).to_request()).await;
/// # let token = std::str::from_utf8(&answer)?.split('"').nth(3).unwrap().to_owned();
/// # let ask = TestRequest::get().uri("/crashes").insert_header(("authorization", format!("Bearer {token}")));
/// # assert_eq!(call_service(&app, ask.to_request()).await.status(), 200);
/// # Ok(())
/// # }
/// ```
///
/// # Security
/// How long a body may take to come is not limited here, as for every other route.
pub fn issuer_routes(issuer: Issuer) -> impl Fn(&mut ServiceConfig) + Clone {
    move |config| {
        for path in issuer.paths() {
            let issuer = issuer.clone();
            config.route(path, to(move |request, body| respond(issuer.clone(), request, body)));
        }
    }
}

async fn respond(issuer: Issuer, request: HttpRequest, body: Payload) -> HttpResponse {
    let mut asked = Request::builder().method(request.method().as_str()).uri(request.uri().to_string());
    for (name, value) in request.headers() {
        asked = asked.header(name.as_str(), value.as_bytes());
    }
    let peer = || request.peer_addr().map(|peer| CallerAddress(peer.ip()));
    if let Some(caller) = request.extensions().get().copied().or_else(peer) {
        asked = asked.extension(caller);
    }
    match asked.body(StreamBody::new(body.map_ok(Frame::data))) {
        Ok(asked) => carried(issuer.receive(asked).await),
        Err(_) => HttpResponse::BadRequest().finish(),
    }
}
