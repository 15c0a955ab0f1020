use std::fmt;
use std::time::Duration;

use scopa_issuer::StoreError;

use crate::engine::{Engine, EngineKind};
#[cfg(feature = "postgres")]
use crate::postgres::PostgresDatabase;
#[cfg(feature = "sqlite")]
use crate::sqlite::SqliteDatabase;
use crate::{SqlStore, schema};

/// Where a store is: nothing is opened yet.
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// use std::time::Duration;
/// use scopa_issuer_sqlx::Database;
///
/// let database = Database::sqlite("/var/lib/example/issuer.db").patience(Duration::from_secs(2));
/// assert_eq!(format!("{database:?}"), "Database(/var/lib/example/issuer.db)");
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a database is opened by `open` or `migrate`"]
pub struct Database {
    place: Place,
    patience: Duration,
    connections: u32,
}

#[derive(Clone)]
enum Place {
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteDatabase),
    #[cfg(feature = "postgres")]
    Postgres(PostgresDatabase),
}

impl Database {
    /// Names a file of SQLite, which is made when it is first opened, for its owner alone. Several processes of one machine
    /// may share it; a network drive is no place for it. It is a path, whatever SQLite could read into it: `:memory:` is a file.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(file: impl Into<std::path::PathBuf>) -> Self {
        Self::new(Place::Sqlite(SqliteDatabase { file: Some(file.into()) }))
    }

    /// Has SQLite keep everything in memory, for tests. Each time it is opened it is another, so
    /// [`migrate`](Self::migrate) is the way to open it.
    ///
    /// ```
    /// use scopa_issuer::Store;
    /// use scopa_issuer_sqlx::Database;
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let store = Database::sqlite_in_memory().migrate().await?;
    /// assert!(store.client("nobody").await?.is_none());
    /// # Ok::<(), scopa_issuer::StoreError>(())
    /// # }).unwrap();
    /// ```
    #[cfg(feature = "sqlite")]
    pub fn sqlite_in_memory() -> Self {
        Self::new(Place::Sqlite(SqliteDatabase { file: None }))
    }

    /// Names a database of PostgreSQL: `postgres://user:password@host:5432/database`.
    ///
    /// What the address leaves out is taken from where PostgreSQL's own programs take it, such as `PGPASSWORD` and
    /// `~/.pgpass`. Another machine is reached by TLS, its certificate checked (`sslmode=verify-full`, with `sslrootcert` for an
    /// authority of your own), unless the address says otherwise.
    ///
    /// ```
    /// use scopa_issuer_sqlx::Database;
    ///
    /// let database = Database::postgres("postgres://issuer:s3cr3t@127.0.0.1/issuer")?;
    /// assert_eq!(format!("{database:?}"), "Database(postgres://127.0.0.1:5432/issuer)");
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// `url` is no such address, or asks for TLS without the feature `tls`.
    #[cfg(feature = "postgres")]
    pub fn postgres(url: &str) -> Result<Self, scopa::ConfigError> {
        Ok(Self::new(Place::Postgres(PostgresDatabase::new(url)?)))
    }

    fn new(place: Place) -> Self {
        Self { place, patience: PATIENCE, connections: CONNECTIONS }
    }

    /// Sets how long a step of the store may take, the wait for a connection included. 5 seconds by default; a millisecond at
    /// least and a day at most.
    pub fn patience(mut self, patience: Duration) -> Self {
        // To PostgreSQL, 0 is for ever, and what has more than 31 bits is an error.
        self.patience = patience.clamp(Duration::from_millis(1), Duration::from_secs(86_400));
        self
    }

    /// Sets how many connections there are at most: to PostgreSQL, or, of SQLite, those that read. 10 by default.
    pub fn connections(mut self, most: u32) -> Self {
        self.connections = most.max(1);
        self
    }

    /// Opens the store.
    ///
    /// # Errors
    /// The database is not there, or its tables are not those of this version.
    pub async fn open(&self) -> Result<SqlStore, StoreError> {
        let engine = self.connect().await?;
        schema::check(&engine, &self.to_string()).await?;
        Ok(SqlStore::new(engine, self.to_string()))
    }

    /// Makes the tables, or brings them to this version, and opens the store. Several machines may do it at once.
    ///
    /// The account must be one that may make tables, also where there is nothing to do; for others there is [`open`](Self::open).
    ///
    /// # Errors
    /// The database is not there, or its tables are newer than this version knows.
    pub async fn migrate(&self) -> Result<SqlStore, StoreError> {
        let engine = self.connect().await?;
        schema::migrate(&engine, &self.to_string()).await?;
        Ok(SqlStore::new(engine, self.to_string()))
    }

    async fn connect(&self) -> Result<Engine, StoreError> {
        let kind = match &self.place {
            #[cfg(feature = "sqlite")]
            Place::Sqlite(place) => EngineKind::Sqlite(place.connect(self.patience, self.connections).await?),
            #[cfg(feature = "postgres")]
            Place::Postgres(place) => {
                EngineKind::Postgres(place.connect(self.patience, self.connections).await?)
            }
        };
        Ok(Engine { kind, patience: self.patience })
    }
}

/// The file, or the server and its database; no password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            #[cfg(feature = "sqlite")]
            Place::Sqlite(place) => match &place.file {
                Some(file) => write!(f, "{}", file.display()),
                None => f.write_str("memory"),
            },
            #[cfg(feature = "postgres")]
            Place::Postgres(place) => f.write_str(&place.name()),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({self})")
    }
}

const PATIENCE: Duration = Duration::from_secs(5);
const CONNECTIONS: u32 = 10;
