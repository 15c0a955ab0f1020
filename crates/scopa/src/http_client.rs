//! The network by reqwest, on tokio.

use std::error::Error;
use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, Uri};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, NoProxy, Proxy, Url};
use tokio::runtime::Handle;

use crate::error::ConfigError;
use crate::fetch::{BoxFuture, Fetch, FetchBody, chain};

/// Reaches the network over HTTP/1.1, with TLS by rustls.
///
/// Servers are trusted as the machine trusts them: by the roots of the platform, on Unix those in `SSL_CERT_FILE`
/// and `SSL_CERT_DIR` where these are set. No redirect is followed, no cookie kept, and no proxy used but that of
/// [`with_proxy`](Self::with_proxy), whatever the environment says. Clones share their connections.
///
/// ```
/// use scopa::{Fetch, FetchBody, HttpClient};
/// # use futures_util::FutureExt as _;
///
/// // What a validator does with it.
/// async fn get(client: &HttpClient, url: &str) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
///     let mut body = FetchBody::new();
///     client.fetch(http::Request::get(url).body(Vec::new())?, &mut body).await?;
///     Ok(body.bytes().to_vec())
/// }
///
/// let client = HttpClient::new()?;
/// let answer = get(&client, "https://id.example.com/keys");
/// // Nobody has started tokio here.
/// # let answer = answer.now_or_never().unwrap();
/// assert!(answer.unwrap_err().to_string().starts_with("no tokio runtime"));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
///
/// # Runtime
/// It works on the tokio runtime that it is called from, with I/O and time enabled: `#[tokio::main]`,
/// `#[actix_web::main]`, and a runtime of your own after `Builder::enable_all()`. Where one of the two is missing,
/// tokio itself panics, and cannot be asked before. Outside of a runtime nothing is fetched, and the log says so.
///
/// A connection lives on the runtime that opened it. Those of an actix-web worker that stopped are dead and are not
/// used again; one that another worker uses at that very moment breaks, which is an error like any other.
#[derive(Clone)]
pub struct HttpClient {
    client: Client,
    /// Trusted beside the roots of the platform.
    roots: Arc<[Certificate]>,
}

impl HttpClient {
    /// Makes a client that trusts the roots of the platform.
    ///
    /// They are read from files here, and no connection is opened.
    ///
    /// ```
    /// let client = scopa::HttpClient::new()?;
    /// assert_eq!(format!("{client:?}"), "HttpClient { .. }");
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// There are none, as in an image without `ca-certificates`.
    pub fn new() -> Result<Self, ConfigError> {
        let client = builder(&[]).build().map_err(|error| {
            let problem = format!(
                "{}; expected root certificates of the platform (a package such as `ca-certificates`) or those of \
                 `HttpClient::with_root_certificates`",
                cause(&error)
            );
            ConfigError::new("HttpClient::new", problem)
        })?;
        Ok(Self { client, roots: Arc::new([]) })
    }

    /// Makes a client that trusts the roots of the platform and these beside them: for a provider with a private CA.
    ///
    /// ```
    /// let error = scopa::HttpClient::with_root_certificates("a file that is no PEM").unwrap_err();
    /// assert_eq!(error.setting(), "with_root_certificates");
    /// assert!(error.to_string().contains("-----BEGIN CERTIFICATE-----"));
    /// ```
    ///
    /// # Errors
    /// The PEM holds no certificate, or a malformed one. On Android nothing can be trusted beside the platform's.
    pub fn with_root_certificates(pem: &str) -> Result<Self, ConfigError> {
        let wrong = |problem: String| ConfigError::new("with_root_certificates", problem);
        let roots: Arc<[Certificate]> = Certificate::from_pem_bundle(pem.as_bytes())
            .map_err(|error| wrong(format!("expected certificates in PEM: {}", cause(&error))))?
            .into();
        if roots.is_empty() {
            return Err(wrong("expected PEM with at least one `-----BEGIN CERTIFICATE-----`".to_owned()));
        }
        let client = builder(&roots)
            .build()
            .map_err(|error| wrong(format!("expected certificates to trust: {}", cause(&error))))?;
        Ok(Self { client, roots })
    }

    /// Goes through a proxy, `http://host:port` or `https://user:password@host:port`.
    ///
    /// What is on loopback is asked directly. That keeps `http` on this machine.
    ///
    /// ```
    /// use scopa::HttpClient;
    ///
    /// let client = HttpClient::new()?.with_proxy("http://scopa:secret@proxy.example.com:3128")?;
    /// assert!(!format!("{client:?}").contains("secret"));
    ///
    /// let error = HttpClient::new()?.with_proxy("socks5://proxy.example.com").unwrap_err();
    /// assert_eq!(error.to_string(), "with_proxy: expected a URL such as `http://proxy.example.com:3128`");
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// It is not the URL of an HTTP proxy. The error does not repeat it: there may be a password in it.
    pub fn with_proxy(self, url: &str) -> Result<Self, ConfigError> {
        let wrong =
            || ConfigError::new("with_proxy", "expected a URL such as `http://proxy.example.com:3128`");
        let url = Url::parse(url).map_err(|_| wrong())?;
        // reqwest reads it once more, as a `Uri`, and without a word takes no proxy if that fails.
        let uri: Uri = url.as_str().parse().map_err(|_| wrong())?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(wrong());
        }
        let proxy = Proxy::https(url).map_err(|_| wrong())?.no_proxy(NoProxy::from_string(LOOPBACK));
        let client = builder(&self.roots).proxy(proxy).build();
        let client = client.map_err(|error| ConfigError::new("with_proxy", cause(&error)))?;
        Ok(Self { client, ..self })
    }
}

impl Fetch for HttpClient {
    fn fetch<'a>(
        &'a self,
        request: Request<Vec<u8>>,
        body: &'a mut FetchBody,
    ) -> BoxFuture<'a, Result<Response<()>, Box<dyn Error + Send + Sync>>> {
        Box::pin(async move {
            if Handle::try_current().is_err() {
                return Err(OUTSIDE.into());
            }
            let request = request.try_into().map_err(reqwest::Error::without_url)?;
            let mut response = self.client.execute(request).await.map_err(reqwest::Error::without_url)?;
            while let Some(piece) = response.chunk().await.map_err(reqwest::Error::without_url)? {
                body.push(&piece)?;
            }
            let mut head = Response::new(());
            *head.status_mut() = response.status();
            *head.version_mut() = response.version();
            *head.headers_mut() = std::mem::take(response.headers_mut());
            Ok(head)
        })
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(task)),
            Err(_) => tracing::error!(target: "scopa", detail = OUTSIDE, "task dropped"),
        }
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        // Begins when it is polled: where it is made there may be no runtime yet, and tokio would panic.
        Box::pin(async move {
            match Handle::try_current() {
                Ok(_) => tokio::time::sleep(time).await,
                Err(_) => pending().await,
            }
        })
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The settings of a proxy hold its password.
        f.debug_struct("HttpClient").finish_non_exhaustive()
    }
}

/// Decides what other crates could decide by turning on a feature of reqwest, too.
fn builder(roots: &[Certificate]) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("scopa/", env!("CARGO_PKG_VERSION")))
        .tls_backend_rustls()
        .tls_certs_merge(roots.iter().cloned())
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        // One request at a time on a connection, so that two runtimes never share one.
        .http1_only()
        .gzip(true)
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .connect_timeout(LONGEST_CONNECT)
        .pool_max_idle_per_host(MOST_IDLE)
        .pool_idle_timeout(LONGEST_IDLE)
}

/// Writes what is wrong with the settings, without reqwest's word that it is about them.
fn cause(error: &reqwest::Error) -> String {
    error.source().map_or_else(|| error.to_string(), chain)
}

const OUTSIDE: &str =
    "no tokio runtime here: serve on tokio, or implement `Fetch` for the runtime that you have";

/// What no proxy is asked for.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

const LONGEST_CONNECT: Duration = Duration::from_secs(5);

/// Enough for an introspection endpoint under load, without a new connection for each token.
const MOST_IDLE: usize = 8;

/// Shorter than servers wait (Node.js and Apache: 5 s), so that no request meets a connection that is being closed.
const LONGEST_IDLE: Duration = Duration::from_secs(4);
