//! `example-issuer` serves; `example-issuer clients …` says who may ask for tokens.

use std::error::Error;
use std::io::{IsTerminal as _, Write as _, stderr, stdout};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use example_issuer::{Options, Patience, app, clients, issuer, serve, store};
use lexopt::Parser;
use scopa_axum::SystemClock;
use scopa_axum::issuer::Issuer;
use tokio::net::TcpListener;
use tokio::signal::ctrl_c;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    log_to_stderr();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::read(Parser::from_env())?;
    let store = store(&options.folder).await?;
    if let Some(arguments) = options.clients {
        let issuer = issuer("http://localhost", &options.folder, store, Arc::new(SystemClock))?;
        let told = clients::run(issuer.clients(), arguments).await?;
        return Ok(stdout().write_all(told.as_bytes())?);
    }
    let listener = TcpListener::bind(options.address).await?;
    let address = listener.local_addr()?;
    let origin = options.origin.unwrap_or_else(|| format!("http://{address}"));
    let issuer = issuer(&origin, &options.folder, store, Arc::new(SystemClock))?;
    tokio::spawn(tidy_up(issuer.clone()));

    writeln!(stdout(), "listening on http://{address}")?;
    let stop = async { drop(ctrl_c().await) };
    Ok(serve(listener, app(&issuer)?, Patience::default(), stop).await?)
}

/// Removes what has expired, each minute: nothing is judged by it, it only makes room.
async fn tidy_up(issuer: Issuer) {
    let mut minutes = tokio::time::interval(Duration::from_secs(60));
    loop {
        minutes.tick().await;
        if let Err(error) = issuer.purge().await {
            tracing::warn!(%error, "expired records stay for now");
        }
    }
}

fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    log.with_ansi(stderr().is_terminal()).init();
}
