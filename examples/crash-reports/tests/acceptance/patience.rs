use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use example_crash_reports::{CrashReports, Keys, Patience, serve};
use scopa_axum::issuer::MemoryStore;
use scopa_systems::{LONGEST, Outcome, folder};
use scopa_testing::ManualClock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::stage::NOW;

#[tokio::test]
async fn a_connection_that_never_finishes_its_head_is_closed() -> Outcome {
    let (address, listener) = listener().await?;
    let patience = Patience { head: SHORT, end: LONG };
    tokio::spawn(serve(listener, router("heads")?, patience, pending()));
    for begun in ["", "GET / HT", "GET / HTTP/1.1\r\nX-A: ", HEALTH] {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(begun.as_bytes()).await?;
        let mut said = String::new();
        timeout(LONGEST, stream.read_to_string(&mut said))
            .await
            .map_err(|_| format!("{begun:?}: open"))??;
        // Who has asked is answered before: then it is the next head that does not come.
        assert_eq!(said.starts_with("HTTP/1.1 200"), begun == HEALTH, "{begun:?}: {said}");
    }
    Ok(())
}

#[tokio::test]
async fn who_does_not_come_to_an_end_does_not_keep_the_service_from_ending() -> Outcome {
    let (address, listener) = listener().await?;
    let (stop, stopped) = oneshot::channel::<()>();
    let patience = Patience { head: LONG, end: SHORT };
    let served = tokio::spawn(serve(listener, router("end")?, patience, async { drop(stopped.await) }));

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

async fn listener() -> Outcome<(SocketAddr, TcpListener)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    Ok((listener.local_addr()?, listener))
}

fn router(name: &str) -> Outcome<Router> {
    let (keys, clock) = (Keys::in_folder(&folder(name)?)?, Arc::new(ManualClock::at(NOW)));
    Ok(CrashReports::new("http://127.0.0.1:8081", None, keys, MemoryStore::new(), clock)?.router()?)
}

const HEALTH: &str = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
const UNENDING: &str = "POST /oauth2/authorize HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\
    Content-Type: application/x-www-form-urlencoded\r\n\r\n";
const SHORT: Duration = Duration::from_millis(100);
/// Longer than any test.
const LONG: Duration = Duration::from_secs(3600);
