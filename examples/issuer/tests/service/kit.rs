use std::error::Error;
use std::future::pending;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use example_issuer::{Patience, app, issuer, serve};
use scopa_axum::issuer::{ClientDraft, Issuer, MemoryStore};
use scopa_testing::ManualClock;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The service on a free port of loopback.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) issuer: Issuer,
    pub(crate) clock: ManualClock,
}

impl Service {
    pub(crate) async fn start() -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let clock = ManualClock::at(1_795_780_800);
        let origin = format!("http://{address}");
        let issuer = issuer(&origin, &folder("service"), MemoryStore::new(), Arc::new(clock.clone()))?;
        tokio::spawn(serve(listener, app(&issuer)?, Patience::default(), pending()));
        Ok(Self { address, issuer, clock })
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes a client, and returns its id and its secret, if it has one.
    pub(crate) async fn client(&self, draft: ClientDraft) -> Outcome<(String, String)> {
        let (client, secret) = self.issuer.clients().create(draft).await?;
        Ok((client.id().to_owned(), secret.map(|secret| secret.as_str().to_owned()).unwrap_or_default()))
    }

    /// Sends a request, and returns the answer.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        body: &str,
    ) -> Outcome<Answer> {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        request += &format!("Content-Length: {}\r\n", body.len());
        for (name, value) in fields {
            request += &format!("{name}: {value}\r\n");
        }
        let mut stream = timeout(LONGEST, TcpStream::connect(self.address)).await??;
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).await?;
        let mut text = String::new();
        timeout(LONGEST, stream.read_to_string(&mut text)).await??;
        let (head, body) = text.split_once("\r\n\r\n").ok_or("no answer")?;
        let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
        Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
    }

    /// Asks the token endpoint, or another one for clients, by Basic.
    pub(crate) async fn ask(
        &self,
        path: &str,
        (id, secret): &(String, String),
        form: &str,
    ) -> Outcome<Answer> {
        let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        self.send("POST", path, &[("Content-Type", FORM), ("Authorization", &basic)], form).await
    }

    /// Calls the API.
    pub(crate) async fn call(&self, method: &str, path: &str, token: &str) -> Outcome<u16> {
        let bearer = format!("Bearer {token}");
        Ok(self.send(method, path, &[("Authorization", &bearer)], "").await?.status)
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// Returns all values of a header field.
    pub(crate) fn fields(&self, name: &str) -> Vec<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    pub(crate) fn json(&self) -> Outcome<Value> {
        Ok(serde_json::from_str(&self.body)?)
    }

    /// Returns a text of the answer's JSON.
    pub(crate) fn text(&self, name: &str) -> Outcome<String> {
        Ok(self
            .json()?
            .get(name)
            .and_then(Value::as_str)
            .ok_or(format!("no `{name}` in {self:?}"))?
            .to_owned())
    }

    /// Returns a parameter of the address that it sends the browser to.
    pub(crate) fn sent_with(&self, name: &str) -> Option<String> {
        let (_, query) = self.fields("location").first()?.split_once('?')?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }
}

/// Returns a new folder below that of the build.
pub(crate) fn folder(name: &str) -> PathBuf {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}-{number}", std::process::id()));
    // Left by a former process with the same number.
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const LONGEST: Duration = Duration::from_secs(60);
