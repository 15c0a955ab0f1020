use std::path::{Path, PathBuf};
use std::time::Duration;

use scopa::{Clock as _, SystemClock};
use scopa_issuer::StoreError;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{Column as _, Row as _, Sqlite, Transaction, TypeInfo as _, ValueRef as _};

use crate::row::{Cell, Row, unexpected};
use crate::statements::Dialect;
use crate::step::{Step, Value};

/// A file, or the memory of this process.
#[derive(Clone)]
pub(crate) struct SqliteDatabase {
    pub(crate) file: Option<PathBuf>,
}

/// One connection that writes, so that writers queue here and not at the file's lock, and several that read.
#[derive(Clone)]
pub(crate) struct SqliteEngine {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteDatabase {
    pub(crate) async fn connect(&self, patience: Duration, readers: u32) -> Result<SqliteEngine, StoreError> {
        let options = SqliteConnectOptions::new()
            .foreign_keys(true)
            .busy_timeout(patience)
            // A commit that was answered survives a power cut.
            .synchronous(SqliteSynchronous::Full);
        let Some(file) = &self.file else {
            // A database in memory is that of its one connection.
            let pool =
                pool(1, patience).connect_with(options.in_memory(true)).await.map_err(StoreError::new)?;
            return Ok(SqliteEngine { writer: pool.clone(), readers: pool });
        };
        // To SQLite `:memory:` and `file:name?mode=memory` are more than paths, unless they start with `/`.
        let file = std::path::absolute(file).map_err(StoreError::new)?;
        make(&file).map_err(StoreError::new)?;
        let options = options.filename(&file).journal_mode(SqliteJournalMode::Wal);
        let writer = first(&pool(1, patience), &options, patience).await?;
        let readers = first(&pool(readers, patience), &options.pragma("query_only", "ON"), patience).await?;
        Ok(SqliteEngine { writer, readers })
    }
}

impl SqliteEngine {
    pub(crate) async fn find(&self, step: Step<'_>) -> Result<Vec<Row>, sqlx::Error> {
        query(step).fetch_all(&self.readers).await?.iter().map(row).collect()
    }

    /// Starts a transaction that has the file for itself.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.writer.begin_with("BEGIN IMMEDIATE").await
    }
}

pub(crate) async fn run(within: &mut Transaction<'_, Sqlite>, step: Step<'_>) -> Result<u64, sqlx::Error> {
    Ok(query(step).execute(&mut **within).await?.rows_affected())
}

pub(crate) async fn ask(
    within: &mut Transaction<'_, Sqlite>,
    step: Step<'_>,
) -> Result<Vec<Row>, sqlx::Error> {
    query(step).fetch_all(&mut **within).await?.iter().map(row).collect()
}

fn pool(most: u32, patience: Duration) -> SqlitePoolOptions {
    let pool = SqlitePoolOptions::new().max_connections(most).acquire_timeout(patience);
    // A connection to a file does not grow old; one to memory takes its database with it.
    pool.min_connections(1).idle_timeout(None).max_lifetime(None).test_before_acquire(false)
}

/// Opens the first connection of a pool. Of several who make the same file at once, one switches it to WAL, and to the others
/// SQLite says at once that it is locked, for they would wait for each other.
async fn first(
    pool: &SqlitePoolOptions,
    options: &SqliteConnectOptions,
    patience: Duration,
) -> Result<SqlitePool, StoreError> {
    let end = SystemClock.elapsed().saturating_add(patience);
    loop {
        match pool.clone().connect_with(options.clone()).await {
            Err(error) if is_busy(&error) && SystemClock.elapsed() < end => tokio::time::sleep(PAUSE).await,
            outcome => return outcome.map_err(StoreError::new),
        }
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    // SQLITE_BUSY, SQLITE_BUSY_RECOVERY.
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| ["5", "261"].contains(&&*code))
}

/// Makes the file for its owner alone. SQLite gives the files beside it the same mode.
fn make(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

fn query(step: Step<'_>) -> sqlx::query::Query<'static, Sqlite, SqliteArguments> {
    let mut query = sqlx::query(step.sql);
    for value in step.values {
        query = match *value {
            Value::Text(text) => query.bind(text.to_owned()),
            Value::MaybeText(text) => query.bind(text.map(str::to_owned)),
            Value::Digest(digest) => query.bind(digest.as_bytes().to_vec()),
            Value::Number(number) => query.bind(number),
        };
    }
    query
}

fn row(row: &SqliteRow) -> Result<Row, sqlx::Error> {
    let mut cells = Vec::with_capacity(row.len());
    for column in row.columns() {
        let (at, value) = (column.ordinal(), row.try_get_raw(column.ordinal())?);
        cells.push(match value.type_info().name() {
            _ if value.is_null() => Cell::Null,
            "TEXT" => Cell::Text(row.try_get(at)?),
            "BLOB" => Cell::Bytes(row.try_get(at)?),
            "INTEGER" | "BOOLEAN" => Cell::Number(row.try_get_unchecked(at)?),
            other => return Err(sqlx::Error::Decode(Box::new(unexpected(other)))),
        });
    }
    Ok(Row::new(cells))
}

const PAUSE: Duration = Duration::from_millis(10);

/// One writer at a time: nothing needs to be held in place.
pub(crate) const DIALECT: Dialect = Dialect {
    redeem_code: "UPDATE scopa_codes SET spent = TRUE WHERE digest = $1 AND client_id = $2 AND NOT spent",
    rotate_grant: "UPDATE scopa_grants SET generation = generation + 1, rotated_at = $3, expires_at = $4 \
        WHERE id = $1 AND generation = $2",
    purge: [
        "DELETE FROM scopa_codes WHERE digest IN \
            (SELECT digest FROM scopa_codes WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
        "DELETE FROM scopa_grants WHERE id IN \
            (SELECT id FROM scopa_grants WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
        "DELETE FROM scopa_access_tokens WHERE digest IN \
            (SELECT digest FROM scopa_access_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
        "DELETE FROM scopa_revoked_ids WHERE id IN \
            (SELECT id FROM scopa_revoked_ids WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
        "DELETE FROM scopa_used_words WHERE digest IN \
            (SELECT digest FROM scopa_used_words WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    ],
    has_schema: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'scopa_schema'",
    migrations: &[include_str!("schema/sqlite_1.sql")],
};

#[cfg(test)]
mod tests {
    use super::*;

    /// In a file and in memory: what the promises of the store rest on.
    #[tokio::test]
    async fn connections_write_through_and_heed_foreign_keys() {
        let file = std::env::temp_dir().join(format!("scopa-sqlite-pragmas-{}.db", std::process::id()));
        for file in [Some(file.clone()), None] {
            let is_file = file.is_some();
            let engine = SqliteDatabase { file }.connect(Duration::from_secs(9), 1).await.unwrap();
            let mut transaction = engine.begin().await.unwrap();
            let mut number = async |sql| {
                let rows = ask(&mut transaction, Step { sql, values: &[] }).await.unwrap();
                rows.into_iter().next().unwrap().number().unwrap()
            };
            assert_eq!(number("PRAGMA synchronous").await, 2, "FULL");
            assert_eq!(number("PRAGMA foreign_keys").await, 1);
            assert_eq!(number("PRAGMA busy_timeout").await, 9000);
            drop(transaction);
            let mode = engine.find(Step { sql: "PRAGMA journal_mode", values: &[] }).await.unwrap();
            let mode = mode.into_iter().next().unwrap().text().unwrap();
            assert_eq!(mode, if is_file { "wal" } else { "memory" });
        }
        for ending in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(format!("{}{ending}", file.display())));
        }
    }
}
