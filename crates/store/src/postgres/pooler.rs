//! Detects a pooler in transaction mode (for example pgbouncer) between this program and PostgreSQL.
//!
//! A pooler does not identify itself. But it assigns a server process per transaction, so two of our connections can
//! get the same process of PostgreSQL. That is the sign. Must never fail because of the result.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection, Row};

use super::options::within;

/// Time limit of each step. A pooler with a single server connection lets our second connection wait.
const PATIENCE: Duration = Duration::from_secs(5);

const PROCESS: &str = "SELECT pg_backend_pid()";

/// `first` is a connection that was made with `options`. It is closed here.
pub(crate) async fn is_in_between(mut first: PgConnection, options: &PgConnectOptions) -> bool {
    // If the test fails, assume a pooler: without prepared statements everything works, only more slowly.
    let found = find(&mut first, options).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "whether a pooler stands before PostgreSQL could not be found out; it is assumed");
        true
    });
    // Closing a dead connection politely would take too long.
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
    // While the second connection is in a transaction, a pooler gives the first one another process, or none.
    let after = process(first).await;
    let _closed = within(PATIENCE, second.close()).await;
    Ok(before == other || after.map_or(true, |after| after != before))
}

/// The number of the server process that answers.
async fn process(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    within(PATIENCE, sqlx::raw_sql(PROCESS).fetch_one(connection)).await?.try_get(0)
}
