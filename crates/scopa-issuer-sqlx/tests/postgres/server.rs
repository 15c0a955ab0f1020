//! A `postgres` for the tests of this process.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

/// A server on a free port of this machine, in a folder of its own. Gone when it is dropped.
///
/// It has a password, so that no test can meet the server of another.
pub(crate) struct Server {
    port: u16,
    password: String,
    folder: PathBuf,
    running: Option<Child>,
}

impl Server {
    pub(crate) fn start() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("scopa-postgres-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = env::temp_dir().join(&name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("password"), &name).unwrap();
        if let Some(user) = other_user() {
            run(Command::new("chown").args(["-R", user]).arg(&folder));
        }
        run(as_other_user(&program("initdb"))
            .arg("--pgdata")
            .arg(folder.join("data"))
            .args(["--username=issuer", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"])
            .arg("--pwfile")
            .arg(folder.join("password")));
        let mut server = Self { port: 0, password: name, folder, running: None };
        // Somebody may take the port before the server does.
        for _ in 0..5 {
            server.port = free_port();
            if server.run() {
                return server;
            }
        }
        panic!("postgres does not start; is it installed?");
    }

    /// Starts it, on the same port. Tells whether it answers.
    pub(crate) fn run(&mut self) -> bool {
        let mut shell = Command::new("sh");
        // The server ends with the test, however that ends: then nobody holds the other end of the pipe.
        shell.args(["-c", r#""$@" & server=$!; read how; kill -${how:-INT} $server; wait $server"#, "sh"]);
        let server = as_other_user(&program("postgres"));
        shell.arg(server.get_program()).args(server.get_args());
        shell.arg("-D").arg(self.folder.join("data")).args(["-p", &self.port.to_string()]);
        shell.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
        shell.args([
            "-c",
            "max_connections=200",
            "-c",
            "shared_buffers=32MB",
            "-c",
            "deadlock_timeout=200ms",
        ]);
        // Set in a way that loses what was answered, were it left so.
        shell.args(["-c", "synchronous_commit=off", "-c", "wal_writer_delay=10s"]);
        shell.args(["-c", "default_transaction_isolation=serializable"]);
        let shell = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.running = Some(shell.unwrap());
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            if self.is_up() {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        self.stop();
        false
    }

    fn is_up(&self) -> bool {
        let mut ask = Command::new(program("pg_isready"));
        ask.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        ask.status().unwrap().success()
    }

    /// Stops it, and waits until it is gone.
    pub(crate) fn stop(&mut self) {
        if let Some(mut shell) = self.running.take() {
            drop(shell.stdin.take());
            shell.wait().unwrap();
        }
    }

    /// Has it end at once, with nothing put in order: what it wrote to its log is all that is left.
    pub(crate) fn crash(&mut self) {
        use std::io::Write as _;
        if let Some(shell) = &mut self.running {
            shell.stdin.take().unwrap().write_all(b"QUIT\n").unwrap();
        }
        self.stop();
    }

    /// Makes a schema that nobody used, and returns the address that leads there.
    pub(crate) fn url(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let schema = format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.tell(&format!("CREATE SCHEMA {schema}"));
        format!(
            "postgres://issuer:{}@127.0.0.1:{}/postgres?options[search_path]={schema}",
            self.password, self.port
        )
    }

    pub(crate) fn password(&self) -> &str {
        &self.password
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Says something to it from outside of what is tested.
    pub(crate) fn tell(&self, statement: &str) -> String {
        let mut psql = Command::new(program("psql"));
        psql.env("PGPASSWORD", &self.password).args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]);
        psql.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "issuer", "-d", "postgres"]);
        let output = psql.args(["-c", statement]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Server {
    /// Asks again and again, up to thirty seconds.
    pub(crate) fn tell_until(&self, statement: &str, wanted: &str) {
        let end = Instant::now() + Duration::from_secs(30);
        while self.tell(statement) != wanted {
            assert!(Instant::now() < end, "{statement}: not {wanted}");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Returns a program of PostgreSQL: from the path, or from where Debian puts those of each version.
fn program(name: &str) -> PathBuf {
    let paths = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&paths).collect();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(versions.map(|version| version.path().join("bin")));
    let found = folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file());
    // `psql` in the path is a script that looks for a cluster of the system; what stands beside the server is better.
    let beside = folders.iter().rev().map(|folder| folder.join(name)).find(|file| file.is_file());
    beside.or(found).unwrap_or_else(|| panic!("{name} is not installed"))
}

/// PostgreSQL refuses to run as root: there the tests borrow the user that its package made.
fn other_user() -> Option<&'static str> {
    let id = Command::new("id").arg("-u").output().unwrap();
    (id.stdout.trim_ascii() == b"0").then_some("postgres")
}

fn as_other_user(program: &Path) -> Command {
    let Some(user) = other_user() else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--regid", user, "--clear-groups", "--"]).arg(program);
    command
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
