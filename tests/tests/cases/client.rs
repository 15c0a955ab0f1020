//! A client that sends what it is told, byte for byte.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A request as it goes over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: &'static str,
    target: String,
    fields: Vec<u8>,
    body: &'static str,
}

impl Request {
    pub(crate) fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), fields: Vec::new(), body: "" }
    }

    /// Adds a header field, whatever its value.
    pub(crate) fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        for part in [name.as_bytes(), b": ", value.as_ref(), b"\r\n"] {
            self.fields.extend(part);
        }
        self
    }

    pub(crate) fn authorization(self, value: impl AsRef<[u8]>) -> Self {
        self.field("Authorization", value)
    }

    pub(crate) fn bearer(self, token: impl AsRef<str>) -> Self {
        self.authorization(format!("Bearer {}", token.as_ref()))
    }

    pub(crate) fn body(self, body: &'static str) -> Self {
        let length = body.len().to_string();
        Self { body, ..self }.field("Content-Length", length)
    }

    /// Tells whether the answer has no content, whatever its fields say (RFC 9110 §9.3.2).
    pub(crate) fn is_head(&self) -> bool {
        self.method == "HEAD"
    }

    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// Returns what must never come back: the signature of the token, or its end.
    pub(crate) fn secret(&self) -> Option<String> {
        let fields = String::from_utf8_lossy(&self.fields).into_owned();
        let secret = fields.split(['.', ' ', ',', '\r']).map(str::trim).rfind(|part| part.len() > 60)?;
        secret.get(secret.len() - 40..).map(str::to_owned)
    }

    fn bytes(&self) -> Vec<u8> {
        let head = format!(
            "{} {} HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n",
            self.method, self.target
        );
        [head.as_bytes(), &self.fields, b"\r\n", self.body.as_bytes()].concat()
    }
}

pub(crate) fn get(target: impl Into<String>) -> Request {
    Request::new("GET", target)
}

/// An answer, as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) challenges: Vec<String>,
    pub(crate) body: String,
    pub(crate) content_type: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) retry_after: Option<String>,
}

/// What came back: all of it as text, and the part that is compared.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) text: String,
    pub(crate) answer: Answer,
}

/// Sends a request over a connection of its own. `None` if the server closes it without a word.
pub(crate) fn send(server: SocketAddr, request: &Request) -> io::Result<Option<Received>> {
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // A server that refuses half-way closes its side: what it said before is still to be read.
    let _ = stream.write_all(&request.bytes());
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Err(error) if bytes.is_empty() && error.kind() != io::ErrorKind::ConnectionReset => {
            return Err(error);
        }
        _ if bytes.is_empty() => return Ok(None),
        _ => {}
    }
    let text = String::from_utf8(bytes).map_err(io::Error::other)?;
    match read(&text, request.is_head()) {
        Some(answer) => Ok(Some(Received { text, answer })),
        None => Err(io::Error::other(format!("not an HTTP answer: {text:?}"))),
    }
}

fn read(text: &str, is_head: bool) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let (start, fields) = head.split_once("\r\n")?;
    let status = start.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let all = |wanted: &str| -> Vec<String> {
        let fields = fields.split("\r\n").filter_map(|line| line.split_once(':'));
        let named = fields.filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        named.map(|(_, value)| value.trim().to_owned()).collect()
    };
    // Twice is as wrong as another value: both are joined and then differ.
    let one = |wanted: &str| Some(all(wanted)).filter(|all| !all.is_empty()).map(|all| all.join(" AND "));
    let announced = one("content-length").map_or(Some(0), |length| length.parse::<usize>().ok())?;
    if body.len() != if is_head { 0 } else { announced } {
        return None;
    }
    Some(Answer {
        status,
        challenges: all("www-authenticate"),
        body: body.to_owned(),
        content_type: one("content-type"),
        cache_control: one("cache-control"),
        retry_after: one("retry-after"),
    })
}

const PATIENCE: Duration = Duration::from_secs(10);
