use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum_server::{Handle, Server};
use hyper_util::rt::TokioTimer;
use tokio::net::TcpListener;

/// How long clients are waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the head of a request: who opens connections and says nothing does not keep them.
    pub head: Duration,
    /// For requests that are under way when the service is to end.
    pub end: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: Duration::from_secs(10), end: Duration::from_secs(20) }
    }
}

/// Serves until `stop`, then takes no more connections and ends what is under way.
///
/// # Errors
/// It cannot listen.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    patience: Patience,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let handle = Handle::new();
    let mut server = Server::<SocketAddr>::from_listener(listener).handle(handle.clone()).http1_only();
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(patience.head);
    tokio::spawn(async move {
        stop.await;
        handle.graceful_shutdown(Some(patience.end));
    });
    server.serve(router.into_make_service_with_connect_info::<SocketAddr>()).await
}
