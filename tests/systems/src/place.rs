use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, process};

use scopa_issuer_sqlx::{Database, SqlStore};
use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

use crate::{LONGEST, Outcome};

/// Makes a new folder, below that of the build.
///
/// # Errors
/// It cannot be made.
pub fn folder(name: &str) -> Outcome<PathBuf> {
    // A test stands in `target/debug/deps`.
    let test = env::current_exe()?;
    let build = test.ancestors().nth(3).ok_or("the test stands in no folder of a build")?;
    let folder = build.join("tmp").join(unused(name));
    // Left by a former process with the same number.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Opens a store that nobody used: SQLite in a new folder, or PostgreSQL where `DATABASE_URL` says.
///
/// # Errors
/// The database is not there.
pub async fn store(name: &str) -> Outcome<SqlStore> {
    let database = match database(name).await? {
        Some(url) => Database::postgres(&url)?.connections(4),
        None => Database::sqlite(folder(name)?.join("issuer.db")),
    };
    Ok(timeout(LONGEST, database.migrate()).await??)
}

/// Makes a new schema in the PostgreSQL of `DATABASE_URL`, and returns the address that leads there: for the `DATABASE_URL` of a
/// program. Without that variable there is none.
///
/// # Errors
/// The database is not there.
pub async fn database(name: &str) -> Outcome<Option<String>> {
    let Some(url) = env::var("DATABASE_URL").ok().filter(|url| !url.is_empty()) else { return Ok(None) };
    let schema = unused(name).replace(|other: char| !other.is_ascii_alphanumeric(), "_").to_lowercase();
    let made = async {
        let mut connection = PgConnection::connect(&url).await?;
        let statement = format!("DROP SCHEMA IF EXISTS t_{schema} CASCADE; CREATE SCHEMA t_{schema}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await?;
        connection.close().await
    };
    timeout(LONGEST, made).await??;
    let joint = if url.contains('?') { '&' } else { '?' };
    Ok(Some(format!("{url}{joint}options[search_path]=t_{schema}")))
}

/// Returns a name that no other test has, whichever process it is in.
fn unused(name: &str) -> String {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    format!("{name}-{}-{}", process::id(), MADE.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_two_tests_share_a_folder_or_a_store() -> Outcome {
        let (one, other) = (folder("place")?, folder("place")?);
        assert!(one.is_dir() && other.is_dir() && one != other);
        store("place").await?;
        store("place").await?;
        let (one, other) = (database("place").await?, database("place").await?);
        assert!(one != other || env::var_os("DATABASE_URL").is_none());
        Ok(())
    }
}
