use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::EXPECT;
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Frame, SizeHint};

/// Reads what a client is still sending before it is answered, for [`from_fn`](axum::middleware::from_fn): 64 KiB at most, and to
/// throw away.
///
/// Whoever may not do something is refused before the body is read. Then a server of HTTP/1.1 closes the connection, and a client in the
/// middle of sending may see that instead of the answer: `fetch` of Node says `write EPIPE`, and not that it was 403. With this layer,
/// outside of all others, a body of the usual length does not keep an answer from its client.
///
/// A handler that goes on reading is let be, and so is a client that waits to be asked (`Expect: 100-continue`, RFC 9110
/// §10.1.1).
///
/// ```
/// use axum::{Router, middleware::from_fn, routing::post};
/// use scopa_axum::{Authorized, Validator, hear_out};
///
/// async fn upload(_: Authorized, file: String) -> String {
///     format!("{} bytes", file.len())
/// }
///
/// fn app(auth: Validator) -> Router {
///     Router::new().route("/files", post(upload)).with_state(auth).layer(from_fn(hear_out))
/// }
/// ```
///
/// # Security
/// How long a body may take to come is not limited here: put a timeout around the service.
pub async fn hear_out(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() || request.headers().contains_key(EXPECT) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let lent = Arc::new(Mutex::new(body));
    let response = next.run(Request::from_parts(parts, Body::new(Lent(lent.clone())))).await;
    // Still in somebody's hands: it is for them to read.
    let Some(rest) = Arc::into_inner(lent) else { return response };
    let mut rest = rest.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut most = MOST;
    while let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut rest).poll_frame(context)).await {
        // An empty frame costs its sender next to nothing.
        let length = frame.data_ref().map_or(0, Bytes::len).max(1);
        match most.checked_sub(length) {
            Some(left) => most = left,
            None => break,
        }
    }
    response
}

/// The body of a request, as long as somebody reads it.
struct Lent(Arc<Mutex<Body>>);

impl Lent {
    fn with<T>(&self, step: impl FnOnce(&mut Body) -> T) -> T {
        step(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.with(|body| Pin::new(body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.with(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.with(|body| body.size_hint())
    }
}

/// What forms and JSON have, and not what fills a disk.
const MOST: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::body::to_bytes;
    use axum::http::StatusCode;
    use axum::middleware::from_fn;
    use axum::routing::post;
    use tower::ServiceExt as _;

    use super::*;

    /// So many pieces of 1 KiB, or of nothing, counted when they are read.
    struct Pieces {
        left: usize,
        length: usize,
        read: Arc<AtomicUsize>,
    }

    impl HttpBody for Pieces {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            let Some(left) = self.left.checked_sub(1) else { return Poll::Ready(None) };
            self.left = left;
            self.read.fetch_add(1, Ordering::Relaxed);
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'a'; 1024]).slice(..self.length)))))
        }
    }

    fn app() -> Router {
        Router::new()
            .route("/refused", post(async || StatusCode::FORBIDDEN))
            .route("/read", post(async |body: Bytes| body.len().to_string()))
            .route("/echo", post(async |body: Body| body))
            .layer(from_fn(hear_out))
    }

    async fn send(path: &str, pieces: usize, expect: bool) -> (u16, usize, Bytes) {
        send_pieces(path, pieces, 1024, expect).await
    }

    async fn send_pieces(path: &str, pieces: usize, length: usize, expect: bool) -> (u16, usize, Bytes) {
        let read = Arc::new(AtomicUsize::new(0));
        let mut request = Request::post(path);
        if expect {
            request = request.header(EXPECT, "100-continue");
        }
        let body = Body::new(Pieces { left: pieces, length, read: read.clone() });
        let response = app().oneshot(request.body(body).unwrap()).await.unwrap();
        let (status, read) = (response.status().as_u16(), read.load(Ordering::Relaxed));
        (status, read, to_bytes(response.into_body(), usize::MAX).await.unwrap())
    }

    #[tokio::test]
    async fn a_client_that_is_refused_early_is_heard_out() {
        assert_eq!(send("/refused", 5, false).await, (403, 5, Bytes::new()));
        assert_eq!(send("/refused", 0, false).await, (403, 0, Bytes::new()));
    }

    #[tokio::test]
    async fn but_not_for_ever() {
        assert_eq!(send("/refused", 1_000_000, false).await, (403, 65, Bytes::new()));
        // Frames of HTTP/2 may be empty, and their number has no end.
        let (status, read, _) = send_pieces("/refused", 1_000_000, 0, false).await;
        assert_eq!((status, read), (403, 65_537));
    }

    #[tokio::test]
    async fn what_is_known_of_a_body_is_told() {
        let app = Router::new().route(
            "/",
            post(async |body: Body| format!("{:?} {}", body.size_hint().exact(), body.is_end_stream())),
        );
        let request = Request::post("/").body(Body::from("abc")).unwrap();
        let response = app.layer(from_fn(hear_out)).oneshot(request).await.unwrap();
        assert_eq!(to_bytes(response.into_body(), 64).await.unwrap(), "Some(3) false");
    }

    #[tokio::test]
    async fn who_waits_to_be_asked_for_the_body_is_not_asked() {
        assert_eq!(send("/refused", 5, true).await, (403, 0, Bytes::new()));
    }

    #[tokio::test]
    async fn what_a_handler_reads_is_whole() {
        assert_eq!(send("/read", 5, false).await, (200, 5, Bytes::from("5120")));
        let (status, read, echoed) = send("/echo", 100, false).await;
        // Nothing was read before somebody read the answer, and that is all of it.
        assert_eq!((status, read, echoed.len()), (200, 0, 102_400));
    }
}
