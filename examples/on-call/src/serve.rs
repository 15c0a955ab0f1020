use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum_server::Handle;
use hyper_util::rt::TokioTimer;
use scopa_axum::hear_out;
use tokio::time::timeout;

use crate::problem::Problem;

/// For how long this service waits for a client: who opens connections and says nothing does not keep them.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until the head of a request is there, the first or the next; then the connection is closed.
    pub head: Duration,
    /// Until it is answered, its body included; then the answer is 408.
    pub request: Duration,
    /// When the service stops: until what is under way has been answered; then it is cut off.
    pub end: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { head: seconds(10), request: seconds(30), end: seconds(20) }
    }
}

/// Serves until `stop`, then takes no more connections and ends what is under way.
///
/// # Errors
/// The listener cannot be used.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    patience: Patience,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let refuse = |status, why: &str| Problem::Invalid(status, why.to_owned());
    let in_time = move |request: Request, next: Next| async move {
        let answer = timeout(patience.request, next.run(request)).await;
        answer.map_err(|_| refuse(StatusCode::REQUEST_TIMEOUT, "the request took too long"))
    };
    let routes = routes
        .fallback(async || Problem::NotFound)
        .method_not_allowed_fallback(async move || {
            refuse(StatusCode::METHOD_NOT_ALLOWED, "not by this method")
        })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        // Who is refused may be sending still, and gets the answer all the same.
        .layer(from_fn(hear_out))
        .layer(from_fn(in_time));

    // Of HTTP/1.1 alone: telling the versions apart would wait for a first byte without end.
    let mut server = axum_server::from_tcp(listener)?.http1_only();
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(patience.head);
    let handle = Handle::new();
    let ending = handle.clone();
    tokio::spawn(async move {
        stop.await;
        ending.graceful_shutdown(Some(patience.end));
    });
    server.handle(handle).serve(routes.into_make_service_with_connect_info::<SocketAddr>()).await
}

/// In bytes: what is sent here is small, and kept in memory.
const LARGEST_BODY: usize = 16 * 1024;
