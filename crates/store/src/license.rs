//! `license_file`: license files as they were imported.

use crate::db::On;
use crate::{Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LicenseRow {
    pub id: i64,
    pub license_id: String,
    /// The signed text, byte for byte.
    pub content: String,
    pub imported_at: Time,
}

/// The file imported last.
pub async fn find_latest_license(on: impl Into<On<'_>>) -> Result<Option<LicenseRow>, sqlx::Error> {
    sql("SELECT id, license_id, content, imported_at FROM license_file ORDER BY id DESC LIMIT 1")
        .fetch_optional(on)
        .await
}

/// Number of the latest import, 0 when there is none: a cheap way to notice that another server imported one.
pub async fn latest_license_number(on: impl Into<On<'_>>) -> Result<i64, sqlx::Error> {
    let (id,): (i64,) =
        sql("SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) FROM license_file").fetch_one(on).await?;
    Ok(id)
}

/// `false` when this license was imported before.
pub async fn create_license(
    tx: &mut Tx,
    license_id: &str,
    content: &str,
    imported_by: Option<i64>,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let rows = sql("INSERT INTO license_file (license_id, content, imported_at, imported_by)
         VALUES ($1, $2, $3, $4) ON CONFLICT (license_id) DO NOTHING")
    .bind(license_id)
    .bind(content)
    .bind(now)
    .bind(imported_by)
    .execute(tx)
    .await?;
    Ok(rows == 1)
}
