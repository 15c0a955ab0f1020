use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use example_issuer::{Patience, app, issuer, serve};
use futures_util::stream;
use scopa_axum::issuer::MemoryStore;
use scopa_testing::ManualClock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tower::ServiceExt as _;

use crate::kit::{FORM, LONGEST, Outcome, folder};

#[tokio::test]
async fn a_connection_that_never_finishes_its_head_is_closed() -> Outcome {
    let (address, listener) = listener().await?;
    let patience = Patience { head: SHORT, end: LONG };
    tokio::spawn(serve(listener, router()?, patience, pending()));
    for begun in ["", "GET / HT", "GET / HTTP/1.1\r\nX-A: ", METADATA] {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(begun.as_bytes()).await?;
        let mut said = String::new();
        timeout(LONGEST, stream.read_to_string(&mut said))
            .await
            .map_err(|_| format!("{begun:?}: open"))??;
        // Who has asked is answered before: then it is the next head that does not come.
        assert_eq!(said.starts_with("HTTP/1.1 200"), begun == METADATA, "{begun:?}: {said}");
    }
    Ok(())
}

#[tokio::test]
async fn who_does_not_come_to_an_end_does_not_keep_the_service_from_ending() -> Outcome {
    let (address, listener) = listener().await?;
    let (stop, stopped) = oneshot::channel::<()>();
    let patience = Patience { head: LONG, end: SHORT };
    let served = tokio::spawn(serve(listener, router()?, patience, async { drop(stopped.await) }));

    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(UNENDING.as_bytes()).await?;
    // It has begun to read the body: the request is under way.
    let mut said = [0; 12];
    timeout(LONGEST, stream.read_exact(&mut said)).await??;
    assert_eq!(&said, b"HTTP/1.1 100");
    drop(stop);
    timeout(LONGEST, served).await???;
    assert!(TcpStream::connect(address).await.is_err());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn who_sends_for_ever_is_not_waited_for() -> Outcome {
    let body = Body::from_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let request = Request::post("/oauth2/token").header("content-type", FORM).body(body)?;
    // Time passes at once where nothing else happens.
    assert_eq!(router()?.oneshot(request).await?.status(), 408);
    Ok(())
}

async fn listener() -> Outcome<(SocketAddr, TcpListener)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    Ok((listener.local_addr()?, listener))
}

fn router() -> Outcome<Router> {
    let clock = Arc::new(ManualClock::at(1_795_780_800));
    Ok(app(&issuer("http://127.0.0.1:8080", &folder("patience"), MemoryStore::new(), clock)?)?)
}

const METADATA: &str = "GET /.well-known/oauth-authorization-server HTTP/1.1\r\nHost: localhost\r\n\r\n";
const UNENDING: &str = "POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\
    Content-Type: application/x-www-form-urlencoded\r\n\r\n";
const SHORT: Duration = Duration::from_millis(100);
/// Longer than any test.
const LONG: Duration = Duration::from_secs(3600);
