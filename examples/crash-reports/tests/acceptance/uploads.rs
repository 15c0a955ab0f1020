use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::Request;
use axum::response::Response;
use futures_util::{StreamExt as _, stream};
use scopa_axum::issuer::MemoryStore;
use scopa_systems::{Outcome, folder};
use scopa_testing::ManualClock;
use tower::ServiceExt as _;

use crate::stage::{NOW, Stage};

#[tokio::test]
async fn a_file_is_never_held_as_a_whole() -> Outcome {
    let (stage, router) = stage("held").await?;
    let file = Pieces::new();
    let answer = put(&router, &address(&stage).await?, None, file.body(LARGEST)).await?;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["etag"], format!("\"{OF_64_MIB}\""));
    assert_eq!(file.read(), LARGEST);
    assert!(file.most_at_once() <= 2, "{} KiB were held", file.most_at_once());
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused() -> Outcome {
    let (stage, router) = stage("large").await?;
    let address = address(&stage).await?;
    // Who says so beforehand has not used the address.
    let file = Pieces::new();
    let answer = put(&router, &address, Some(LARGEST * 1024 + 1), file.body(usize::MAX)).await?;
    assert_eq!(answer.status(), 413);
    assert!(file.read() <= HEARD_OUT, "{} KiB were read", file.read());
    let file = Pieces::new();
    let answer = put(&router, &address, None, file.body(usize::MAX)).await?;
    assert_eq!(answer.status(), 413);
    assert!(file.read() <= LARGEST + 1 + HEARD_OUT && file.most_at_once() <= 2);
    Ok(())
}

#[tokio::test]
async fn an_address_that_was_used_is_refused_before_the_file_is_read() -> Outcome {
    let (stage, router) = stage("used").await?;
    let address = address(&stage).await?;
    assert_eq!(put(&router, &address, None, Body::from("symbols")).await?.status(), 200);
    let file = Pieces::new();
    assert_eq!(put(&router, &address, None, file.body(usize::MAX)).await?.status(), 403);
    assert!(file.read() <= HEARD_OUT, "{} KiB were read", file.read());
    Ok(())
}

#[tokio::test]
async fn a_file_that_breaks_off_is_a_bad_request() -> Outcome {
    let (stage, router) = stage("broken").await?;
    let broken = stream::iter([Ok(Bytes::from("sym")), Err(std::io::Error::other("gone"))]);
    let answer = put(&router, &address(&stage).await?, None, Body::from_stream(broken)).await?;
    assert_eq!(answer.status(), 400);
    Ok(())
}

/// An instance on HTTP, and its router to be asked in process.
async fn stage(name: &str) -> Outcome<(Stage, Router)> {
    let clock = ManualClock::at(NOW);
    let stage = Stage::on(MemoryStore::new(), &folder(name)?, &clock, None, None).await?;
    let router = stage.router()?;
    Ok((stage, router))
}

async fn address(stage: &Stage) -> Outcome<String> {
    let token = stage.token("symbols").await?;
    stage.call("POST /symsrv/uploadUrl", &token).await?.expect(200)?.text("url")
}

async fn put(router: &Router, address: &str, length: Option<usize>, file: Body) -> Outcome<Response> {
    let request = match length {
        Some(length) => Request::put(address).header("content-length", length),
        None => Request::put(address),
    };
    Ok(router.clone().oneshot(request.body(file)?).await?)
}

/// A file that comes in pieces of 1 KiB.
struct Pieces {
    read: Arc<AtomicUsize>,
    most_at_once: Arc<AtomicUsize>,
    held: Arc<[u8; 1024]>,
}

/// Holds a piece, until it is dropped.
struct Piece(Arc<[u8; 1024]>);

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &*self.0
    }
}

impl Pieces {
    fn new() -> Self {
        Self { read: Arc::default(), most_at_once: Arc::default(), held: Arc::new([b'a'; 1024]) }
    }

    /// Makes the body, of so many pieces.
    fn body(&self, count: usize) -> Body {
        let (read, most, held) = (self.read.clone(), self.most_at_once.clone(), self.held.clone());
        Body::from_stream(stream::iter(0..count).map(move |_| {
            let piece = Piece(held.clone());
            read.fetch_add(1, Ordering::Relaxed);
            // Two know of it while nobody holds a piece: the file and the body.
            most.fetch_max(Arc::strong_count(&held) - 2, Ordering::Relaxed);
            Ok::<_, Infallible>(Bytes::from_owner(piece))
        }))
    }

    /// Returns how many pieces were asked for.
    fn read(&self) -> usize {
        self.read.load(Ordering::Relaxed)
    }

    /// Returns how many there were in memory at the same time, at most.
    fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::Relaxed)
    }
}

const LARGEST: usize = 64 * 1024;
/// So many pieces are listened to after a refusal, and thrown away.
const HEARD_OUT: usize = 65;
/// The SHA-256 of 64 MiB of `a`.
const OF_64_MIB: &str = "fae972222d455a2eaee1661ad9625502ec3bfc5ec38b87a6eec5afd5107331b5";
