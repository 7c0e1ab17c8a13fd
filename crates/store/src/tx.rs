//! Connections borrowed from a pool, and the transactions on them.
//!
//! A connection goes back to its pool only in a known state. The state is unknown when SQLite ended a transaction by
//! itself (disk full or faulty), when a cancelled request left a statement unfinished, or when the connection was lost.
//! Then the connection is closed, and the pool opens another. Must never continue on a connection whose state is
//! unknown.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Database, PgConnection, Postgres, SqlSafeStr, SqlStr, Sqlite, SqliteConnection};

use crate::postgres::options::{StatementOptions, within};
use crate::trouble::is_harmless;

/// Time limit for the rollback of an open transaction, and for the return of a connection to its pool.
const GIVE_BACK: Duration = Duration::from_secs(5);

type Running<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

/// One of the two databases.
pub trait Kind: Database {
    /// Runs SQL without values.
    fn run(connection: &mut Self::Connection, text: SqlStr) -> Running<'_, Result<(), sqlx::Error>>;

    /// Closes the connection, so the pool may open another. Uncommitted writes are rolled back.
    fn close(connection: PoolConnection<Self>);
}

impl Kind for Sqlite {
    fn run(connection: &mut SqliteConnection, text: SqlStr) -> Running<'_, Result<(), sqlx::Error>> {
        Box::pin(async move { sqlx::raw_sql(text).execute(connection).await.map(drop) })
    }

    /// The pool may open another connection only after the file is closed: two writers would wait for each other.
    fn close(mut connection: PoolConnection<Self>) {
        connection.close_on_drop();
    }
}

impl Kind for Postgres {
    fn run(connection: &mut PgConnection, text: SqlStr) -> Running<'_, Result<(), sqlx::Error>> {
        Box::pin(async move { sqlx::raw_sql(text).execute(connection).await.map(drop) })
    }

    /// Drops the connection at once. A polite end on a dead connection would take minutes.
    fn close(connection: PoolConnection<Self>) {
        drop(connection.detach());
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No statement runs. `open`: a transaction was begun.
    Resting { open: bool },
    /// A statement runs. If this state remains after the statement, the statement was cancelled.
    Busy { open: bool },
    /// An error left it in an unknown state.
    Broken,
}

/// A connection borrowed from a pool.
#[derive(Debug)]
pub struct Lent<DB: Kind> {
    /// `None`: it was given back.
    connection: Option<PoolConnection<DB>>,
    state: State,
}

impl<DB: Kind> Lent<DB> {
    pub(crate) fn new(connection: PoolConnection<DB>) -> Self {
        Self { connection: Some(connection), state: State::Resting { open: false } }
    }

    /// Must be called before each statement, and [`Self::end`] after it.
    ///
    /// # Errors
    /// An earlier statement ended the transaction. Later writes must not be committed without the earlier ones.
    pub(crate) fn start(&mut self) -> Result<&mut DB::Connection, sqlx::Error> {
        let State::Resting { open } = self.state else { return Err(ended()) };
        let connection = self.connection.as_deref_mut().ok_or_else(ended)?;
        self.state = State::Busy { open };
        Ok(connection)
    }

    /// Takes the result of the statement that [`Self::start`] began, and returns it.
    pub(crate) fn end<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        let harmless = result.as_ref().err().is_none_or(is_harmless);
        self.state = match self.state {
            State::Busy { open } if harmless => State::Resting { open },
            _ => State::Broken,
        };
        result
    }

    async fn run(&mut self, text: impl SqlSafeStr) -> Result<(), sqlx::Error> {
        let text = text.into_sql_str();
        let result = DB::run(self.start()?, text).await;
        // A failed BEGIN or COMMIT never leaves a connection that can be used.
        self.state = if result.is_ok() { State::Resting { open: false } } else { State::Broken };
        result
    }

    pub(crate) async fn begin(&mut self, text: impl SqlSafeStr) -> Result<(), sqlx::Error> {
        self.run(text).await?;
        self.state = State::Resting { open: true };
        Ok(())
    }

    /// Commits. The connection stays borrowed.
    pub(crate) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.run("COMMIT").await
    }
}

impl<DB: Kind> Drop for Lent<DB> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        match self.state {
            State::Resting { open } => give_back(connection, open),
            State::Busy { .. } | State::Broken => DB::close(connection),
        }
    }
}

/// Runs in its own task, so that dropping a transaction does not wait.
fn give_back<DB: Kind>(mut connection: PoolConnection<DB>, open: bool) {
    if tokio::runtime::Handle::try_current().is_err() {
        DB::close(connection);
        return;
    }
    tokio::spawn(async move {
        if open
            && !matches!(
                tokio::time::timeout(GIVE_BACK, DB::run(&mut connection, "ROLLBACK".into_sql_str())).await,
                Ok(Ok(()))
            )
        {
            DB::close(connection);
            return;
        }
        // The pool tests the connection. Without a limit, a dead one would occupy the pool for a quarter of an hour.
        let _given_up = tokio::time::timeout(GIVE_BACK, connection.return_to_pool()).await;
    });
}

fn ended() -> sqlx::Error {
    sqlx::Error::Protocol("an earlier error ended this transaction".into())
}

/// An open transaction that may write. Dropping it without a commit rolls it back.
#[derive(Debug)]
pub enum Tx {
    Sqlite(Lent<Sqlite>),
    Postgres(Lent<Postgres>, StatementOptions),
}

impl Tx {
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(mut lent) => lent.commit().await,
            Self::Postgres(mut lent, options) => within(options.answer_within, lent.commit()).await,
        }
    }
}
