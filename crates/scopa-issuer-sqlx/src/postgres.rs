use std::net::IpAddr;
use std::time::Duration;

use scopa::ConfigError;
use scopa_issuer::StoreError;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow, PgSslMode};
use sqlx::{Column as _, ConnectOptions as _, Postgres, Row as _, Transaction, TypeInfo as _, ValueRef as _};

use crate::row::{Cell, Row, unexpected};
use crate::statements::Dialect;
use crate::step::{Step, Value};

/// A server, and who we are to it.
#[derive(Clone)]
pub(crate) struct PostgresDatabase {
    options: Box<PgConnectOptions>,
}

#[derive(Clone)]
pub(crate) struct PostgresEngine {
    pool: PgPool,
}

impl PostgresDatabase {
    pub(crate) fn new(url: &str) -> Result<Self, ConfigError> {
        // What the reader of addresses says may quote from it, and there is a password in it.
        let wrong =
            "expected an address such as `postgres://user:password@host:5432/database?sslmode=verify-full`";
        let options: PgConnectOptions = url.parse().map_err(|_| ConfigError::new("postgres", wrong))?;
        let options = options.disable_statement_logging();
        let asks_for_tls = !matches!(options.get_ssl_mode(), PgSslMode::Disable);
        if is_local(&options) || !asks_for_tls {
            return Ok(Self { options: options.into() });
        }
        if !cfg!(feature = "tls") {
            let problem = format!(
                "`{}` is another machine: enable the feature `tls`, or say `sslmode=disable` where the way there is yours",
                options.get_host()
            );
            return Err(ConfigError::new("postgres", problem));
        }
        // These two go on without TLS when somebody on the way says that there is none.
        let is_weak = matches!(options.get_ssl_mode(), PgSslMode::Prefer | PgSslMode::Allow);
        let options = if is_weak { options.ssl_mode(PgSslMode::VerifyFull) } else { options };
        Ok(Self { options: options.into() })
    }

    /// Says which server and which database, without the password.
    pub(crate) fn name(&self) -> String {
        let (host, port) = (self.options.get_host(), self.options.get_port());
        format!("postgres://{host}:{port}/{}", self.options.get_database().unwrap_or_default())
    }

    pub(crate) async fn connect(&self, patience: Duration, most: u32) -> Result<PostgresEngine, StoreError> {
        let limit = patience.as_millis().to_string();
        let pool = PgPoolOptions::new().max_connections(most).acquire_timeout(patience);
        let pool = pool.after_connect(move |connection, _| {
            let limit = limit.clone();
            Box::pin(async move {
                sqlx::query(PREPARE_SESSION).bind(limit).execute(connection).await?;
                Ok(())
            })
        });
        let pool = pool.connect_with((*self.options).clone()).await.map_err(StoreError::new)?;
        Ok(PostgresEngine { pool })
    }
}

impl PostgresEngine {
    pub(crate) async fn find(&self, step: Step<'_>) -> Result<Vec<Row>, sqlx::Error> {
        if step.has_zero() {
            return Ok(Vec::new());
        }
        query(step).fetch_all(&self.pool).await?.iter().map(row).collect()
    }

    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.pool.begin().await
    }

    /// Does what is one statement, and so one transaction by itself.
    pub(crate) async fn run_alone(&self, step: Step<'_>) -> Result<u64, sqlx::Error> {
        if changes_nothing(step) {
            return Ok(0);
        }
        Ok(query(step).execute(&self.pool).await?.rows_affected())
    }
}

pub(crate) async fn run(within: &mut Transaction<'_, Postgres>, step: Step<'_>) -> Result<u64, sqlx::Error> {
    if changes_nothing(step) {
        return Ok(0);
    }
    Ok(query(step).execute(&mut **within).await?.rows_affected())
}

pub(crate) async fn ask(
    within: &mut Transaction<'_, Postgres>,
    step: Step<'_>,
) -> Result<Vec<Row>, sqlx::Error> {
    query(step).fetch_all(&mut **within).await?.iter().map(row).collect()
}

/// Tells whether the server did not let a transaction through, and would let it another time.
pub(crate) fn is_worth_another_try(error: &sqlx::Error) -> bool {
    // serialization_failure, deadlock_detected.
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| ["40001", "40P01"].contains(&&*code))
}

/// A search for a text that cannot be there. To add one is another matter: that is the server's to refuse.
fn changes_nothing(step: Step<'_>) -> bool {
    step.has_zero() && !step.sql.starts_with("INSERT")
}

/// Tells whether what is said to the server stays on this machine.
fn is_local(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || address.is_ok_and(|address| address.is_loopback())
}

fn query(step: Step<'_>) -> sqlx::query::Query<'static, Postgres, PgArguments> {
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

fn row(row: &PgRow) -> Result<Row, sqlx::Error> {
    let mut cells = Vec::with_capacity(row.len());
    for column in row.columns() {
        let at = column.ordinal();
        let value = row.try_get_raw(at)?;
        cells.push(match column.type_info().name() {
            _ if value.is_null() => Cell::Null,
            "TEXT" => Cell::Text(row.try_get(at)?),
            "BYTEA" => Cell::Bytes(row.try_get(at)?),
            "INT8" => Cell::Number(row.try_get(at)?),
            "INT4" => Cell::Number(row.try_get::<i32, _>(at)?.into()),
            "BOOL" => Cell::Number(row.try_get::<bool, _>(at)?.into()),
            other => return Err(sqlx::Error::Decode(Box::new(unexpected(other)))),
        });
    }
    Ok(Row::new(cells))
}

/// Nobody waits longer than for `$1` milliseconds, and a commit that is answered is on the disk, whatever the server is set to.
const PREPARE_SESSION: &str = "SELECT set_config('statement_timeout', $1, false), \
    set_config('idle_in_transaction_session_timeout', $1, false), \
    set_config('default_transaction_isolation', 'read committed', false), \
    set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' \
        ELSE current_setting('synchronous_commit') END, false)";

/// Keeps others who migrate out, until the end of the transaction.
pub(crate) const LOCK_SCHEMA: &str = "SELECT pg_advisory_xact_lock(8245077150428001893)";

/// READ COMMITTED, so each statement sees what was committed before it, and one that meets a row that somebody is changing waits
/// and looks at it again. All lock a client before its codes, grants and tokens, as its removal does.
pub(crate) const DIALECT: Dialect = Dialect {
    redeem_code: "UPDATE scopa_codes SET spent = TRUE \
        FROM (SELECT id FROM scopa_clients WHERE id = $2 FOR KEY SHARE) AS client \
        WHERE digest = $1 AND client_id = client.id AND NOT spent",
    rotate_grant: "UPDATE scopa_grants SET generation = generation + 1, rotated_at = $3, expires_at = $4 \
        FROM (SELECT scopa_clients.id FROM scopa_clients \
            JOIN scopa_grants AS held ON held.client_id = scopa_clients.id \
            WHERE held.id = $1 FOR KEY SHARE OF scopa_clients) AS client \
        WHERE scopa_grants.id = $1 AND generation = $2 AND client_id = client.id",
    // As an array, so that the search is done once; what somebody is changing is left to the next time.
    purge: [
        "DELETE FROM scopa_codes WHERE digest = ANY (ARRAY (SELECT digest FROM scopa_codes \
            WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
        "DELETE FROM scopa_grants WHERE id = ANY (ARRAY (SELECT id FROM scopa_grants \
            WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
        "DELETE FROM scopa_access_tokens WHERE digest = ANY (ARRAY (SELECT digest FROM scopa_access_tokens \
            WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
        "DELETE FROM scopa_revoked_ids WHERE id = ANY (ARRAY (SELECT id FROM scopa_revoked_ids \
            WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
        "DELETE FROM scopa_used_words WHERE digest = ANY (ARRAY (SELECT digest FROM scopa_used_words \
            WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
    ],
    has_schema: "SELECT 1 WHERE to_regclass('scopa_schema') IS NOT NULL",
    migrations: &[include_str!("schema/postgres_1.sql")],
};
