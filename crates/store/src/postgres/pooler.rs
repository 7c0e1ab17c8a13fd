//! Whether a pooler in transaction mode (pgbouncer and its like) stands between this program and PostgreSQL.
//!
//! Such a pooler gives a connection to whoever begins a transaction, so two of our connections meet on the same process
//! of PostgreSQL. That is how it is recognized: it does not say so itself. Must never fail because of what it finds.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection, Row};

use super::pool::within;

/// For each step. A pooler that has one connection only keeps the other side waiting.
const PATIENCE: Duration = Duration::from_secs(5);

const PROCESS: &str = "SELECT pg_backend_pid()";

/// `first` is a connection made with `options`; it is closed.
pub(crate) async fn is_in_between(mut first: PgConnection, options: &PgConnectOptions) -> bool {
    // Without prepared statements everything works, only slower: the side to be wrong on.
    let found = find(&mut first, options).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "whether a pooler stands before PostgreSQL could not be found out; it is assumed");
        true
    });
    // A dead connection would not say goodbye in time.
    let _closed = within(PATIENCE, first.close()).await;
    if found {
        tracing::info!("a pooler in transaction mode stands before PostgreSQL: no statement stays prepared");
    }
    found
}

pub(crate) async fn find(first: &mut PgConnection, options: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let before = process(first).await?;
    let mut second = within(PATIENCE, PgConnection::connect_with(options)).await?;
    within(PATIENCE, async { sqlx::raw_sql("BEGIN").execute(&mut second).await.map(drop) }).await?;
    let other = process(&mut second).await?;
    // While the second is in a transaction, the first gets another process, or none.
    let after = process(first).await;
    let _closed = within(PATIENCE, second.close()).await;
    Ok(before == other || after.map_or(true, |after| after != before))
}

/// The number of the process that answers.
async fn process(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    within(PATIENCE, sqlx::raw_sql(PROCESS).fetch_one(connection)).await?.try_get(0)
}
