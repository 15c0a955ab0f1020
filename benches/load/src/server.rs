use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use crate::core::keep_to;

/// A server that runs in a thread of its own until the program ends.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// Who answers, and where.
    pub(crate) candidates: Vec<Candidate>,
    /// The thread that answers, as Linux shows it.
    thread: PathBuf,
}

/// Who looks at tokens on a path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    /// The name in the names of figures.
    pub(crate) key: &'static str,
    /// The name and version in the tables.
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
}

/// Nobody: the path that is open.
pub(crate) const OPEN: Candidate = Candidate { key: "none", name: "no authentication", path: "/open" };

/// scopa, whatever the framework.
pub(crate) const SCOPA: Candidate = Candidate { key: "scopa", name: "scopa", path: "/scopa" };

impl Server {
    /// Starts a thread that serves on a free port of the loopback interface, on one core. It tells the name of the thread that
    /// answers, once it is known.
    pub(crate) fn start(
        candidates: Vec<Candidate>,
        core: usize,
        serve: impl FnOnce(TcpListener, mpsc::Sender<PathBuf>) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (tell, told) = mpsc::channel();
        thread::Builder::new().name("server".into()).spawn(move || {
            if let Err(error) = keep_to(core).and_then(|()| serve(listener, tell)) {
                eprintln!("the server ended: {error}");
            }
        })?;
        let thread = told.recv().map_err(|_| io::Error::other("the server did not start"))?;
        Ok(Self { address, candidates, thread })
    }

    /// Returns the seconds that the thread that answers has worked so far.
    pub(crate) fn worked(&self) -> f64 {
        work_of(&self.thread)
    }
}

/// Returns the seconds that a thread has worked so far; NaN where the system does not tell.
pub(crate) fn work_of(thread: &Path) -> f64 {
    let text = fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|number| number.parse::<f64>().ok());
    nanoseconds.map_or(f64::NAN, |nanoseconds| nanoseconds / 1e9)
}

/// Names the thread that calls it, for the others of the process.
pub(crate) fn this_thread() -> PathBuf {
    PathBuf::from("/proc").join(fs::read_link("/proc/thread-self").unwrap_or_default())
}
