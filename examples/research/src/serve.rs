use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use scopa_tower::issuer::CallerAddress;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tower::ServiceExt as _;

use crate::answer::{Answer, wrong};
use crate::research::Research;

/// Serves until `stop`, then takes no more connections and ends what is under way.
pub async fn serve(listener: TcpListener, research: Research, stop: impl Future<Output = ()>) {
    let (graceful, places) = (GracefulShutdown::new(), Arc::new(Semaphore::new(MOST_CONNECTIONS)));
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            accepted = accept(&listener, &places) => match accepted {
                Ok((stream, peer, place)) => attend(stream, peer, place, research.clone(), &graceful),
                Err(error) => {
                    // No more file descriptors, mostly: some may come back.
                    tracing::warn!(%error, "a connection was not accepted");
                    sleep(PAUSE).await;
                }
            },
            () = &mut stop => break,
        }
    }
    drop(listener);
    if timeout(LONGEST_END, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests that were under way have been cut off");
    }
}

/// Takes the next connection when there is a place for it. Until then it waits, unopened.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

fn attend(
    stream: TcpStream,
    peer: SocketAddr,
    place: OwnedSemaphorePermit,
    research: Research,
    graceful: &GracefulShutdown,
) {
    let answer = service_fn(move |request| answer(request, peer, research.clone()));
    let mut http = http1::Builder::new();
    // Who opens connections and says nothing does not keep them.
    http.timer(TokioTimer::new()).header_read_timeout(LONGEST_HEAD);
    let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), answer));
    tokio::spawn(async move {
        // A client that hangs up or does not speak HTTP is no error of ours. Who asks and never reads the answers is cut off, too.
        drop(timeout(LONGEST_CONNECTION, connection).await);
        drop(place);
    });
}

async fn answer(
    mut request: Request<Incoming>,
    peer: SocketAddr,
    research: Research,
) -> Result<Answer, Infallible> {
    request.extensions_mut().insert(CallerAddress(peer.ip()));
    match timeout(LONGEST_REQUEST, research.oneshot(request)).await {
        Ok(answer) => answer,
        Err(_) => Ok(wrong(StatusCode::REQUEST_TIMEOUT, "invalid_request", "the request took too long")),
    }
}

const LONGEST_HEAD: Duration = Duration::from_secs(10);
const LONGEST_REQUEST: Duration = Duration::from_secs(30);
const LONGEST_CONNECTION: Duration = Duration::from_secs(600);
const MOST_CONNECTIONS: usize = 256;
const LONGEST_END: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(200);
