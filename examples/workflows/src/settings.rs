use std::env;
use std::error::Error;
use std::fs::DirBuilder;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use scopa_issuer_sqlx::Database;

use crate::PermissionsIn;

/// What the program is told by its environment.
#[derive(Debug)]
pub struct Settings {
    /// `PORT`: where the accounts listen, on loopback; 0 takes a free port.
    pub port: u16,
    /// `GATEWAY_PORT`: the same for the gateway. Free, if that of the accounts is.
    pub gateway_port: u16,
    /// `ORIGIN`: how clients reach the accounts, if not at that port: behind a proxy.
    pub origin: Option<String>,
    /// `PROXY`: the address that it asks from, if there is one. It says who asks by `X-Real-IP`.
    pub proxy: Option<IpAddr>,
    /// `DATA`: where the keys are, and the file of SQLite; a new folder if nothing is said.
    pub folder: PathBuf,
    /// `DATABASE_URL`: PostgreSQL, for several instances; they share the folder with the keys, too.
    pub database: Database,
    /// `PERMISSIONS`: `registry`, or `token`.
    pub permissions_in: PermissionsIn,
}

impl Settings {
    /// Reads the environment, and makes the folder.
    ///
    /// # Errors
    /// Names the variable that is not understood.
    pub fn read() -> Result<Self, Box<dyn Error + Send + Sync>> {
        let port = parsed("PORT")?.unwrap_or(8082);
        let folder = match env::var_os("DATA") {
            Some(folder) => PathBuf::from(folder),
            // In a folder for everybody: with a number that nobody guesses, nobody was there before us.
            None => env::temp_dir().join(format!("workflows-{:016x}", getrandom::u64()?)),
        };
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&folder).map_err(|error| format!("`DATA`: {error}"))?;
        Ok(Self {
            port,
            gateway_port: parsed("GATEWAY_PORT")?.unwrap_or(if port == 0 { 0 } else { 8083 }),
            origin: parsed("ORIGIN")?,
            proxy: parsed("PROXY")?,
            database: match env::var("DATABASE_URL") {
                Ok(url) => Database::postgres(&url)?,
                Err(_) => Database::sqlite(folder.join("issuer.db")),
            },
            folder,
            permissions_in: match env::var("PERMISSIONS").as_deref() {
                Err(_) | Ok("registry") => PermissionsIn::Registry,
                Ok("token") => PermissionsIn::Token,
                Ok(_) => return Err("`PERMISSIONS` is `registry` or `token`".into()),
            },
        })
    }
}

fn parsed<T: FromStr<Err: Error>>(name: &str) -> Result<Option<T>, String> {
    let text = env::var(name).ok();
    text.map(|text| text.parse().map_err(|error| format!("`{name}`: {error}"))).transpose()
}
