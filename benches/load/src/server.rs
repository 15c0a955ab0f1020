use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::mpsc;

use loopback::work_of;

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
    /// Starts a thread that serves, as [`loopback::serve`] says.
    pub(crate) fn start(
        candidates: Vec<Candidate>,
        core: usize,
        serve: impl FnOnce(TcpListener, mpsc::Sender<PathBuf>) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        let (address, thread) = loopback::serve(core, serve)?;
        Ok(Self { address, candidates, thread })
    }

    /// Returns the seconds that the thread that answers has worked so far.
    pub(crate) fn worked(&self) -> f64 {
        work_of(&self.thread)
    }
}
