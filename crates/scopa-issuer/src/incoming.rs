//! A request whose body is still to come.

use std::future::{Future, poll_fn};
use std::pin::pin;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{Request, Response};
use http_body::Body;

use crate::answer;
use crate::error::{ErrorCode, OAuthError};
use crate::issuer::Issuer;

impl Issuer {
    /// Reads the body of a request, and answers it: what the adapters call.
    ///
    /// Of the body no more is kept than one byte beyond [`body_limit`](Self::body_limit): enough to see that it is too long. A
    /// body that breaks off is answered with 400. How long it may take to come is for the server to say, as for every other
    /// route.
    ///
    /// ```
    /// # futures_util::FutureExt::now_or_never(async {
    /// let dev = scopa_issuer::DevIssuer::new("http://127.0.0.1:9000", "https://api.example.com")?;
    /// let request = http::Request::post("/oauth2/token")
    ///     .header("content-type", "application/x-www-form-urlencoded")
    ///     .body("grant_type=client_credentials".to_owned())?;
    /// // It does not say who asks.
    /// assert_eq!(dev.issuer().receive(request).await.status(), 401);
    /// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn receive<B: Body>(&self, request: Request<B>) -> impl Future<Output = Response<Bytes>> + use<B> {
        let issuer = self.clone();
        async move {
            let (parts, body) = request.into_parts();
            match read(body, issuer.body_limit().saturating_add(1)).await {
                Some(body) => issuer.respond(Request::from_parts(parts, body)).await,
                None => answer::refusal(&BROKEN_OFF),
            }
        }
    }
}

/// Reads until the body ends or `most` bytes are there; `None` if it breaks off.
async fn read<B: Body>(body: B, most: usize) -> Option<Bytes> {
    let mut body = pin!(body);
    let mut read = BytesMut::new();
    while read.len() < most
        && let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await
    {
        // The other kind of frame, trailers, says nothing here.
        if let Ok(data) = frame.ok()?.into_data() {
            let room = most.saturating_sub(read.len());
            read.put(bytes::Buf::take(data, room));
        }
    }
    Some(read.freeze())
}

/// RFC 9112 §8: a request that is not all there is not to be carried out.
const BROKEN_OFF: OAuthError =
    OAuthError::new(ErrorCode::InvalidRequest, "the body could not be read to its end");
