//! Connections and transactions on the two databases.
//!
//! SQLite: one writer, many readers, WAL, every commit synced. A transaction begins `IMMEDIATE`, so it either owns
//! the write lock from the start or waits for it. PostgreSQL: an ordinary pool. Must never hold SQL of its own beyond
//! what opening needs.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

#[derive(Clone, Debug)]
pub enum Db {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres(PgPool),
}

#[derive(Debug)]
pub enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Where a read runs: on the pool, or inside a transaction that must see its own writes.
pub enum On<'a> {
    Sqlite(&'a SqlitePool),
    Postgres(&'a PgPool),
    Tx(&'a mut Tx),
}

impl<'a> From<&'a Db> for On<'a> {
    fn from(db: &'a Db) -> Self {
        match db {
            Db::Sqlite { read, .. } => Self::Sqlite(read),
            Db::Postgres(pool) => Self::Postgres(pool),
        }
    }
}

impl<'a> From<&'a mut Tx> for On<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        Self::Tx(tx)
    }
}

impl Db {
    /// Opens (and creates) the embedded database.
    pub async fn open_sqlite(file: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        // A file does not hang up: asking it before each use would cost as much as a short statement.
        let pool = SqlitePoolOptions::new().test_before_acquire(false);
        let write = pool.clone().max_connections(1).connect_with(options.clone()).await?;
        let read = pool.max_connections(4).min_connections(0).connect_lazy_with(options.read_only(true));
        Ok(Self::Sqlite { write, read })
    }

    /// Begins a write. Dropping the transaction without commit rolls back.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Answers whether the database still does.
    pub async fn ping(&self) -> Result<(), sqlx::Error> {
        let (_one,): (i64,) = crate::sql("SELECT CAST(1 AS BIGINT)").fetch_one(self).await?;
        Ok(())
    }

    /// `SQLite 3.50.4`, `PostgreSQL 15.18`.
    pub async fn version(&self) -> Result<String, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { read, .. } => {
                let (version,): (String,) = sqlx::query_as("SELECT sqlite_version()").fetch_one(read).await?;
                format!("SQLite {version}")
            }
            Self::Postgres(pool) => {
                let (version,): (String,) = sqlx::query_as("SHOW server_version").fetch_one(pool).await?;
                format!("PostgreSQL {}", version.split(' ').next().unwrap_or_default())
            }
        })
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }
}
