//! Serves on loopback, and prints what a reader needs to try it.

use std::error::Error;
use std::io::{self, IsTerminal as _, Write as _, stderr, stdout};
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use example_research::{Environment, Keys, People, Research, Settings, T1, T2, serve};
use scopa_tower::SystemClock;
use scopa_tower::issuer::Issuer;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};
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
    let environment = Environment::read()?;
    std::fs::create_dir_all(&environment.folder)?;
    let store = environment.database.migrate().await?;
    let keys = Keys::in_folder(&environment.folder, environment.algorithm)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, environment.port)).await?;
    let here = format!("http://{}", listener.local_addr()?);
    let settings = Settings {
        origin: environment.origin.unwrap_or_else(|| here.clone()),
        statuses: environment.statuses,
        allowed: environment.allowed,
    };
    let password = password()?;
    let research = Research::new(&settings, keys, People::new(&password), store, Arc::new(SystemClock))?;
    let admin = research.admin().await.map_err(|error| error.to_string())?;
    tokio::spawn(tidy_up(research.issuer().clone()));

    let stop = stopped()?;
    let mut out = stdout().lock();
    writeln!(out, "listening on {here}")?;
    writeln!(out, "T1={T1}\nT2={T2}\nADMIN={}\nALICE={password}", admin.as_str())?;
    writeln!(out, "# {:?}, keys in {}", environment.database, environment.folder.display())?;
    drop(out);
    serve(listener, research, stop).await;
    Ok(())
}

/// Is over when the program is told to stop: by Ctrl-C, or by SIGTERM, as those do that run services. It counts from this call on, before
/// anybody knows that the program is there.
#[cfg(unix)]
fn stopped() -> io::Result<impl Future<Output = ()>> {
    let (mut interrupted, mut terminated) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Is over at Ctrl-C.
#[cfg(not(unix))]
fn stopped() -> io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

/// Makes the password with which alice signs in, anew at each start.
fn password() -> Result<String, Box<dyn Error>> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
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
