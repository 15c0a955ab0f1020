use std::env;
use std::fs::DirBuilder;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use scopa_axum::ConfigError;
use scopa_issuer_sqlx::Database;

/// What the program is told by its environment.
#[derive(Debug)]
pub struct Settings {
    /// `PORT`: where to listen, on loopback; 8081 if nothing is said, and a free port for 0.
    pub address: SocketAddr,
    /// `ORIGIN`: how clients reach it, if not at that address: behind a proxy.
    pub origin: Option<String>,
    /// `PROXY`: the address that it asks from, if there is one. It says who asks by `X-Real-IP`.
    pub proxy: Option<IpAddr>,
    /// `DATA`: where the keys are, and the file of SQLite; a new folder if nothing is said.
    pub folder: PathBuf,
    /// `DATABASE_URL`: PostgreSQL, for several instances; they share the folder with the keys, too.
    pub postgres: Option<Database>,
}

impl Settings {
    /// Reads the environment, and makes the folder.
    ///
    /// # Errors
    /// Names the variable that is not understood.
    pub fn read() -> Result<Self, ConfigError> {
        let port = env::var("PORT").unwrap_or_else(|_| "8081".into());
        let port = port.parse().map_err(|_| ConfigError::new("PORT", "give a number up to 65535"))?;
        let folder = match env::var_os("DATA") {
            Some(folder) => PathBuf::from(folder),
            None => env::temp_dir().join(format!("crash-reports-{:016x}", number()?)),
        };
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&folder).map_err(|error| wrong("DATA", &error))?;
        let postgres = env::var("DATABASE_URL").ok().map(|url| Database::postgres(&url)).transpose()?;
        let proxy = env::var("PROXY").ok().map(|proxy| proxy.parse()).transpose();
        let proxy = proxy.map_err(|_| ConfigError::new("PROXY", "give an address, such as 127.0.0.1"))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(Self { address, origin: env::var("ORIGIN").ok(), proxy, folder, postgres })
    }

    /// Returns the database: PostgreSQL, or a file of SQLite.
    pub fn database(&self) -> Database {
        self.postgres.clone().unwrap_or_else(|| Database::sqlite(self.folder.join("crash-reports.db")))
    }
}

/// A number that nobody guesses: in a folder for everybody, nobody was there before us.
fn number() -> Result<u64, ConfigError> {
    getrandom::u64().map_err(|error| wrong("DATA", &io::Error::other(error)))
}

fn wrong(variable: &'static str, error: &io::Error) -> ConfigError {
    ConfigError::new(variable, error.to_string())
}
