//! Runs the service with what its environment says.

use std::error::Error;
use std::io::{IsTerminal as _, Write as _, stderr, stdout};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use example_crash_reports::{CrashReports, Keys, Patience, Settings, serve};
use scopa_axum::SystemClock;
use tokio::net::TcpListener;
use tokio::signal::ctrl_c;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    log.with_ansi(stderr().is_terminal()).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let settings = Settings::read()?;
    let listener = TcpListener::bind(settings.address).await?;
    let address = listener.local_addr()?;
    let origin = settings.origin.clone().unwrap_or_else(|| format!("http://{address}"));
    let store = settings.database().migrate().await?;
    let service = CrashReports::new(
        &origin,
        settings.proxy,
        Keys::in_folder(&settings.folder)?,
        store,
        Arc::new(SystemClock),
    )?;
    let person = service.token_for("fred", "Fred").await?;
    tokio::spawn(tidy_up(service.clone()));

    let (database, folder) = (settings.database(), settings.folder.display());
    writeln!(stdout(), "listening on http://{address}\nU={person}\n# {database:?}, keys in {folder}")?;
    let stop = async { drop(ctrl_c().await) };
    Ok(serve(listener, service.router()?, Patience::default(), stop).await?)
}

async fn tidy_up(service: CrashReports) {
    let mut minutes = tokio::time::interval(Duration::from_secs(60));
    loop {
        minutes.tick().await;
        service.tidy_up().await;
    }
}
