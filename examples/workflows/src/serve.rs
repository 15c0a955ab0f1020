use std::error::Error;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::middleware::{DefaultHeaders, Next, NormalizePath, from_fn};
use actix_web::rt::time::timeout;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};
use scopa_actix::check;

use crate::fault::Fault;

/// Serves what `configure` mounts on a port. A request may take for as long as `patience` says, with all that its client sends.
///
/// # Errors
/// There is no validator, or the port cannot be served.
pub async fn serve(
    listener: TcpListener,
    patience: Duration,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> Result<Server, Box<dyn Error + Send + Sync>> {
    let bare = App::new().configure(&configure);
    check(move || bare).await?;
    let app = move || {
        App::new()
            .configure(&configure)
            .default_service(web::to(|| async { Err::<HttpResponse, _>(Fault::NotFound) }))
            // What is answered is for the caller alone (for a key in the address: RFC 6750 §2.3). Refusals say it already.
            .wrap(DefaultHeaders::new().add((CACHE_CONTROL, "private, no-store")))
            // actix-web waits for a head no longer than five seconds, and for a body as long as it takes.
            .wrap(from_fn(move |request, next| bounded(patience, request, next)))
            .wrap(from_fn(log))
            // The pages write some addresses with a slash at the end.
            .wrap(NormalizePath::trim())
    };
    Ok(HttpServer::new(app).workers(2).listen(listener)?.run())
}

/// Gives up a request that takes too long: who sends for ever is not waited for.
async fn bounded<B: MessageBody>(
    patience: Duration,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let late = |_| Fault::Unreadable(StatusCode::REQUEST_TIMEOUT, "the request took too long".into());
    timeout(patience, next.call(request)).await.map_err(late)?
}

/// Tells the log about each request; of its address only the path: the query may hold a key.
async fn log<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let response = next.call(request).await;
    let status = match &response {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    tracing::info!(%method, path, status = status.as_u16(), "answered");
    response
}
