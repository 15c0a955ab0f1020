use std::error::Error;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

pub(crate) type Tested = Result<(), Box<dyn Error>>;

/// What came of a command.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the command with nothing on its standard input.
pub(crate) fn scopa(arguments: &[&str]) -> Ran {
    scopa_with(arguments, "")
}

/// Runs the command with a text on its standard input. One that takes too long fails the test.
pub(crate) fn scopa_with(arguments: &[&str], input: &str) -> Ran {
    let mut process = Killed(start(arguments));
    let mut stdin = process.0.stdin.take().unwrap();
    let input = input.to_owned();
    // A command that does not read its input may end before it is written.
    thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let out = collect(process.0.stdout.take().unwrap());
    let err = collect(process.0.stderr.take().unwrap());
    let (out, err) = (out.recv_timeout(LONGEST).unwrap(), err.recv_timeout(LONGEST).unwrap());
    Ran { code: process.0.wait().unwrap().code().unwrap(), out, err }
}

pub(crate) fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_scopa"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn collect(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).unwrap();
        // The test may have failed in the meantime.
        let _ = sender.send(text);
    });
    receiver
}

/// A process that does not outlive its test.
pub(crate) struct Killed(pub(crate) Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Writes a file for one command, below the folder of the build.
pub(crate) fn file(name: &str, text: &str) -> String {
    static WRITTEN: AtomicUsize = AtomicUsize::new(0);
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{number}-{name}"));
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

pub(crate) const LONGEST: Duration = Duration::from_secs(60);
