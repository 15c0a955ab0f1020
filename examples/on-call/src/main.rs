//! Serves on loopback; `Settings` says what the environment can change.

use std::error::Error;
use std::io::{IsTerminal as _, Write as _, stderr, stdout};
use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use example_on_call::{OnCall, Patience, People, Settings, api_alone, asking, serve};
use scopa_axum::SystemClock;
use scopa_axum::issuer::{DigestKey, Issuer};
use scopa_issuer_sqlx::Database;
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
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port))?;
    let address = listener.local_addr()?;
    let origin = settings.origin.unwrap_or_else(|| format!("http://{address}"));

    let (routes, told) = if let Some((issuer, id, secret)) = settings.issuer {
        let people = Arc::new(People::for_trying_out(&origin)?);
        (
            api_alone(&issuer, asking(&issuer, &id, &secret)?, people)?,
            format!("# the APIs alone, asking {issuer}\n"),
        )
    } else {
        std::fs::create_dir_all(&settings.data)?;
        let database = match settings.database {
            Some(url) => Database::postgres(&url)?,
            None => Database::sqlite(settings.data.join("on-call.db")),
        };
        let key = DigestKey::in_file(settings.data.join("digest.key"))?;
        let on_call = OnCall::new(
            &origin,
            database.migrate().await?,
            key,
            Arc::new(SystemClock),
            settings.refresh_grace,
        )?;
        tokio::spawn(tidy_up(on_call.issuer.clone()));
        let mut told = String::new();
        for (name, password) in on_call.people.passwords() {
            told += &format!("{}={password}\n", name.to_uppercase());
        }
        told +=
            &format!("# sign in at {origin}/app/sign-in; {database:?}, key in {}\n", settings.data.display());
        (on_call.routes()?, told)
    };

    write!(stdout(), "listening on http://{address}\n{told}")?;
    stdout().flush()?;
    Ok(serve(listener, routes, Patience::default(), async { drop(ctrl_c().await) }).await?)
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
