//! A client that sends what it is told, from the loopback address that it is told.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::net::TcpSocket;

/// A request as it goes over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: &'static str,
    target: String,
    fields: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    from: Ipv4Addr,
}

pub(crate) fn get(target: impl Into<String>) -> Request {
    Request::new("GET", target)
}

pub(crate) fn post(target: impl Into<String>) -> Request {
    Request::new("POST", target)
}

impl Request {
    pub(crate) fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            fields: Vec::new(),
            body: Vec::new(),
            from: Ipv4Addr::LOCALHOST,
        }
    }

    /// Adds a header field, whatever its value.
    pub(crate) fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.fields.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    pub(crate) fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.field("Content-Type", content_type)
    }

    pub(crate) fn form(self, form: &[(&str, &str)]) -> Self {
        self.body(FORM, encoded(form))
    }

    /// Authenticates as RFC 6749 §2.3.1 says: both encoded as in a form.
    pub(crate) fn basic(self, id: &str, secret: &str) -> Self {
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        self.raw_basic(format!("{}:{}", encode(id), encode(secret)))
    }

    /// Authenticates as many clients do: with nothing encoded.
    pub(crate) fn raw_basic(self, credentials: impl AsRef<[u8]>) -> Self {
        self.field("Authorization", format!("Basic {}", STANDARD.encode(credentials)))
    }

    /// Sends it from another address of the loopback network.
    pub(crate) fn from(self, from: impl Into<Ipv4Addr>) -> Self {
        Self { from: from.into(), ..self }
    }

    /// Returns the request as it goes over the wire, over a connection of its own.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes =
            format!("{} {} HTTP/1.1\r\nHost: id.example\r\n", self.method, self.target).into_bytes();
        bytes.extend(format!("Connection: close\r\nContent-Length: {}\r\n", self.body.len()).as_bytes());
        for (name, value) in &self.fields {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        [&bytes[..], b"\r\n", &self.body].concat()
    }

    /// Sends it over a connection of its own.
    pub(crate) fn send(&self, server: SocketAddr) -> io::Result<Answer> {
        let text = exchange(connect(self.from, server)?, &self.bytes(), Then::Listen)?;
        Answer::read(&text, self.method == "HEAD")
            .ok_or_else(|| io::Error::other(format!("not an HTTP answer: {text:?}")))
    }
}

/// What a client does once it has sent what it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Listen,
    /// Says that no more will come.
    HangUp,
}

/// Sends bytes and returns what is answered: nothing, if the server just closes the connection.
pub(crate) fn send_bytes(server: SocketAddr, bytes: &[u8], then: Then) -> io::Result<Option<Answer>> {
    let text = match exchange(connect(Ipv4Addr::LOCALHOST, server)?, bytes, then) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
        text => text?,
    };
    if text.is_empty() {
        return Ok(None);
    }
    let answer = Answer::read(&text, false);
    answer.map(Some).ok_or_else(|| io::Error::other(format!("not an HTTP answer: {text:?}")))
}

fn exchange(mut stream: TcpStream, bytes: &[u8], then: Then) -> io::Result<String> {
    // A server that refuses half-way closes its side: what it said before is still to be read.
    if stream.write_all(bytes).is_ok() && then == Then::HangUp {
        stream.shutdown(Shutdown::Write)?;
    }
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if answer.is_empty() => return Err(error),
        _ => {}
    }
    String::from_utf8(answer).map_err(io::Error::other)
}

fn connect(from: Ipv4Addr, server: SocketAddr) -> io::Result<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let stream = runtime.block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        socket.connect(server).await?.into_std()
    })?;
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// An answer without what is the server's own business: dates, lengths, connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Sorted; names in lower case.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    fn read(text: &str, is_head: bool) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let (start, fields) = head.split_once("\r\n")?;
        let status = start.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
        let pairs = fields.split("\r\n").map(|line| line.split_once(':'));
        let pairs: Option<Vec<_>> = pairs
            .map(|pair| pair.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())))
            .collect();
        let (own, mut fields): (Vec<_>, Vec<_>) =
            pairs?.into_iter().partition(|(name, _)| SERVERS_OWN.contains(&&**name));
        let length = own.iter().find(|(name, _)| name == "content-length");
        let announced = length.map_or(Some(0), |(_, length)| length.parse::<usize>().ok())?;
        if body.len() != if is_head { 0 } else { announced } {
            return None;
        }
        fields.sort();
        Some(Self { status, fields, body: body.to_owned() })
    }

    /// Returns all values of a field, one after the other.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|(other, _)| other == name).map(|(_, value)| &**value).collect()
    }

    /// Returns the value of a field that comes once.
    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        match self.all(name)[..] {
            [value] => Some(value),
            _ => None,
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// Returns a member of the body that is a string.
    pub(crate) fn text(&self, member: &str) -> Option<String> {
        self.json().get(member)?.as_str().map(str::to_owned)
    }

    /// Returns a parameter of the address that the answer sends to, if it is there once.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.one("location")?.split_once('?')?;
        let mut found = form_urlencoded::parse(query.as_bytes()).filter(|(other, _)| other == name);
        let (_, value) = found.next()?;
        found.next().is_none().then(|| value.into_owned())
    }
}

pub(crate) fn encoded(form: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
const SERVERS_OWN: [&str; 4] = ["date", "connection", "content-length", "keep-alive"];
const PATIENCE: Duration = Duration::from_secs(10);
