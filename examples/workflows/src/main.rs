//! Starts the example: see the README.

use std::error::Error;
use std::io::{IsTerminal as _, Write as _, stderr, stdout};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::{spawn, time};
use example_workflows::{Service, Settings, serve};
use futures_util::future::try_join;
use scopa_actix::SystemClock;
use scopa_actix::issuer::Issuer;
use tracing_subscriber::EnvFilter;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    log.with_ansi(stderr().is_terminal()).init();

    let settings = Settings::read()?;
    let listen = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let (accounts, gateway) = (listen(settings.port)?, listen(settings.gateway_port)?);
    let (here, there) =
        (format!("http://{}", accounts.local_addr()?), format!("http://{}", gateway.local_addr()?));
    let origin = settings.origin.as_deref().unwrap_or(&here);
    let store = settings.database.migrate().await?;
    let Settings { folder, proxy, permissions_in, database, .. } = &settings;
    let service = Service::new(origin, *proxy, folder, store, Arc::new(SystemClock), *permissions_in)?;
    let [owner, admin] = service.tokens_for_trying_out().await?;
    let accounts = serve(accounts, PATIENCE, service.accounts()?).await?;
    let gateway = serve(gateway, PATIENCE, service.gateway()?).await?;
    spawn(tidy_up(service.issuer().clone()));

    let folder = folder.display();
    writeln!(
        stdout(),
        "listening on {here}\ngateway on {there}\nO={owner}\nA={admin}\nACCOUNTS={origin}\nGATEWAY={there}\n\
         # {database:?}, keys in {folder}"
    )?;
    try_join(accounts, gateway).await?;
    Ok(())
}

/// Removes what has expired from the store: nothing is judged by it, it only makes room.
async fn tidy_up(issuer: Issuer) {
    let mut minutes = time::interval(Duration::from_secs(60));
    loop {
        minutes.tick().await;
        if let Err(error) = issuer.purge().await {
            tracing::warn!(%error, "expired records stay for now");
        }
    }
}

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(30);
