use std::env;
use std::error::Error;
use std::net::IpAddr;
use std::path::PathBuf;

use scopa_issuer_sqlx::Database;
use scopa_tower::Algorithm;

/// What the service is told from outside.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How clients reach it: the issuer's identifier, and the beginning of every address.
    pub origin: String,
    /// What a missing scope is answered with.
    pub statuses: Statuses,
    /// Who may call at all; empty: everybody.
    pub allowed: Vec<IpAddr>,
}

/// What a missing scope is answered with. The challenge is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Statuses {
    /// 403, as RFC 6750 §3.1 has it.
    Rfc6750,
    /// 401, as the vendor answers.
    Vendor,
}

/// What the program reads from its environment.
#[derive(Debug, Clone)]
pub struct Environment {
    /// `PORT`: where to listen, on loopback; 0 takes a free port.
    pub port: u16,
    /// `ORIGIN`: how clients reach it, if not at that port: behind a proxy with TLS.
    pub origin: Option<String>,
    /// `DATA`: the folder of the keys, and of the database of SQLite. A new one for each run by default.
    pub folder: PathBuf,
    /// `DATABASE_URL`: a database of PostgreSQL, for several instances. They share the folder, too.
    pub database: Database,
    /// `ALGORITHM`: what tokens are signed with: `ES256`, or `HS256` with a secret that is only here.
    pub algorithm: Algorithm,
    /// `STATUSES`: `vendor` answers a missing scope with 401.
    pub statuses: Statuses,
    /// `ALLOWED`: the addresses that may call, with commas between.
    pub allowed: Vec<IpAddr>,
}

impl Environment {
    /// Reads the settings.
    ///
    /// # Errors
    /// Says which is wrong, and what would be right.
    pub fn read() -> Result<Self, Box<dyn Error>> {
        let folder = setting("DATA").map_or_else(new_folder, |folder| Ok(PathBuf::from(folder)))?;
        Ok(Self {
            port: match setting("PORT") {
                None => 8085,
                Some(port) => port.parse().map_err(|error| format!("`PORT`: {error}"))?,
            },
            origin: setting("ORIGIN"),
            database: match setting("DATABASE_URL") {
                Some(url) => Database::postgres(&url)?,
                None => Database::sqlite(folder.join("research.db")),
            },
            folder,
            algorithm: match setting("ALGORITHM").as_deref() {
                None | Some("ES256") => Algorithm::ES256,
                Some("HS256") => Algorithm::HS256,
                Some(_) => return Err("`ALGORITHM` is `ES256` or `HS256`".into()),
            },
            statuses: match setting("STATUSES").as_deref() {
                None | Some("rfc6750") => Statuses::Rfc6750,
                Some("vendor") => Statuses::Vendor,
                Some(_) => return Err("`STATUSES` is `rfc6750` or `vendor`".into()),
            },
            allowed: match setting("ALLOWED") {
                None => Vec::new(),
                Some(list) => list.split(',').map(|one| one.trim().parse()).collect::<Result<_, _>>()?,
            },
        })
    }
}

fn setting(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.is_empty())
}

fn new_folder() -> Result<PathBuf, Box<dyn Error>> {
    let mut number = [0; 8];
    getrandom::fill(&mut number)?;
    Ok(env::temp_dir().join(format!("research-{:016x}", u64::from_ne_bytes(number))))
}
