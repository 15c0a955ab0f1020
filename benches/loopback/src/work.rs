use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::{fs, io, thread};

use crate::core::keep_to;

/// Starts a thread that serves on a free port of the loopback interface, on one core, until the program ends. It tells the name
/// of the thread that answers, once it is known. Returns the address and that name.
///
/// # Errors
/// The system gives no port or no thread, or the server ends before it begins.
pub fn serve(
    core: usize,
    serve: impl FnOnce(TcpListener, mpsc::Sender<PathBuf>) -> io::Result<()> + Send + 'static,
) -> io::Result<(SocketAddr, PathBuf)> {
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
    Ok((address, thread))
}

/// Returns the seconds that a thread has worked so far; NaN where the system does not tell.
pub fn work_of(thread: &Path) -> f64 {
    let text = fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|number| number.parse::<f64>().ok());
    nanoseconds.map_or(f64::NAN, |nanoseconds| nanoseconds / 1e9)
}

/// Names the thread that calls it, for the others of the process.
pub fn this_thread() -> PathBuf {
    PathBuf::from("/proc").join(fs::read_link("/proc/thread-self").unwrap_or_default())
}

/// Returns the seconds that all threads of a process have worked so far; those that ended since are not in it.
pub fn work_of_process(process: u32) -> f64 {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    tasks.map(|task| work_of(&task.path())).filter(|seconds| seconds.is_finite()).sum()
}
