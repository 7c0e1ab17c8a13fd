//! `setting`: installation-wide values, one row each.

use crate::on::On;
use crate::{Time, Tx, sql};

pub async fn find_setting(on: impl Into<On<'_>>, name: &str) -> Result<Option<String>, sqlx::Error> {
    let row: Option<(String,)> =
        sql("SELECT value FROM setting WHERE name = $1").bind(name).fetch_optional(on).await?;
    Ok(row.map(|(value,)| value))
}

/// Creates the row. Returns `false` when it exists: of two concurrent calls exactly one returns `true`.
pub async fn create_setting(tx: &mut Tx, name: &str, value: &str, now: Time) -> Result<bool, sqlx::Error> {
    let rows = sql("INSERT INTO setting (name, value, updated_at) VALUES ($1, $2, $3)
                    ON CONFLICT (name) DO NOTHING")
    .bind(name)
    .bind(value)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(rows == 1)
}

pub async fn put_setting(tx: &mut Tx, name: &str, value: &str, now: Time) -> Result<(), sqlx::Error> {
    sql("INSERT INTO setting (name, value, updated_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at")
    .bind(name)
    .bind(value)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn delete_setting(tx: &mut Tx, name: &str) -> Result<(), sqlx::Error> {
    sql("DELETE FROM setting WHERE name = $1").bind(name).execute(tx).await.map(drop)
}
