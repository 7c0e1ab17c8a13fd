//! `license_offline`: licenses that were handed out as files. Each takes a seat until it expires.

use testkeep_domain::text::fold;

use crate::list::List;
use crate::on::On;
use crate::{Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OfflineLicense {
    pub id: i64,
    pub machine_key: String,
    pub holder: String,
    pub created_at: Time,
    pub created_by: String,
    pub expires_at: Time,
}

pub struct NewOfflineLicense<'a> {
    pub organization_id: i64,
    pub product: &'a str,
    pub machine_key: &'a str,
    pub holder: &'a str,
    /// The signed document.
    pub content: &'a str,
    pub created_by: &'a str,
    pub expires_at: Time,
}

pub async fn create_offline_license(
    tx: &mut Tx,
    new: NewOfflineLicense<'_>,
    now: Time,
) -> Result<i64, sqlx::Error> {
    let (id,): (i64,) = sql("INSERT INTO license_offline
            (organization_id, product, machine_key, holder, content, created_at, created_by, expires_at, takes_seat,
             folded_holder)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, TRUE, $9) RETURNING id")
    .bind(new.organization_id)
    .bind(new.product)
    .bind(new.machine_key)
    .bind(new.holder)
    .bind(new.content)
    .bind(now)
    .bind(new.created_by)
    .bind(new.expires_at)
    .bind(fold(new.holder))
    .fetch_one(tx)
    .await?;
    Ok(id)
}

pub async fn find_offline_license(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    id: i64,
) -> Result<Option<OfflineLicense>, sqlx::Error> {
    sql("SELECT id, machine_key, holder, created_at, created_by, expires_at FROM license_offline
         WHERE id = $3 AND organization_id = $1 AND product = $2")
    .bind(organization_id)
    .bind(product)
    .bind(id)
    .fetch_optional(on)
    .await
}

/// The machine's key and the signed document.
pub async fn find_offline_content(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    id: i64,
) -> Result<Option<(String, String)>, sqlx::Error> {
    sql("SELECT machine_key, content FROM license_offline WHERE id = $3 AND organization_id = $1 AND product = $2")
        .bind(organization_id)
        .bind(product)
        .bind(id)
        .fetch_optional(on)
        .await
}

/// An offline license, with its product.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OfflineLicenseOfMachine {
    pub id: i64,
    pub product: String,
    pub holder: String,
    pub expires_at: Time,
}

/// The newest offline licenses of a machine.
pub async fn list_offline_licenses_of_machine(
    on: impl Into<On<'_>>,
    organization_id: i64,
    machine_key: &str,
    limit: i64,
) -> Result<Vec<OfflineLicenseOfMachine>, sqlx::Error> {
    sql("SELECT id, product, holder, expires_at FROM license_offline
         WHERE organization_id = $1 AND machine_key = $2 ORDER BY id DESC LIMIT $3")
    .bind(organization_id)
    .bind(machine_key)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// Sorts by `holder`, `machine_key`, `created_at` or `expires_at`.
pub async fn list_offline_licenses(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    list: &List,
) -> Result<Vec<OfflineLicense>, sqlx::Error> {
    sql("SELECT id, machine_key, holder, created_at, created_by, expires_at FROM license_offline
         WHERE organization_id = $1 AND product = $2
           AND ($3 = '%' OR folded_holder LIKE $3 ESCAPE '!' OR lower(replace(machine_key, 'I', 'i')) LIKE $3 ESCAPE '!')
         ORDER BY
           CASE WHEN NOT $5 THEN CASE $4 WHEN 'holder' THEN folded_holder WHEN 'machine_key' THEN machine_key END END ASC,
           CASE WHEN $5 THEN CASE $4 WHEN 'holder' THEN folded_holder WHEN 'machine_key' THEN machine_key END END DESC,
           CASE WHEN NOT $5 THEN CASE $4 WHEN 'created_at' THEN created_at WHEN 'expires_at' THEN expires_at END END ASC,
           CASE WHEN $5 THEN CASE $4 WHEN 'created_at' THEN created_at WHEN 'expires_at' THEN expires_at END END DESC,
           id DESC
         LIMIT $6 OFFSET $7")
    .bind(organization_id)
    .bind(product)
    .bind_list(list)
    .planned_for_values()
    .fetch_all(on)
    .await
}

pub async fn count_offline_licenses(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    list: &List,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM license_offline
         WHERE organization_id = $1 AND product = $2
           AND ($3 = '%' OR folded_holder LIKE $3 ESCAPE '!' OR lower(replace(machine_key, 'I', 'i')) LIKE $3 ESCAPE '!')")
    .bind(organization_id)
    .bind(product)
    .bind(list.pattern())
    .planned_for_values()
    .fetch_one(on)
    .await?;
    Ok(count)
}

/// Counts the offline licenses that have not expired. `product` `None`: of all products.
pub async fn count_active_offline_licenses(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: Option<&str>,
    now: Time,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM license_offline
         WHERE organization_id = $1 AND expires_at > $3 AND (CAST($2 AS TEXT) IS NULL OR product = $2)")
    .bind(organization_id)
    .bind(product.map(str::to_owned))
    .bind(now)
    .fetch_one(on)
    .await?;
    Ok(count)
}

/// Frees the seats of expired offline licenses; returns organization and product of each.
pub async fn end_offline_licenses(tx: &mut Tx, now: Time) -> Result<Vec<(i64, String)>, sqlx::Error> {
    sql("UPDATE license_offline SET takes_seat = FALSE WHERE takes_seat AND expires_at <= $1
         RETURNING organization_id, product")
    .bind(now)
    .fetch_all(tx)
    .await
}
