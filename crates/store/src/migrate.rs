//! Brings a database to the schema this program needs.
//!
//! All migrations run in one transaction under a lock (SQLite's write lock, a PostgreSQL advisory lock). So two servers
//! may start at the same time, and a killed server leaves the old schema. A released migration must never change: its
//! checksum is stored, and another checksum is an error.

use crate::Time;
use crate::{Db, Tx, sql};

/// Every file of `migrations/`, in order; a test compares the list with the folder.
const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_accounts", include_str!("../../../migrations/0001_accounts.sql")),
    ("0002_organizations", include_str!("../../../migrations/0002_organizations.sql")),
    ("0003_mail", include_str!("../../../migrations/0003_mail.sql")),
    ("0004_licenses", include_str!("../../../migrations/0004_licenses.sql")),
    ("0005_mail_delivery", include_str!("../../../migrations/0005_mail_delivery.sql")),
    ("0006_sign_in_safety", include_str!("../../../migrations/0006_sign_in_safety.sql")),
    ("0007_lease_returns", include_str!("../../../migrations/0007_lease_returns.sql")),
    ("0008_folded_text", include_str!("../../../migrations/0008_folded_text.sql")),
    ("0009_house", include_str!("../../../migrations/0009_house.sql")),
    ("0010_seats_and_addresses", include_str!("../../../migrations/0010_seats_and_addresses.sql")),
    ("0011_lists", include_str!("../../../migrations/0011_lists.sql")),
    ("0012_scans", include_str!("../../../migrations/0012_scans.sql")),
    ("0013_undo", include_str!("../../../migrations/0013_undo.sql")),
    ("0014_queue_hosts", include_str!("../../../migrations/0014_queue_hosts.sql")),
    ("0015_overview_and_inbox", include_str!("../../../migrations/0015_overview_and_inbox.sql")),
    ("0016_search", include_str!("../../../migrations/0016_search.sql")),
    ("0017_invitation_offers", include_str!("../../../migrations/0017_invitation_offers.sql")),
    ("0018_executions", include_str!("../../../migrations/0018_executions.sql")),
];

/// The number is arbitrary; its bytes spell `TKEP`.
pub(crate) const LOCK: &str = "SELECT pg_advisory_xact_lock(1414219088)";

#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(
        "The database was written by a newer Testkeep (it has migration {0}, this program knows up to {known}). \
         Install that version or restore a backup.",
        known = MIGRATIONS.len()
    )]
    Newer(i64),
    #[error("Migration {0} was changed after it had been applied. Install an unmodified Testkeep.")]
    Changed(String),
}

#[derive(sqlx::FromRow)]
struct Applied {
    version: i64,
    checksum: String,
}

/// Applies the missing migrations; returns how many there were.
pub async fn migrate(db: &Db, now: Time) -> Result<usize, MigrationError> {
    let mut tx = db.begin().await?;
    if matches!(tx, Tx::Postgres(..)) {
        run(&mut tx, LOCK).await?;
    }
    run(&mut tx, CREATE_TABLE).await?;
    let applied: Vec<Applied> =
        sql("SELECT version, checksum FROM schema_migration ORDER BY version").fetch_all(&mut tx).await?;
    if let Some(last) = applied.last()
        && usize::try_from(last.version).map_or(true, |version| version > MIGRATIONS.len())
    {
        return Err(MigrationError::Newer(last.version));
    }
    let mut count = 0;
    for (version, (name, text)) in (1_i64..).zip(MIGRATIONS) {
        let checksum = checksum(text);
        match applied.iter().find(|row| row.version == version) {
            Some(row) if row.checksum != checksum => return Err(MigrationError::Changed((*name).into())),
            Some(_) => {}
            None => {
                run(&mut tx, text).await?;
                sql("INSERT INTO schema_migration (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)")
                    .bind(version)
                    .bind(*name)
                    .bind(checksum)
                    .bind(now)
                    .execute(&mut tx)
                    .await?;
                count += 1;
            }
        }
    }
    tx.commit().await?;
    Ok(count)
}

const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migration (
    version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL)";

/// Runs several statements. `{{id}}` becomes the database's type of a generated key, `{{folded}}` its type of text that
/// is compared byte by byte.
pub(crate) async fn run(tx: &mut Tx, text: &'static str) -> Result<(), sqlx::Error> {
    let (id, folded) = match tx {
        Tx::Sqlite(_) => ("INTEGER PRIMARY KEY AUTOINCREMENT", "TEXT"),
        // IDENTITY needs PostgreSQL 10; 9.6 is supported.
        Tx::Postgres(..) => ("BIGSERIAL PRIMARY KEY", "TEXT COLLATE \"C\""),
    };
    let text = sqlx::AssertSqlSafe(text.replace("{{id}}", id).replace("{{folded}}", folded));
    // No time limit: this may convert much old data, or wait for another server that does so.
    match tx {
        Tx::Sqlite(lent) => {
            let result = sqlx::raw_sql(text).execute(lent.start()?).await;
            lent.end(result).map(drop)
        }
        Tx::Postgres(lent, _) => {
            let result = sqlx::raw_sql(text).execute(lent.start()?).await;
            lent.end(result).map(drop)
        }
    }
}

/// FNV-1a over the text without carriage returns. It detects accidental changes and is no protection against forgery.
fn checksum(text: &str) -> String {
    let hash = text.bytes().filter(|byte| *byte != b'\r').fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_every_file_of_the_folder() {
        let mut files: Vec<String> = std::fs::read_dir("../../migrations")
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let listed: Vec<String> = MIGRATIONS.iter().map(|(name, _)| format!("{name}.sql")).collect();
        assert_eq!(listed, files);
    }

    #[tokio::test]
    async fn two_at_once_apply_each_migration_once() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("a.db")).await.unwrap();
        let other = Db::open_sqlite(&folder.path().join("a.db")).await.unwrap();
        let now = testkeep_domain::Clock::system().now();
        let (first, second) = tokio::join!(migrate(&db, now), migrate(&other, now));
        assert_eq!(first.unwrap() + second.unwrap(), MIGRATIONS.len());
    }
}
