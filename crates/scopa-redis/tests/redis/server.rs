//! A `redis-server` for one test.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs, process};

use redis::{Client, Connection, Value};

/// A server on a free port of this machine, in a folder of its own, that keeps nothing. Gone when it is dropped.
///
/// It has a password, so that no test can meet the server of another.
pub(crate) struct Server {
    port: u16,
    password: String,
    folder: PathBuf,
    with_tls: bool,
    running: Option<Child>,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::new(false)
    }

    #[cfg(feature = "tls")]
    pub(crate) fn start_with_tls() -> Self {
        Self::new(true)
    }

    fn new(with_tls: bool) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("scopa-redis-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = env::temp_dir().join(&name);
        fs::create_dir_all(&folder).unwrap();
        let mut server = Self { port: 0, password: name, folder, with_tls, running: None };
        // Somebody may take the port before the server does.
        for _ in 0..5 {
            server.port = free_port();
            if server.run() {
                return server;
            }
        }
        panic!("redis-server does not start; is it installed?");
    }

    /// Starts it, on the same port. Tells whether it answers.
    pub(crate) fn run(&mut self) -> bool {
        let mut shell = Command::new("sh");
        // The server ends with the test, however that ends: then nobody holds the other end of the pipe.
        shell.args(["-c", r#""$@" & server=$!; read line; kill -9 $server; wait $server"#, "sh"]);
        shell.args(["redis-server", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        shell.arg("--dir").arg(&self.folder).args(["--requirepass", &self.password]);
        let port = self.port.to_string();
        if self.with_tls {
            let file = |name| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/redis/tls").join(name);
            shell.args(["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no"]);
            shell.arg("--tls-cert-file").arg(file("server.pem"));
            shell.arg("--tls-key-file").arg(file("server-key.pem"));
            shell.arg("--tls-ca-cert-file").arg(file("ca.pem"));
        } else {
            shell.args(["--port", &port]);
        }
        let shell = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.running = Some(shell.unwrap());
        let end = Instant::now() + Duration::from_secs(5);
        while Instant::now() < end {
            if self.is_up() {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        self.kill();
        false
    }

    fn is_up(&self) -> bool {
        if self.with_tls {
            return std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok();
        }
        self.connection().is_ok()
    }

    /// Kills it without a word, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        if let Some(mut shell) = self.running.take() {
            drop(shell.stdin.take());
            shell.wait().unwrap();
        }
    }

    pub(crate) fn url(&self) -> String {
        let scheme = if self.with_tls { "rediss" } else { "redis" };
        format!("{scheme}://:{}@127.0.0.1:{}", self.password, self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn connection(&self) -> Result<Connection, redis::RedisError> {
        Client::open(self.url())?.get_connection_with_timeout(Duration::from_secs(1))
    }

    /// Sends a command from outside of what is tested.
    pub(crate) fn tell(&self, words: &[&str]) -> Value {
        let (name, arguments) = words.split_first().unwrap();
        redis::cmd(name).arg(arguments).query(&mut self.connection().unwrap()).unwrap()
    }

    /// Counts the connections that were ever made to it, that of this question included.
    pub(crate) fn connections(&self) -> u64 {
        let Value::BulkString(text) = self.tell(&["INFO", "stats"]) else { panic!("no statistics") };
        let text = String::from_utf8(text).unwrap();
        let count = text.lines().find_map(|line| line.strip_prefix("total_connections_received:"));
        count.unwrap().trim().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Returns a port that nobody listens at.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
