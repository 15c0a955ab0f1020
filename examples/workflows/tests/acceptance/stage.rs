use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::{fs, io};

use actix_web::web::ServiceConfig;
use example_workflows::{PermissionsIn, Service, serve};
use scopa_systems::{Answer, Http, LONGEST, Outcome, folder, store};
use scopa_testing::ManualClock;
use serde_json::{Value, json};
use tracing_subscriber::filter::LevelFilter;

/// The example on two free ports, its clock in our hand.
pub(crate) struct Stage {
    pub(crate) clock: ManualClock,
    pub(crate) service: Service,
    /// A second instance on the same database.
    pub(crate) another: Service,
    pub(crate) accounts: Http,
    pub(crate) gateway: Http,
    pub(crate) owner: String,
    pub(crate) admin: String,
}

/// A client that was made, and the secret that was shown.
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Stage {
    pub(crate) async fn new(name: &str, permissions_in: PermissionsIn) -> Outcome<Self> {
        log();
        let (clock, folder) = (ManualClock::at(NOW), keys(name)?);
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let origin = format!("http://{}", listener.local_addr()?);
        let store = Arc::new(store(name).await?);
        let instance = || {
            Service::new(
                &origin,
                Some(PROXY),
                &folder,
                store.clone(),
                Arc::new(clock.clone()),
                permissions_in,
            )
        };
        let (service, another) = (instance()?, instance()?);
        let [owner, admin] = service.tokens_for_trying_out().await?;
        let gateway = serving(service.gateway()?).await?;
        actix_web::rt::spawn(serve(listener, LONGEST, service.accounts()?).await?);
        Ok(Self { clock, service, another, accounts: Http::at(origin), gateway, owner, admin })
    }

    pub(crate) async fn create(&self, scopes: &[&str], permissions: &[&str]) -> Outcome<Made> {
        let body = client("a client", scopes, permissions);
        let answer =
            self.accounts.post("/api/client/").bearer(&self.owner).json(&body).send().await?.expect(201)?;
        Ok(Made { id: answer.text("/client/clientId")?, secret: answer.text("newSecret")? })
    }

    /// Asks for a token, with the secret in the body.
    pub(crate) async fn ask(&self, client: &Made, more: &[(&str, &str)]) -> Outcome<Answer> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &client.id),
            ("client_secret", &client.secret),
        ];
        self.accounts.post("/connect/token").form(&[&form[..], more].concat()).send().await
    }

    pub(crate) async fn token(&self, client: &Made) -> Outcome<String> {
        self.ask(client, &[]).await?.expect(200)?.text("access_token")
    }

    /// Makes a client and returns a token of it.
    pub(crate) async fn token_with(&self, scopes: &[&str], permissions: &[&str]) -> Outcome<String> {
        self.token(&self.create(scopes, permissions).await?).await
    }
}

/// Makes a folder with a key to sign with, which would take its time to be made.
pub(crate) fn keys(name: &str) -> Outcome<PathBuf> {
    let folder = folder(name)?;
    let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/scopa-testing/keys/issuer-rsa.pem");
    fs::copy(key, folder.join("signing.pem"))?;
    Ok(folder)
}

/// Serves on a free port.
pub(crate) async fn serving(
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> Outcome<Http> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let http = Http::at(format!("http://{}", listener.local_addr()?));
    actix_web::rt::spawn(serve(listener, LONGEST, configure).await?);
    Ok(http)
}

/// What the registration of a client is asked with.
pub(crate) fn client(name: &str, scopes: &[&str], permissions: &[&str]) -> Value {
    let scopes: Vec<String> = scopes.iter().map(|scope| named(scope)).collect();
    json!({"name": name, "scopes": scopes, "permissions": permissions})
}

/// Returns a scope by its short name.
pub(crate) fn named(scope: &str) -> String {
    format!("{PREFIX}{scope}")
}

/// Returns all that this process has logged so far, down to the last detail.
pub(crate) fn log() -> String {
    static LOG: OnceLock<Log> = OnceLock::new();
    let log = LOG.get_or_init(|| {
        let log = Log::default();
        let writer = log.clone();
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .init();
        log
    });
    String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned()
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) const NOW: u64 = 1_795_333_600;
pub(crate) const PREFIX: &str = "https://www.workfloplus.com/auth/";
/// Where tests ask from.
const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
