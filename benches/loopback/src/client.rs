use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::{self, Runtime};
use tokio::time::timeout;

/// A client on one thread, with some connections that it keeps; each waits for an answer before it asks again.
///
/// It does as little as HTTP/1.1 allows, so that the server has the most to do.
#[derive(Debug)]
pub struct Client {
    runtime: Runtime,
    connections: Vec<Connection>,
    never_sleeps: bool,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

/// Requests to be sent once each, in any order.
#[derive(Debug)]
struct Queue {
    requests: Vec<Vec<u8>>,
    total: usize,
    next: AtomicUsize,
}

impl Client {
    /// Opens the connections.
    ///
    /// # Errors
    /// What the system says.
    pub fn connect(server: SocketAddr) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let connections = runtime.block_on(async {
            let mut connections = Vec::new();
            for _ in 0..CONNECTIONS {
                let stream = TcpStream::connect(server).await?;
                stream.set_nodelay(true)?;
                connections.push(Connection { stream, answer: Vec::with_capacity(4096) });
            }
            Ok::<_, io::Error>(connections)
        })?;
        Ok(Self { runtime, connections, never_sleeps: false })
    }

    /// Keeps the thread awake while it waits for answers.
    ///
    /// A server that is slower than the client wakes a sleeping one up with each answer, which on a virtual machine costs the
    /// server several microseconds that are not its own.
    pub fn never_sleeping(self) -> Self {
        Self { never_sleeps: true, ..self }
    }

    /// Sends one request, and returns the status of the answer and the answer.
    ///
    /// # Errors
    /// The connection broke, or the answer is none.
    pub fn ask(&mut self, request: &[u8]) -> io::Result<(u16, String)> {
        let Self { runtime, connections, .. } = self;
        runtime.block_on(async {
            let status = connections[0].ask(request).await?;
            Ok((status, String::from_utf8_lossy(&connections[0].answer).into_owned()))
        })
    }

    /// Prepares `total` requests, those that are given in turn. Each must be answered with 200.
    pub fn load(&mut self, requests: Vec<Vec<u8>>, total: usize) -> Load<'_> {
        let queue = Arc::new(Queue { requests, total, next: AtomicUsize::new(0) });
        Load { queue, connections: std::mem::take(&mut self.connections), client: self }
    }
}

/// Requests that are written and wait to be sent.
#[derive(Debug)]
pub struct Load<'a> {
    queue: Arc<Queue>,
    connections: Vec<Connection>,
    client: &'a mut Client,
}

impl Load<'_> {
    /// Sends them all, and returns when the last one is answered.
    ///
    /// # Errors
    /// A connection broke, or an answer was not 200.
    pub fn send(self) -> io::Result<()> {
        let Self { queue, connections, client } = self;
        client.connections = client.runtime.block_on(async {
            let never_sleeps = client.never_sleeps.then(|| tokio::spawn(forever_awake()));
            let work = |connection: Connection| tokio::spawn(connection.work(Arc::clone(&queue)));
            let workers: Vec<_> = connections.into_iter().map(work).collect();
            let mut back = Vec::new();
            for worker in workers {
                back.push(
                    timeout(PATIENCE, worker).await.map_err(io::Error::other)??.map_err(io::Error::other)?,
                );
            }
            if let Some(task) = never_sleeps {
                task.abort();
            }
            Ok::<_, io::Error>(back)
        })?;
        Ok(())
    }
}

async fn forever_awake() {
    loop {
        tokio::task::yield_now().await;
    }
}

impl Connection {
    async fn work(mut self, queue: Arc<Queue>) -> io::Result<Self> {
        loop {
            let at = queue.next.fetch_add(1, Ordering::Relaxed);
            if at >= queue.total {
                return Ok(self);
            }
            let status = self.ask(&queue.requests[at % queue.requests.len()]).await?;
            if status != 200 {
                return Err(io::Error::other(format!("a good request was answered with {status}")));
            }
        }
    }

    /// Sends a request, reads the whole answer and returns its status.
    async fn ask(&mut self, request: &[u8]) -> io::Result<u16> {
        let Self { stream, answer } = self;
        stream.write_all(request).await?;
        answer.clear();
        loop {
            if stream.read_buf(answer).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if let Some(status) = whole(answer)? {
                return Ok(status);
            }
        }
    }
}

/// Returns the status of an answer that has arrived completely. Its body is as long as `Content-Length` says.
fn whole(answer: &[u8]) -> io::Result<Option<u16>> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let malformed = || io::Error::new(ErrorKind::InvalidData, "an answer without status or length");
    let head = std::str::from_utf8(&answer[..end]).map_err(|_| malformed())?;
    let status = head.get(9..12).and_then(|digits| digits.parse().ok()).ok_or_else(malformed)?;
    let length = head.lines().filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())
    });
    let length = length.flatten().ok_or_else(malformed)?;
    Ok((answer.len() >= end + 4 + length).then_some(status))
}

/// How many connections a client keeps.
pub const CONNECTIONS: usize = 16;
/// Nothing takes that long; a server that hangs ends the benchmark.
const PATIENCE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_body_is_there() {
        let answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnone";
        for end in 0..answer.len() {
            assert!(whole(&answer[..end]).is_ok_and(|status| status.is_none()), "after {end} bytes");
        }
        assert!(whole(answer).is_ok_and(|status| status == Some(403)));
        assert!(whole(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
