use std::time::Duration;

use scopa_issuer::StoreError;

#[cfg(feature = "postgres")]
use crate::postgres::{self, PostgresEngine};
use crate::row::Row;
#[cfg(feature = "sqlite")]
use crate::sqlite::{self, SqliteEngine};
use crate::statements::Dialect;
use crate::step::Step;

/// The connections to a database, and how long they are waited for.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(crate) kind: EngineKind,
    pub(crate) patience: Duration,
}

#[derive(Clone)]
pub(crate) enum EngineKind {
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteEngine),
    #[cfg(feature = "postgres")]
    Postgres(PostgresEngine),
}

/// What a transaction does when its first statement changes nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FirstIdle {
    Stop,
    GoOn,
}

impl Engine {
    pub(crate) fn dialect(&self) -> &'static Dialect {
        match &self.kind {
            #[cfg(feature = "sqlite")]
            EngineKind::Sqlite(_) => &sqlite::DIALECT,
            #[cfg(feature = "postgres")]
            EngineKind::Postgres(_) => &postgres::DIALECT,
        }
    }

    /// Returns a text that the database can be given, so that what comes after it is what comes after this one: PostgreSQL has no zero
    /// character.
    pub(crate) fn comparable<'t>(&self, text: &'t str) -> &'t str {
        match &self.kind {
            #[cfg(feature = "sqlite")]
            EngineKind::Sqlite(_) => text,
            #[cfg(feature = "postgres")]
            EngineKind::Postgres(_) => text.split('\0').next().unwrap_or_default(),
        }
    }

    /// Returns the rows that a statement finds.
    pub(crate) async fn find(&self, step: Step<'_>) -> Result<Vec<Row>, StoreError> {
        self.within_time(async {
            match &self.kind {
                #[cfg(feature = "sqlite")]
                EngineKind::Sqlite(engine) => engine.find(step).await,
                #[cfg(feature = "postgres")]
                EngineKind::Postgres(engine) => engine.find(step).await,
            }
        })
        .await
    }

    /// Goes through the steps in one transaction, unless the first changes nothing: then nothing is changed. Tells how many rows the
    /// first one changed. A record whose client or grant is not there counts as no change.
    pub(crate) async fn change(&self, steps: &[Step<'_>]) -> Result<u64, StoreError> {
        let counts = self.within_time(self.run(steps, FirstIdle::Stop)).await?;
        Ok(counts.first().copied().unwrap_or_default())
    }

    /// Goes through all the steps in one transaction, and tells how many rows each changed.
    pub(crate) async fn change_all(&self, steps: &[Step<'_>]) -> Result<Vec<u64>, StoreError> {
        self.within_time(self.run(steps, FirstIdle::GoOn)).await
    }

    async fn run(&self, steps: &[Step<'_>], idle: FirstIdle) -> Result<Vec<u64>, sqlx::Error> {
        let outcome = match &self.kind {
            #[cfg(feature = "sqlite")]
            EngineKind::Sqlite(engine) => run_on_sqlite(engine, steps, idle).await,
            #[cfg(feature = "postgres")]
            EngineKind::Postgres(engine) => run_on_postgres(engine, steps, idle).await,
        };
        match outcome {
            Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Ok(Vec::new()),
            outcome => outcome,
        }
    }

    /// Waits as long as was set, whatever the network does.
    async fn within_time<T>(
        &self,
        work: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(self.patience, work).await {
            Ok(outcome) => outcome.map_err(StoreError::new),
            Err(_) => {
                let within = self.patience.as_millis();
                Err(StoreError::new(format!("no answer of the database within {within} ms")))
            }
        }
    }
}

#[cfg(feature = "sqlite")]
async fn run_on_sqlite(
    engine: &SqliteEngine,
    steps: &[Step<'_>],
    idle: FirstIdle,
) -> Result<Vec<u64>, sqlx::Error> {
    // Dropped before its commit, a transaction is undone.
    let mut transaction = engine.begin().await?;
    let mut counts = Vec::with_capacity(steps.len());
    for step in steps {
        counts.push(sqlite::run(&mut transaction, *step).await?);
        if idle == FirstIdle::Stop && counts == [0] {
            return transaction.rollback().await.map(|()| counts);
        }
    }
    transaction.commit().await.map(|()| counts)
}

#[cfg(feature = "postgres")]
async fn run_on_postgres(
    engine: &PostgresEngine,
    steps: &[Step<'_>],
    idle: FirstIdle,
) -> Result<Vec<u64>, sqlx::Error> {
    for _ in 0..TRIES {
        match try_on_postgres(engine, steps, idle).await {
            Err(error) if postgres::is_worth_another_try(&error) => {}
            outcome => return outcome,
        }
    }
    try_on_postgres(engine, steps, idle).await
}

#[cfg(feature = "postgres")]
async fn try_on_postgres(
    engine: &PostgresEngine,
    steps: &[Step<'_>],
    idle: FirstIdle,
) -> Result<Vec<u64>, sqlx::Error> {
    if let [step] = steps {
        return Ok([engine.run_alone(*step).await?].into());
    }
    // Dropped before its commit, a transaction is undone.
    let mut transaction = engine.begin().await?;
    let mut counts = Vec::with_capacity(steps.len());
    for step in steps {
        counts.push(postgres::run(&mut transaction, *step).await?);
        if idle == FirstIdle::Stop && counts == [0] {
            return transaction.rollback().await.map(|()| counts);
        }
    }
    transaction.commit().await.map(|()| counts)
}

/// How often a transaction is done again that another was in the way of, before the last time.
#[cfg(feature = "postgres")]
const TRIES: usize = 4;
