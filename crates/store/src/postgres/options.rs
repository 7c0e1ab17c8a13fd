//! How statements run on PostgreSQL: prepared or not, and for how long.

use std::future::Future;
use std::time::Duration;

/// How statements run in a transaction.
#[derive(Clone, Copy, Debug)]
pub struct StatementOptions {
    pub(crate) may_prepare: bool,
    /// Time limit of any single answer.
    pub(crate) answer_within: Duration,
}

/// # Errors
/// [`std::io::ErrorKind::TimedOut`], in the driver's error type, when `work` takes longer than `limit`.
pub(crate) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_elapsed| {
        let words = format!("the database did not answer within {} s", limit.as_secs());
        Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, words)))
    })
}
