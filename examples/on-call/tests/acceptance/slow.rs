use std::future::pending;
use std::net::TcpListener;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::{get, post};
use example_on_call::{Patience, serve};
use scopa_systems::{Http, LONGEST, Outcome};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

const MOMENT: Duration = Duration::from_millis(20);
const EVER: Duration = Duration::from_secs(3600);
/// Waits for ever, but for what a test is about.
const PATIENT: Patience = Patience { head: EVER, request: EVER, end: EVER };

type Served = JoinHandle<std::io::Result<()>>;

fn start(patience: Patience, stop: impl Future<Output = ()> + Send + 'static) -> Outcome<(String, Served)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let routes = Router::new()
        .route("/", get(async || "here"))
        .route("/read", post(async |body: Bytes| body.len().to_string()))
        .route("/refuse", post(async || StatusCode::FORBIDDEN));
    Ok((address, tokio::spawn(serve(listener, routes, patience, stop))))
}

/// Sends this much and no more, and returns all that comes until the connection is closed.
async fn heard(address: &str, sent: &str) -> Outcome<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(sent.as_bytes()).await?;
    let mut heard = String::new();
    timeout(LONGEST, stream.read_to_string(&mut heard))
        .await
        .map_err(|_| "the connection is still open")??;
    Ok(heard)
}

#[tokio::test]
async fn a_connection_whose_head_does_not_come_is_closed() -> Outcome {
    let (address, _served) = start(Patience { head: MOMENT, ..PATIENT }, pending())?;
    for part in ["", "G", "GET / HTTP/1.1\r\nHost: x\r\nAccept:", "PRI * HTTP/2.0\r\n\r\n"] {
        let heard = heard(&address, part).await?;
        assert!(!heard.contains("200"), "{part}: {heard}");
    }
    // Nor is the next one waited for.
    let heard = heard(&address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await?;
    assert!(heard.starts_with("HTTP/1.1 200 OK\r\n") && heard.ends_with("here"), "{heard}");
    Ok(())
}

#[tokio::test]
async fn a_body_that_does_not_come_is_told_so() -> Outcome {
    let (address, _served) = start(Patience { request: MOMENT, ..PATIENT }, pending())?;
    for path in ["/read", "/refuse"] {
        for body in
            ["Content-Length: 5000\r\n\r\ngrant_type=au", "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"]
        {
            let heard = heard(&address, &format!("POST {path} HTTP/1.1\r\nHost: x\r\n{body}")).await?;
            assert!(heard.starts_with("HTTP/1.1 408 "), "{path}: {heard}");
            assert!(heard.contains("\"error\":\"invalid_request\""), "{path}: {heard}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_end_does_not_wait_for_a_client_for_ever() -> Outcome {
    let (stop, stopped) = oneshot::channel();
    let (address, served) = start(Patience { end: MOMENT, ..PATIENT }, async { drop(stopped.await) })?;
    let mut stream = TcpStream::connect(&address).await?;
    let head = "POST /read HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    // The request is under way.
    let mut asked = [0; 12];
    timeout(LONGEST, stream.read_exact(&mut asked)).await??;
    assert_eq!(&asked, b"HTTP/1.1 100");
    stop.send(()).map_err(|()| "it does not listen to that")?;
    timeout(LONGEST, served).await.map_err(|_| "it does not end")???;
    Ok(())
}

#[tokio::test]
async fn what_is_under_way_at_the_end_is_answered() -> Outcome {
    let (stop, stopped) = oneshot::channel();
    let (address, served) = start(PATIENT, async { drop(stopped.await) })?;
    let mut stream = TcpStream::connect(&address).await?;
    let head = "POST /read HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    let mut asked = [0; 12];
    timeout(LONGEST, stream.read_exact(&mut asked)).await??;
    stop.send(()).map_err(|()| "it does not listen to that")?;
    stream.write_all(b"hello").await?;
    let mut heard = String::new();
    timeout(LONGEST, stream.read_to_string(&mut heard)).await??;
    assert!(heard.contains("HTTP/1.1 200 OK\r\n") && heard.ends_with('5'), "{heard}");
    timeout(LONGEST, served).await.map_err(|_| "it does not end")???;
    Ok(())
}

#[tokio::test]
async fn a_client_that_is_refused_while_it_sends_gets_the_answer() -> Outcome {
    let (address, _served) = start(PATIENT, pending())?;
    let http = Http::at(format!("http://{address}"));
    http.post("/refuse").body("text/plain", vec![b'x'; 60 * 1024]).send().await?.expect(403)?;
    Ok(())
}
