//! `license_file`: license files as they were imported.

use crate::on::On;
use crate::{Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LicenseRow {
    pub id: i64,
    pub license_id: String,
    /// The signed text, byte for byte.
    pub content: String,
    pub imported_at: Time,
}

/// All files, in the order of import.
pub async fn list_licenses(on: impl Into<On<'_>>) -> Result<Vec<LicenseRow>, sqlx::Error> {
    sql("SELECT id, license_id, content, imported_at FROM license_file ORDER BY id").fetch_all(on).await
}

/// How many license files were imported. A server compares the count to notice that another server imported a file. It
/// does not compare the highest id: of two concurrent imports, the one with the lower id may commit last.
pub async fn count_licenses(on: impl Into<On<'_>>) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = sql("SELECT CAST(COUNT(*) AS BIGINT) FROM license_file").fetch_one(on).await?;
    Ok(count)
}

/// Stores a license file. Returns `false` when this license was imported before.
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
