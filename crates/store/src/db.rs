//! The two databases: opening, beginning a write, closing.
//!
//! SQLite: one writer, many readers, WAL, every commit synced. A transaction begins `IMMEDIATE`: it waits for the write
//! lock at its start, never in the middle. PostgreSQL: an ordinary pool. Must never contain SQL except the statements
//! that open and maintain a database.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, SqlitePool};

use crate::on::On;
use crate::postgres::Pg;
use crate::tx::{Lent, Tx};

#[derive(Clone, Debug)]
pub enum Db {
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
        /// Moves the log of last writes to the main file, so that no write has to wait for that.
        checkpoint: SqlitePool,
        /// The mark that this process writes to page 1 with each transaction; 0: none. See [`Db::renew_mark`].
        mark: Arc<AtomicU32>,
    },
    Postgres(Pg),
}

impl<'a> From<&'a Db> for On<'a> {
    fn from(db: &'a Db) -> Self {
        match db {
            Db::Sqlite { read, .. } => Self::Sqlite(read),
            Db::Postgres(pg) => Self::Postgres(pg),
        }
    }
}

/// Maximum wait for a connection to the embedded database. Writes are short; a longer wait ends with the error “busy”.
const WAIT_FOR_TURN: Duration = Duration::from_secs(15);

/// In KiB, as SQLite writes it: negative.
const WRITER_CACHE: &str = "-16384";

/// Pages in the log of last writes from which a commit moves them itself. A server moves them much earlier
/// ([`Db::checkpoint`]); other programs write little.
const LOG_MAX: &str = "16000";

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
        // A file cannot be disconnected. A test before each use would cost as much as a short statement.
        let pool = SqlitePoolOptions::new().test_before_acquire(false).acquire_timeout(WAIT_FOR_TURN);
        // Pages that every turn of leases touches stay in memory; sorting a few rows needs no file.
        let writer = options
            .clone()
            .pragma("cache_size", WRITER_CACHE)
            .pragma("temp_store", "MEMORY")
            .pragma("wal_autocheckpoint", LOG_MAX);
        let write = pool.clone().max_connections(1).connect_with(writer).await?;
        let checkpoint =
            pool.clone().max_connections(1).min_connections(0).connect_lazy_with(options.clone());
        let read = pool.max_connections(4).min_connections(0).connect_lazy_with(options.read_only(true));
        Ok(Self::Sqlite { write, read, checkpoint, mark: Arc::default() })
    }

    /// Begins a transaction that may write. Dropping it without a commit rolls it back.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { write, mark, .. } => {
                let mut lent = Lent::new(write.acquire().await?);
                // Read only now: this task holds the write connection, so no other task can renew the mark.
                match mark.load(Ordering::SeqCst) {
                    0 => lent.begin("BEGIN IMMEDIATE").await?,
                    mark => {
                        let text = format!("BEGIN IMMEDIATE; PRAGMA user_version = {mark}");
                        lent.begin(AssertSqlSafe(text)).await?;
                    }
                }
                Tx::Sqlite(lent)
            }
            Self::Postgres(pg) => pg.begin().await?,
        })
    }

    /// Gives the embedded database a new mark. The mark shows which log of last writes (`…-wal`) belongs to the main
    /// file, see [`crate::sqlite`]. Only the server calls this, at start and periodically; other programs keep the
    /// mark.
    pub async fn renew_mark(&self) -> Result<(), sqlx::Error> {
        let Self::Sqlite { write, mark, .. } = self else { return Ok(()) };
        let next = crate::sqlite::new_mark()?;
        let mut lent = Lent::new(write.acquire().await?);
        // Until the new mark is committed, transactions write no mark.
        mark.store(0, Ordering::SeqCst);
        lent.begin("BEGIN IMMEDIATE").await?;
        let read = sqlx::query_scalar("PRAGMA user_version").fetch_one(lent.start()?).await;
        let before: i64 = lent.end(read)?;
        let text = format!("PRAGMA application_id = {before}; PRAGMA user_version = {next}");
        let written = sqlx::raw_sql(AssertSqlSafe(text)).execute(lent.start()?).await;
        lent.end(written)?;
        lent.commit().await?;
        mark.store(next, Ordering::SeqCst);
        drop(lent);
        // Moves the new mark to the main file.
        self.checkpoint().await
    }

    /// Moves the log of last writes of the embedded database to the main file, as far as no other connection reads it.
    /// Neither reads nor writes wait for this.
    pub async fn checkpoint(&self) -> Result<(), sqlx::Error> {
        let Self::Sqlite { checkpoint, .. } = self else { return Ok(()) };
        let mut lent = Lent::new(checkpoint.acquire().await?);
        let moved = sqlx::raw_sql("PRAGMA wal_checkpoint(PASSIVE)").execute(lent.start()?).await;
        lent.end(moved).map(drop)
    }

    /// Checks that the database answers.
    pub async fn ping(&self) -> Result<(), sqlx::Error> {
        let (_one,): (i64,) = crate::sql("SELECT CAST(1 AS BIGINT)").fetch_one(self).await?;
        Ok(())
    }

    /// Name and version, for example `SQLite 3.50.4` or `PostgreSQL 15.18`.
    pub async fn version(&self) -> Result<String, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { read, .. } => {
                let (version,): (String,) = sqlx::query_as("SELECT sqlite_version()").fetch_one(read).await?;
                format!("SQLite {version}")
            }
            Self::Postgres(pg) => {
                let version = "SELECT current_setting('server_version')";
                let (version,): (String,) = crate::query::Query::new(version).fetch_one(pg).await?;
                format!("PostgreSQL {}", version.split(' ').next().unwrap_or_default())
            }
        })
    }

    /// Size of the database in bytes.
    pub async fn size(&self) -> Result<u64, sqlx::Error> {
        let (bytes,): (i64,) = match self {
            Self::Sqlite { read, .. } => {
                let pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
                sqlx::query_as(pages).fetch_one(read).await?
            }
            Self::Postgres(pg) => {
                let size = "SELECT pg_database_size(current_database())";
                crate::query::Query::new(size).fetch_one(pg).await?
            }
        };
        Ok(u64::try_from(bytes).unwrap_or_default())
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, read, checkpoint, .. } => {
                read.close().await;
                checkpoint.close().await;
                write.close().await;
            }
            Self::Postgres(pg) => pg.pool().close().await,
        }
    }
}
