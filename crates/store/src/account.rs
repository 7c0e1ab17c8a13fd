//! `account_member`: who administers the installation, and in which role.

use crate::db::On;
use crate::{Time, Tx, sql};

pub async fn create_account_member(
    tx: &mut Tx,
    user_id: i64,
    role: &str,
    now: Time,
) -> Result<(), sqlx::Error> {
    sql("INSERT INTO account_member (user_id, role, created_at) VALUES ($1, $2, $3)")
        .bind(user_id)
        .bind(role)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn find_account_role(on: impl Into<On<'_>>, user_id: i64) -> Result<Option<String>, sqlx::Error> {
    let row: Option<(String,)> =
        sql("SELECT role FROM account_member WHERE user_id = $1").bind(user_id).fetch_optional(on).await?;
    Ok(row.map(|(role,)| role))
}
