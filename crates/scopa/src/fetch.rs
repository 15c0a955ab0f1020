//! The few requests that scopa makes itself, and the limits they keep.

use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use http::header::{CONTENT_ENCODING, HeaderName};
use http::{HeaderMap, Request, Response, StatusCode, Uri};

/// A future in a box, to be carried out anywhere.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Reaches the network for a validator: one request, a task, a pause.
///
/// scopa gets metadata and keys with it, and asks the introspection endpoint; nothing else. The limits are kept by
/// scopa whatever the client does: `https` only except on loopback, no redirect followed, an answer of at most
/// 512 KiB, five seconds in all. With the feature `reqwest` there is `HttpClient`; with a client of your own:
///
/// ```
/// use std::time::Duration;
/// use http::{Request, Response};
/// use scopa::{BoxFuture, Fetch, FetchBody};
///
/// /// Answers every request with an empty object.
/// struct Nobody;
///
/// impl Fetch for Nobody {
///     fn fetch<'a>(
///         &'a self,
///         _: Request<Vec<u8>>,
///         body: &'a mut FetchBody,
///     ) -> BoxFuture<'a, Result<Response<()>, Box<dyn std::error::Error + Send + Sync>>> {
///         Box::pin(async {
///             body.push(b"{}")?;
///             Ok(Response::new(()))
///         })
///     }
///
///     // With tokio: `tokio::spawn(task)` and `Box::pin(tokio::time::sleep(time))`.
///     fn spawn(&self, task: BoxFuture<'static, ()>) {
///         std::thread::spawn(|| futures_util::FutureExt::now_or_never(task));
///     }
///
///     fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
///         Box::pin(std::future::pending())
///     }
/// }
/// # let metadata = scopa::Validator::builder("https://id.example.com", "https://api.example.com").discover(Nobody);
/// # assert!(metadata.build().is_ok());
/// ```
pub trait Fetch: Send + Sync + 'static {
    /// Sends one request, a GET without a body or a POST, and gives its answer: the head as the result, the content
    /// piece by piece to `body`, decoded.
    ///
    /// A redirect is an answer like any other, not to be followed. An error of `body` ends the transfer.
    ///
    /// # Errors
    /// No answer came, or not all of it. The text is for logs.
    fn fetch<'a>(
        &'a self,
        request: Request<Vec<u8>>,
        body: &'a mut FetchBody,
    ) -> BoxFuture<'a, Result<Response<()>, Box<dyn Error + Send + Sync>>>;

    /// Carries out a task apart from the request that noticed the need for it: a caller who hangs up changes nothing.
    ///
    /// A task that cannot be carried out is dropped. That is safe: scopa tries again later.
    fn spawn(&self, task: BoxFuture<'static, ()>);

    /// Waits.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;
}

impl<F: Fetch + ?Sized> Fetch for std::sync::Arc<F> {
    fn fetch<'a>(
        &'a self,
        request: Request<Vec<u8>>,
        body: &'a mut FetchBody,
    ) -> BoxFuture<'a, Result<Response<()>, Box<dyn Error + Send + Sync>>> {
        (**self).fetch(request, body)
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        (**self).spawn(task);
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        (**self).sleep(time)
    }
}

/// Takes the content of an answer, up to a limit.
///
/// ```
/// // Within an implementation of `Fetch`, for each piece that arrives:
/// fn arrived(body: &mut scopa::FetchBody, piece: &[u8]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
///     body.push(piece)
/// }
/// ```
pub struct FetchBody {
    bytes: Vec<u8>,
}

impl FetchBody {
    /// Takes the next piece.
    ///
    /// # Errors
    /// The answer is longer than the limit: stop reading, and pass the error on.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        if self.bytes.len().saturating_add(piece.len()) > LONGEST_ANSWER {
            return Err(Box::new(FetchError::new("too_long", TOO_LONG)));
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }
}

impl fmt::Debug for FetchBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FetchBody({} bytes)", self.bytes.len())
    }
}

/// An answer that came whole, within the limits.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Returns a header that stands once, as text.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Makes sure of status 200, the only one with something to read.
    pub(crate) fn ok(self) -> Result<Self, FetchError> {
        match self.status {
            StatusCode::OK => Ok(self),
            status => Err(FetchError::new("status", format!("status {}, expected 200", status.as_u16()))),
        }
    }
}

/// Why a fetch brought nothing: a stable code for metrics, and a text for logs that holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchError {
    pub(crate) code: &'static str,
    pub(crate) text: String,
}

impl FetchError {
    pub(crate) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// Says what was fetched.
    pub(crate) fn at(self, url: &str) -> Self {
        Self { text: format!("{url}: {}", self.text), ..self }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for FetchError {}

/// Sends a request and takes its answer, within the limits.
pub(crate) async fn exchange(fetch: &dyn Fetch, request: Request<Vec<u8>>) -> Result<Answer, FetchError> {
    let url = request.uri().to_string();
    let exchanged = within(fetch, LONGEST_EXCHANGE, exchange_at_leisure(fetch, request)).await;
    exchanged
        .unwrap_or_else(|| Err(FetchError::new("timeout", "no whole answer within 5 s")))
        .map_err(|error| error.at(&url))
}

async fn exchange_at_leisure(fetch: &dyn Fetch, request: Request<Vec<u8>>) -> Result<Answer, FetchError> {
    let mut body = FetchBody { bytes: Vec::new() };
    let (head, ()) = match fetch.fetch(request, &mut body).await {
        Ok(response) => response.into_parts(),
        Err(error) => return Err(failed(error)),
    };
    if head.status.is_redirection() && head.status != StatusCode::NOT_MODIFIED {
        let text = format!(
            "status {}: a redirect is not followed; configure the address it leads to",
            head.status.as_u16()
        );
        return Err(FetchError::new("redirect", text));
    }
    // RFC 9110 §8.4. What the client has decoded it does not name any more.
    if head
        .headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Err(FetchError::new("encoded", "the content is in a coding that the client did not decode"));
    }
    Ok(Answer { status: head.status, headers: head.headers, body: body.bytes })
}

fn failed(error: Box<dyn Error + Send + Sync>) -> FetchError {
    match error.downcast::<FetchError>() {
        Ok(error) => *error,
        Err(error) => FetchError::new("transport", chain(&*error)),
    }
}

/// Writes an error and what caused it, each cause once.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// Waits for a future, but not longer than `time`.
pub(crate) async fn within<T>(
    fetch: &dyn Fetch,
    time: Duration,
    future: impl Future<Output = T>,
) -> Option<T> {
    let mut future = pin!(future);
    let mut sleep = fetch.sleep(time);
    poll_fn(|context| {
        if let Poll::Ready(outcome) = future.as_mut().poll(context) {
            return Poll::Ready(Some(outcome));
        }
        sleep.as_mut().poll(context).map(|()| None)
    })
    .await
}

/// Reads an address that may be fetched from: `https`, or `http` on loopback.
///
/// Written so plainly that no two readers of URLs differ about its host.
pub(crate) fn address(text: &str) -> Result<Uri, &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !br#"\"<>^`{|}#"#.contains(&byte);
    if !text.bytes().all(is_plain) {
        return Err("is not a plain URL");
    }
    let uri: Uri = text.parse().map_err(|_| "is not a URL")?;
    let authority = uri.authority().ok_or("is not an absolute URL")?;
    if authority.as_str().contains('@') {
        return Err("has a user name in it");
    }
    let host = authority.host();
    let is_name = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if host.is_empty() || !(is_name || is_ipv6(host)) {
        return Err("has no plain host");
    }
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if is_loopback(&uri) => Ok(uri),
        Some("http") => Err("must be https: http is for loopback only"),
        _ => Err("must be https"),
    }
}

/// Tells whether an address is on this machine.
pub(crate) fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn is_ipv6(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inner.is_some_and(|inner| inner.parse::<IpAddr>().is_ok_and(|address| address.is_ipv6()))
}

/// 512 KiB: a key set of a thousand RSA keys fits.
const LONGEST_ANSWER: usize = 512 * 1024;
const TOO_LONG: &str = "the answer is longer than 512 KiB";

/// From the first connection attempt to the last byte.
const LONGEST_EXCHANGE: Duration = Duration::from_secs(5);
