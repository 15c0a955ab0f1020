use std::env::{self, VarError};
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use crate::people::random;

/// What the environment says; everything has a default.
#[derive(Debug)]
pub struct Settings {
    /// Where to listen on loopback: `PORT`, 8084 by default; 0 takes a free one.
    pub port: u16,
    /// How browsers and clients reach the service: `ORIGIN`, by default where it listens.
    pub origin: Option<String>,
    /// Where the key and the file of SQLite are: `DATA`, by default a new folder for temporary files.
    pub data: PathBuf,
    /// The database: `DATABASE_URL`, by default SQLite in that folder.
    pub database: Option<String>,
    /// For how long a used refresh token may be used again: `REFRESH_GRACE`, in seconds, 0 by default.
    pub refresh_grace: Duration,
    /// For the APIs alone, whose tokens are given out elsewhere: `ISSUER`, with `CLIENT_ID` and `CLIENT_SECRET`.
    pub issuer: Option<(String, String, String)>,
}

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    /// Names the variable that is not understood.
    pub fn read() -> Result<Self, Box<dyn Error>> {
        // A name that nobody else can have taken before.
        let new = random().ok_or("there are no random numbers")?;
        let issuer = match value("ISSUER")? {
            Some(issuer) => Some((issuer, needed("CLIENT_ID")?, needed("CLIENT_SECRET")?)),
            None => None,
        };
        Ok(Self {
            port: number("PORT", 8084)?,
            origin: value("ORIGIN")?,
            data: value("DATA")?
                .map_or_else(|| env::temp_dir().join(format!("on-call-{new}")), PathBuf::from),
            database: value("DATABASE_URL")?,
            refresh_grace: Duration::from_secs(number("REFRESH_GRACE", 0)?),
            issuer,
        })
    }
}

fn value(name: &str) -> Result<Option<String>, Box<dyn Error>> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("`{name}` is not UTF-8").into()),
    }
}

fn needed(name: &str) -> Result<String, Box<dyn Error>> {
    value(name)?.ok_or_else(|| {
        format!("`{name}` is missing: with `ISSUER` the APIs ask as one of its clients").into()
    })
}

fn number<N: std::str::FromStr>(name: &str, default: N) -> Result<N, Box<dyn Error>> {
    let Some(text) = value(name)? else { return Ok(default) };
    text.parse().map_err(|_| format!("`{name}` is not such a number; leave it out, or write one").into())
}
