//! The three servers, each started once, and what they write to the log.

use std::future::Future;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use scopa::{Algorithm, KeySet, RefusalKind};
use scopa_testing::TestIssuer;
use scopa_tests::{
    ALGORITHMS, Doors, Mount, OnActix, OnAxum, OnTower, hierarchy, levels, more_routes, routes,
};
use tokio::time::timeout;

use super::client::{Received, Request, send};
use super::{issuers, opaque, remote, revoked};

/// One service on three frameworks.
pub(crate) struct Servers {
    pub(crate) issuer: TestIssuer,
    addresses: [(&'static str, SocketAddr); 3],
}

/// What one server answered, `None` for a closed connection, and what it wrote to the log meanwhile.
pub(crate) struct Outcome {
    pub(crate) server: &'static str,
    pub(crate) received: Option<Received>,
    pub(crate) log: Vec<String>,
}

/// Starts the servers at the first call. Whoever holds the guard is the only one to speak with them.
pub(crate) fn servers() -> MutexGuard<'static, Servers> {
    static SERVERS: OnceLock<Mutex<Servers>> = OnceLock::new();
    SERVERS.get_or_init(|| Mutex::new(Servers::start())).lock().unwrap_or_else(PoisonError::into_inner)
}

impl Servers {
    fn start() -> Self {
        tracing_subscriber::fmt()
            .with_writer(|| Log)
            .with_ansi(false)
            .without_time()
            .with_env_filter("scopa=debug")
            .init();
        let issuer = TestIssuer::new();
        let doors = doors(&issuer);
        let (tower, axum, actix) = (
            OnTower::default().with(&doors),
            OnAxum::default().with(&doors),
            OnActix::default().with(&doors),
        );
        let addresses = [
            ("tower", start(|listener| on_tokio(tower.serve(listener)))),
            ("axum", start(|listener| on_tokio(axum.serve(listener)))),
            ("actix", start(|listener| on_actix(actix.serve(listener)))),
        ];
        Self { issuer, addresses }
    }

    /// Sends a request to all three, one after the other.
    pub(crate) fn ask(&self, request: &Request) -> [Outcome; 3] {
        self.addresses.map(|(server, address)| {
            lines();
            let received = send(address, request).unwrap_or_else(|error| panic!("{server}: {error}"));
            Outcome { server, received, log: lines() }
        })
    }
}

trait With: Mount {
    fn with(self, doors: &Doors) -> Self {
        routes(self, &doors.plain).and_then(|mount| more_routes(mount, doors)).unwrap()
    }
}

impl<M: Mount> With for M {}

fn start(serve: impl FnOnce(TcpListener) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || serve(listener));
    address
}

fn on_tokio(serve: impl Future<Output = io::Result<()>>) {
    let _ = tokio::runtime::Runtime::new().unwrap().block_on(async { timeout(LIFETIME, serve).await });
}

fn on_actix(serve: impl Future<Output = io::Result<()>>) {
    let _ = actix_web::rt::System::new().block_on(async { timeout(LIFETIME, serve).await });
}

fn doors(issuer: &TestIssuer) -> Doors {
    let scopes = hierarchy().unwrap();
    let plain = || issuer.validator().algorithms(ALGORITHMS).hierarchy(scopes.clone());
    let secret = KeySet::from_secret(Algorithm::HS256, TestIssuer::secret()).unwrap();
    let permissions = scopes.to_builder().permissions(["OWNER", "ADMIN"]).build().unwrap();
    let (late, source) = TestIssuer::keys_later();
    late.arrive();
    Doors {
        plain: plain().build().unwrap(),
        every_algorithm: issuer.validator().build().unwrap(),
        secret: issuer.validator().keys(secret).build().unwrap(),
        strict: plain().rfc9068().build().unwrap(),
        fresh: plain().max_age(Duration::from_secs(600)).build().unwrap(),
        two_audiences: plain().audience("urn:example:crashes").build().unwrap(),
        any_audience: plain().dangerously_skip_audience().build().unwrap(),
        scp: plain().scope_claim("scp").build().unwrap(),
        roles: plain().scope_claim("realm_access.roles").build().unwrap(),
        undeclared: issuer.validator().build().unwrap(),
        levels: issuer.validator().hierarchy(levels().unwrap()).build().unwrap(),
        permissions: plain().hierarchy(permissions).permission_claim("permissions").build().unwrap(),
        named: plain()
            .realm(r#"crashes \ "eu""#)
            .resource_metadata("https://api.example.com/.well-known/oauth-protected-resource")
            .build()
            .unwrap(),
        other_status: plain()
            .status(RefusalKind::InsufficientScope, 401)
            .status(RefusalKind::InvalidToken, 403)
            .status(RefusalKind::MissingToken, 403)
            .status(RefusalKind::InvalidRequest, 422)
            .build()
            .unwrap(),
        outage: plain().key_source(TestIssuer::keys_out_of_reach()).build().unwrap(),
        source: plain().key_source(source).build().unwrap(),
        several: issuers::door(issuer, plain()),
        remote: remote::door(issuer, plain()),
        remote_down: remote::door_that_is_down(issuer, plain()),
        opaque: opaque::door(issuer, plain()),
        opaque_down: opaque::door_that_is_down(issuer, plain()),
        revocation: revoked::door(plain()),
    }
}

/// Collects what the servers write: they run in this process.
struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        written().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes the lines that were written since the last call.
fn lines() -> Vec<String> {
    let bytes = std::mem::take(&mut *written());
    String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
}

fn written() -> MutexGuard<'static, Vec<u8>> {
    static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    WRITTEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Longer than all tests together take, so that no server outlives them for long.
const LIFETIME: Duration = Duration::from_secs(300);
