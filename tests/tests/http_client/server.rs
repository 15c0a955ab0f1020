//! A server on loopback that answers with bytes, right or wrong, and remembers what it was asked.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

pub(crate) const CA: &str = include_str!("../../data/tls/ca.pem");

/// Runs until it is dropped.
pub(crate) struct Server {
    port: u16,
    scheme: &'static str,
    seen: Arc<Mutex<Vec<Seen>>>,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// A request, and on which connection it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) connection: usize,
    pub(crate) line: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Server {
    /// Answers every request with these bytes and keeps the connection.
    pub(crate) fn saying(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |client| client.write_all(&answer))
    }

    /// Answers the only request of each connection with these bytes, and hangs up.
    pub(crate) fn breaking_off_after(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |client| {
            client.write_all(&answer)?;
            Err(io::ErrorKind::ConnectionAborted.into())
        })
    }

    /// Hangs up where `answer` fails.
    pub(crate) fn start(answer: impl Fn(&mut dyn Write) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self::run("http", None, Arc::new(answer))
    }

    /// Is `localhost`, says the private CA.
    pub(crate) fn saying_over_tls(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        let data = concat!(env!("CARGO_MANIFEST_DIR"), "/data/tls");
        let certificate = CertificateDer::from_pem_file(format!("{data}/server.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(format!("{data}/server.key.pem")).unwrap();
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Self::run("https", Some(Arc::new(config)), Arc::new(move |client| client.write_all(&answer)))
    }

    fn run(scheme: &'static str, tls: Option<Arc<ServerConfig>>, answer: Arc<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (seen, stopping) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let thread = thread::spawn({
            let (seen, stopping) = (seen.clone(), stopping.clone());
            move || {
                for (connection, stream) in listener.incoming().enumerate() {
                    if stopping.load(Ordering::SeqCst) {
                        break;
                    }
                    let Ok(stream) = stream else { continue };
                    let (tls, seen, answer) = (tls.clone(), seen.clone(), answer.clone());
                    // Ends when the client hangs up, or is silent for too long.
                    thread::spawn(move || {
                        stream.set_read_timeout(Some(PATIENCE))?;
                        stream.set_write_timeout(Some(PATIENCE))?;
                        match tls {
                            None => converse(connection, stream, &seen, &*answer),
                            Some(config) => {
                                let tls = ServerConnection::new(config).map_err(io::Error::other)?;
                                converse(connection, StreamOwned::new(tls, stream), &seen, &*answer)
                            }
                        }
                    });
                }
            }
        });
        Self { port, scheme, seen, stopping, thread: Some(thread) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self, path: &str) -> String {
        let host = if self.scheme == "https" { "localhost" } else { "127.0.0.1" };
        format!("{}://{host}:{}{path}", self.scheme, self.port)
    }

    /// Returns the requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes it from `accept`.
        let woken = TcpStream::connect(("127.0.0.1", self.port));
        if let (Ok(_), Some(thread)) = (woken, self.thread.take()) {
            thread.join().unwrap();
        }
    }
}

impl Seen {
    /// Returns the values of all fields of a name.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let fields = self.fields.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        fields.map(|(_, value)| value.as_str()).collect()
    }
}

type Answer = dyn Fn(&mut dyn Write) -> io::Result<()> + Send + Sync;

fn converse(
    connection: usize,
    mut client: impl Read + Write,
    seen: &Mutex<Vec<Seen>>,
    answer: &Answer,
) -> io::Result<()> {
    loop {
        let request = read_request(connection, &mut client)?;
        seen.lock().unwrap().push(request);
        answer(&mut client)?;
        client.flush()?;
    }
}

fn read_request(connection: usize, client: &mut impl Read) -> io::Result<Seen> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.trim_end().split("\r\n");
    let line = lines.next().unwrap().to_owned();
    let fields = lines.map(|line| line.split_once(": ").unwrap());
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let mut request = Seen { connection, line, fields, body: String::new() };
    let length = request.values("content-length").first().map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    client.read_exact(&mut body)?;
    request.body = String::from_utf8(body).unwrap();
    Ok(request)
}

const PATIENCE: Duration = Duration::from_secs(20);
