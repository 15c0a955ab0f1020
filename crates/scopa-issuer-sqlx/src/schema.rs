//! Which tables there are, and how they come to be.

use scopa_issuer::StoreError;
use sqlx::Executor as _;

use crate::engine::{Engine, EngineKind};
#[cfg(feature = "postgres")]
use crate::postgres;
use crate::row::Row;
#[cfg(feature = "sqlite")]
use crate::sqlite;
use crate::statements::{CLEAR_SCHEMA, CREATE_SCHEMA, Dialect, SCHEMA, WRITE_SCHEMA};
use crate::step::Step;

/// Checks that the tables are those of this version.
pub(crate) async fn check(engine: &Engine, name: &str) -> Result<(), StoreError> {
    let dialect = engine.dialect();
    let there = match engine.find(step(dialect.has_schema)).await?.is_empty() {
        true => 0,
        false => version(engine.find(step(SCHEMA)).await?)?,
    };
    refuse_newer(dialect, there, name)?;
    let wanted = newest(dialect);
    if there < wanted {
        let problem = format!(
            "the tables in {name} are of version {there}, not {wanted}: run `Database::migrate` once"
        );
        return Err(StoreError::new(problem));
    }
    Ok(())
}

/// Brings the tables to this version, in one transaction; of several that do so at once, the others find nothing to do.
pub(crate) async fn migrate(engine: &Engine, name: &str) -> Result<(), StoreError> {
    match &engine.kind {
        #[cfg(feature = "sqlite")]
        EngineKind::Sqlite(connections) => {
            let mut transaction = connections.begin().await.map_err(StoreError::new)?;
            sqlite::run(&mut transaction, step(CREATE_SCHEMA)).await.map_err(StoreError::new)?;
            let there = version(sqlite::ask(&mut transaction, step(SCHEMA)).await.map_err(StoreError::new)?)?;
            for script in missing(&sqlite::DIALECT, there, name)? {
                transaction.execute(sqlx::raw_sql(script)).await.map_err(StoreError::new)?;
            }
            let written = [newest(&sqlite::DIALECT).into()];
            for step in [step(CLEAR_SCHEMA), Step { sql: WRITE_SCHEMA, values: &written }] {
                sqlite::run(&mut transaction, step).await.map_err(StoreError::new)?;
            }
            transaction.commit().await.map_err(StoreError::new)
        }
        #[cfg(feature = "postgres")]
        EngineKind::Postgres(connections) => {
            let mut transaction = connections.begin().await.map_err(StoreError::new)?;
            transaction.execute(postgres::LOCK_SCHEMA).await.map_err(StoreError::new)?;
            postgres::run(&mut transaction, step(CREATE_SCHEMA)).await.map_err(StoreError::new)?;
            let there =
                version(postgres::ask(&mut transaction, step(SCHEMA)).await.map_err(StoreError::new)?)?;
            for script in missing(&postgres::DIALECT, there, name)? {
                transaction.execute(sqlx::raw_sql(script)).await.map_err(StoreError::new)?;
            }
            let written = [newest(&postgres::DIALECT).into()];
            for step in [step(CLEAR_SCHEMA), Step { sql: WRITE_SCHEMA, values: &written }] {
                postgres::run(&mut transaction, step).await.map_err(StoreError::new)?;
            }
            transaction.commit().await.map_err(StoreError::new)
        }
    }
}

fn step(sql: &'static str) -> Step<'static> {
    Step { sql, values: &[] }
}

fn version(rows: Vec<Row>) -> Result<u64, StoreError> {
    rows.into_iter().next().map_or(Ok(0), |mut row| row.number())
}

fn newest(dialect: &Dialect) -> u64 {
    dialect.migrations.len() as u64
}

/// Returns the scripts that are still to be run.
fn missing(
    dialect: &Dialect,
    there: u64,
    name: &str,
) -> Result<impl Iterator<Item = &'static str>, StoreError> {
    refuse_newer(dialect, there, name)?;
    let done = usize::try_from(there).unwrap_or(usize::MAX);
    Ok(dialect.migrations.iter().copied().skip(done))
}

fn refuse_newer(dialect: &Dialect, there: u64, name: &str) -> Result<(), StoreError> {
    let known = newest(dialect);
    if known < there {
        let problem = format!(
            "the tables in {name} are of version {there}, newer than {known}: use a newer scopa-issuer-sqlx"
        );
        return Err(StoreError::new(problem));
    }
    Ok(())
}
