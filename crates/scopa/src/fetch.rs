//! The few requests that scopa makes itself, and the limits they keep.

use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use http::header::{CONTENT_ENCODING, HeaderName};
use http::{HeaderMap, Request, Response, StatusCode, Uri};

/// A future in a box, to be carried out anywhere.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Reaches the network for a validator: one request, a task, a pause.
///
/// scopa gets metadata and keys with it, and asks the introspection endpoint; nothing else. It keeps the limits itself:
/// `https` only except on loopback, an answer of at most 256 KiB (a key set: 512 KiB), five seconds in all. With the feature `reqwest` there is `HttpClient`; with a client of your own:
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
///     fn spawn(&self, task: BoxFuture<'static, ()>) {
///         tokio::spawn(task);
///     }
///
///     fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
///         Box::pin(tokio::time::sleep(time))
///     }
/// }
/// # let metadata = scopa::Validator::builder("https://id.example.com", "https://api.example.com").discover(Nobody);
/// # assert!(metadata.build().is_ok());
/// ```
///
/// # Security
/// Three things only the client can see to: that no redirect is followed, that certificates are checked, and that
/// [`sleep`](Self::sleep) ends, by which scopa bounds its waiting.
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
    limit: usize,
    is_over: bool,
}

impl FetchBody {
    /// Makes an empty one, for tests of an implementation of [`Fetch`].
    ///
    /// ```
    /// let mut body = scopa::FetchBody::new();
    /// assert!(body.push(b"{}").is_ok());
    /// assert!(body.push(&[b' '; 1_000_000]).is_err());
    /// assert_eq!(body.bytes(), b"{}");
    /// ```
    pub fn new() -> Self {
        Self::up_to(LONGEST_ANSWER)
    }

    fn up_to(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit, is_over: false }
    }

    /// Returns what has arrived so far.
    ///
    /// ```
    /// let mut body = scopa::FetchBody::new();
    /// for piece in ["{\"keys\"", ":[]}"] {
    ///     body.push(piece.as_bytes())?;
    /// }
    /// assert_eq!(body.bytes(), br#"{"keys":[]}"#);
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// The answer is longer than the limit: stop reading, and pass the error on.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.is_over |= self.bytes.len().saturating_add(piece.len()) > self.limit;
        if self.is_over {
            return Err(Box::new(self.too_long()));
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    fn too_long(&self) -> FetchError {
        FetchError::new("too_long", format!("the answer is longer than {} KiB", self.limit / 1024))
    }
}

impl Default for FetchBody {
    fn default() -> Self {
        Self::new()
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

    /// Says what was fetched. A query is left out: there may be a key in it.
    pub(crate) fn at(self, url: &str) -> Self {
        let url = url.split('?').next().unwrap_or_default();
        Self { text: format!("{url}: {}", self.text), ..self }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for FetchError {}

/// Sends a request and takes its answer, within the limits: `limit` is the most bytes of content.
pub(crate) async fn exchange(
    fetch: &dyn Fetch,
    request: Request<Vec<u8>>,
    limit: usize,
) -> Result<Answer, FetchError> {
    let url = request.uri().clone();
    let exchanged = within(fetch, LONGEST_EXCHANGE, exchange_at_leisure(fetch, request, limit)).await;
    exchanged
        .unwrap_or_else(|| Err(FetchError::new("timeout", "no whole answer within 5 s")))
        .map_err(|error| error.at(&url.to_string()))
}

async fn exchange_at_leisure(
    fetch: &dyn Fetch,
    request: Request<Vec<u8>>,
    limit: usize,
) -> Result<Answer, FetchError> {
    let mut body = FetchBody::up_to(limit);
    let response = fetch.fetch(request, &mut body).await;
    // Whatever the client made of the error.
    if body.is_over {
        return Err(body.too_long());
    }
    let (head, ()) = response.map_err(|error| FetchError::new("transport", chain(&*error)))?.into_parts();
    if head.status.is_redirection() && head.status != StatusCode::NOT_MODIFIED {
        let text = format!(
            "status {}: a redirect is not followed; configure the address it leads to",
            head.status.as_u16()
        );
        return Err(FetchError::new("redirect", text));
    }
    // RFC 9110 §8.4. What the client has decoded it does not name any more.
    let mut codings = head.headers.get_all(CONTENT_ENCODING).iter();
    let is_coded = codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    if is_coded && head.status == StatusCode::OK {
        return Err(FetchError::new("encoded", "the content is in a coding that the client did not decode"));
    }
    Ok(Answer { status: head.status, headers: head.headers, body: body.bytes })
}

/// Writes an error and what caused it, each cause once.
pub(crate) fn chain(error: &dyn Error) -> String {
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
    // Nothing else stands there, so that whoever connects to the whole of it connects to the host.
    let port = authority.as_str().strip_prefix(host).ok_or("has no plain host")?;
    if !(port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())) {
        return Err("has no plain host and port");
    }
    if !(is_name(host) || is_ipv4(host) || ipv6(host).is_some()) {
        return Err("has no plain host");
    }
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if is_loopback(&uri) => Ok(uri),
        Some("http") => Err("must be https: http is for loopback only"),
        _ => Err("must be https"),
    }
}

/// Tells whether an address, as [`address`] takes it, is on this machine.
pub(crate) fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let is_here = |address: IpAddr| address.is_loopback() || address.is_unspecified();
    host.eq_ignore_ascii_case("localhost")
        || host.parse().is_ok_and(is_here)
        || ipv6(host).is_some_and(|address| is_here(address.to_canonical()))
}

/// Tells whether a host is a name. One whose last part is a number is not: some read `127.1` and `0x7f.1` as addresses.
fn is_name(host: &str) -> bool {
    let is_plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let last = host.rsplit('.').next().unwrap_or_default();
    is_plain && last.starts_with(|first: char| first.is_ascii_alphabetic())
}

/// Tells whether a host is an address as four decimal numbers, the one spelling that all readers have in common.
fn is_ipv4(host: &str) -> bool {
    host.parse::<Ipv4Addr>().is_ok()
}

fn ipv6(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// The most that an answer may hold, a key set apart.
pub(crate) const LONGEST_ANSWER: usize = 256 * 1024;

/// From the first connection attempt to the last byte.
const LONGEST_EXCHANGE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_and_loopback_may_be_asked_and_nothing_else() {
        for url in [
            "https://id.example.com",
            "https://id.example.com:8443/realms/a%20b/certs?x=1",
            "https://192.0.2.1/jwks",
            "https://[2001:db8::1]:8443/jwks",
            "HTTPS://ID.example.com/",
            "http://127.0.0.1:9400/jwks.json",
            "http://127.8.9.10/",
            "http://localhost:8080/jwks.json",
            "http://LOCALHOST/",
            "http://[::1]:9400/jwks.json",
        ] {
            assert!(address(url).is_ok(), "{url}");
        }
        for (url, why) in [
            ("http://id.example.com/jwks", "must be https"),
            ("http://127.0.0.1.example.com/", "must be https"),
            ("http://localhost.example.com/", "must be https"),
            // Other readers take these for loopback, or for something else yet.
            ("http://127.1/", "no plain host"),
            ("https://127.1/", "no plain host"),
            ("https://2130706433/", "no plain host"),
            ("https://0x7f.0.0.1/", "no plain host"),
            ("https://0x7f.1/", "no plain host"),
            ("https://0177.0.0.1/", "no plain host"),
            ("https://127.0.0.1./", "no plain host"),
            ("https://localhost./", "no plain host"),
            ("http://[::1].evil.example/", ""),
            ("http://[::1]evil.example/", ""),
            ("http://localhost:evil.example/", ""),
            ("http://localhost:99999/", ""),
            ("http://169.254.169.254/latest/meta-data", "must be https"),
            ("ftp://127.0.0.1/", "must be https"),
            ("file:///etc/passwd", ""),
            ("https://user@id.example.com/", "user name"),
            ("https://id.example.com@evil.example/", "user name"),
            ("https://id.example.com\\@evil.example/", "not a plain URL"),
            ("https://id.example.com/#fragment", "not a plain URL"),
            ("https://id.example.com/ x", "not a plain URL"),
            ("https://id.exämple.com/", "not a plain URL"),
            ("https://id.example.com/\n", "not a plain URL"),
            ("https://%65vil.example/", ""),
            ("https:///jwks", ""),
            ("//id.example.com/jwks", ""),
            ("/jwks", ""),
            ("id.example.com", ""),
            ("", ""),
        ] {
            let error = address(url).err().unwrap_or_else(|| panic!("{url} was taken"));
            assert!(error.contains(why), "{url}: {error}");
        }
    }

    #[test]
    fn what_is_on_this_machine_is_known_in_every_spelling() {
        for (url, expected) in [
            ("https://localhost/", true),
            ("https://127.0.0.1/", true),
            ("https://127.255.255.254/", true),
            ("https://0.0.0.0/", true),
            ("https://[::1]/", true),
            ("https://[::]/", true),
            ("https://[::ffff:127.0.0.1]/", true),
            ("https://[2001:db8::1]/", false),
            ("https://id.example.com/", false),
            ("https://192.0.2.1/", false),
        ] {
            assert_eq!(address(url).map(|uri| is_loopback(&uri)), Ok(expected), "{url}");
        }
    }

    #[test]
    fn a_body_is_taken_up_to_its_limit_and_not_a_byte_more() {
        let mut body = FetchBody::up_to(2048);
        assert!(body.push(&[7; 2000]).is_ok());
        assert!(body.push(&[7; 48]).is_ok());
        assert!(body.push(&[]).is_ok());
        let error = body.push(&[7; 1]).unwrap_err();
        assert_eq!(error.to_string(), "the answer is longer than 2 KiB");
        assert_eq!(body.bytes.len(), 2048);
        // Nor anything smaller after it: that would be another text.
        assert!(body.push(&[]).is_err() && body.is_over);
    }

    #[test]
    fn an_error_is_told_with_its_causes_once_each() {
        #[derive(Debug)]
        struct Layer(&'static str, Option<Box<Layer>>);
        impl fmt::Display for Layer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }
        impl Error for Layer {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                self.1.as_deref().map(|cause| cause as _)
            }
        }
        let refused = Layer("connection refused", None);
        let again = Layer("connection refused", Some(Box::new(refused)));
        let error = Layer("cannot send the request", Some(Box::new(again)));
        assert_eq!(chain(&error), "cannot send the request: connection refused");
    }
}
