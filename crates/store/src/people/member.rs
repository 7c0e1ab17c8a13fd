//! `member` and `removed_member`: the people of each scope with their roles, and the people removed from it.

use crate::list::{List, Slice, Total, orders};
use crate::on::On;
use crate::query::Query;
use crate::{Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Member {
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub role: String,
    pub password_sign_in: bool,
    pub joined_at: Time,
    pub last_access_at: Option<Time>,
}

/// Adds a person to a scope. Returns `false` when they are a member already; their role then stays unchanged.
pub async fn create_member(
    tx: &mut Tx,
    scope_id: i64,
    user_id: i64,
    role: &str,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let added = sql(
        "INSERT INTO member (scope_id, user_id, role, joined_at, folded_name, folded_email, last_access_at)
         SELECT $1, id, $3, $4, COALESCE(folded_name, ''), COALESCE(folded_email, ''),
                COALESCE(last_access_at, '0001-01-01T00:00:00+00:00')
         FROM user_account WHERE id = $2
         ON CONFLICT (scope_id, user_id) DO NOTHING",
    )
    .bind(scope_id)
    .bind(user_id)
    .bind(role)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(added == 1)
}

pub async fn find_member(
    on: impl Into<On<'_>>,
    scope_id: i64,
    user_id: i64,
) -> Result<Option<Member>, sqlx::Error> {
    sql("SELECT u.id AS user_id, u.email, u.first_name, u.last_name, m.role, m.password_sign_in, m.joined_at,
                u.last_access_at
         FROM member m JOIN user_account u ON u.id = m.user_id WHERE m.scope_id = $1 AND m.user_id = $2")
    .bind(scope_id)
    .bind(user_id)
    .fetch_optional(on)
    .await
}

orders! {
    MEMBERS,
    rows: "u.id AS user_id, u.email, u.first_name, u.last_name, m.role, m.password_sign_in, m.joined_at,
                u.last_access_at",
    from: "member m",
    joins: "LEFT JOIN member m ON m.scope_id = $5 AND m.user_id = page.seek_id
            LEFT JOIN user_account u ON u.id = page.seek_id",
    only: "m.scope_id = $5 AND (CAST($6 AS TEXT) IS NULL OR m.role = $6)
           AND ($7 = '%' OR m.folded_email LIKE $7 ESCAPE '!' OR m.folded_name LIKE $7 ESCAPE '!')",
    id: "m.user_id",
    "name" => Text "m.folded_name",
    "email" => Text "m.folded_email",
    "role" => Word "m.role",
    "joined_at" => Time "m.joined_at",
    "last_access_at" => Time "m.last_access_at",
}

/// Members of a scope. Sorts by `name`, `email`, `role`, `joined_at` or `last_access_at`. `role` `None`: all roles.
pub async fn list_members(
    on: impl Into<On<'_>>,
    scope_id: i64,
    role: Option<&str>,
    list: &List,
) -> Result<Slice<Member>, sqlx::Error> {
    let bind = |query: Query| query.bind(scope_id).bind(role.map(str::to_owned)).bind(list.pattern());
    list.fetch(MEMBERS, bind, on).await
}

pub async fn count_members(
    on: impl Into<On<'_>>,
    scope_id: i64,
    role: Option<&str>,
    list: &List,
) -> Result<Total, sqlx::Error> {
    let count = sql("SELECT COUNT(*) FROM (SELECT 1 FROM member m
         WHERE m.scope_id = $1 AND (CAST($2 AS TEXT) IS NULL OR m.role = $2)
           AND ($3 = '%' OR m.folded_email LIKE $3 ESCAPE '!' OR m.folded_name LIKE $3 ESCAPE '!') LIMIT $4) counted")
    .bind(scope_id)
    .bind(role.map(str::to_owned))
    .bind(list.pattern());
    Total::fetch(count, on).await
}

/// A scope that a person belongs to, with their role in it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Membership {
    pub scope_id: i64,
    pub level: String,
    pub name: String,
    pub organization_id: Option<i64>,
    pub organization_name: Option<String>,
    pub team_id: Option<i64>,
    pub role: String,
    pub password_sign_in: bool,
    pub joined_at: Time,
}

/// At most `limit` scopes of a person, in no particular order.
pub async fn list_memberships(
    on: impl Into<On<'_>>,
    user_id: i64,
    limit: i64,
) -> Result<Vec<Membership>, sqlx::Error> {
    sql("SELECT m.scope_id, s.level, s.name, s.organization_id, o.name AS organization_name, s.team_id, m.role,
                m.password_sign_in, m.joined_at
         FROM member m JOIN scope s ON s.id = m.scope_id LEFT JOIN scope o ON o.id = s.organization_id
         WHERE m.user_id = $1 LIMIT $2")
    .bind(user_id)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// Whether the person has a role other than Member in any scope.
pub async fn has_role_above_member(on: impl Into<On<'_>>, user_id: i64) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> =
        sql("SELECT scope_id FROM member WHERE user_id = $1 AND role <> 'member' LIMIT 1")
            .bind(user_id)
            .fetch_optional(on)
            .await?;
    Ok(row.is_some())
}

/// The Owners of a scope. Locks the scope until the transaction ends, so that two Owners cannot leave at the same time.
pub async fn lock_owners(tx: &mut Tx, scope_id: i64) -> Result<Vec<i64>, sqlx::Error> {
    // An UPDATE locks the row on both databases.
    sql("UPDATE scope SET name = name WHERE id = $1").bind(scope_id).execute(tx).await?;
    let rows: Vec<(i64,)> = sql("SELECT user_id FROM member WHERE scope_id = $1 AND role = 'owner'")
        .bind(scope_id)
        .fetch_all(tx)
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub async fn update_member_role(
    tx: &mut Tx,
    scope_id: i64,
    user_id: i64,
    role: &str,
) -> Result<(), sqlx::Error> {
    sql("UPDATE member SET role = $3 WHERE scope_id = $1 AND user_id = $2")
        .bind(scope_id)
        .bind(user_id)
        .bind(role)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn update_member_password_sign_in(
    tx: &mut Tx,
    scope_id: i64,
    user_id: i64,
    allowed: bool,
) -> Result<(), sqlx::Error> {
    sql("UPDATE member SET password_sign_in = $3 WHERE scope_id = $1 AND user_id = $2")
        .bind(scope_id)
        .bind(user_id)
        .bind(allowed)
        .execute(tx)
        .await
        .map(drop)
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RemovedMember {
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub role: String,
    pub removed_at: Time,
    pub removed_by: String,
}

/// Deletes the row about the person's removal, because they are a member again.
pub async fn delete_removed_member(tx: &mut Tx, scope_id: i64, user_id: i64) -> Result<(), sqlx::Error> {
    sql("DELETE FROM removed_member WHERE scope_id = $1 AND user_id = $2")
        .bind(scope_id)
        .bind(user_id)
        .execute(tx)
        .await
        .map(drop)
}

orders! {
    REMOVED_MEMBERS,
    rows: "u.id AS user_id, u.email, u.first_name, u.last_name, r.role, r.removed_at, r.removed_by",
    from: "removed_member r",
    joins: "LEFT JOIN removed_member r ON r.scope_id = $5 AND r.user_id = page.seek_id
            LEFT JOIN user_account u ON u.id = page.seek_id",
    only: "r.scope_id = $5 AND ($6 = '%' OR r.folded_email LIKE $6 ESCAPE '!' OR r.folded_name LIKE $6 ESCAPE '!')",
    id: "r.user_id",
    "removed_at" => Time "r.removed_at",
}

pub async fn list_removed_members(
    on: impl Into<On<'_>>,
    scope_id: i64,
    list: &List,
) -> Result<Slice<RemovedMember>, sqlx::Error> {
    list.fetch(REMOVED_MEMBERS, |query| query.bind(scope_id).bind(list.pattern()), on).await
}

pub async fn count_removed_members(
    on: impl Into<On<'_>>,
    scope_id: i64,
    list: &List,
) -> Result<Total, sqlx::Error> {
    let count = sql("SELECT COUNT(*) FROM (SELECT 1 FROM removed_member r
         WHERE r.scope_id = $1
           AND ($2 = '%' OR r.folded_email LIKE $2 ESCAPE '!' OR r.folded_name LIKE $2 ESCAPE '!') LIMIT $3) counted")
    .bind(scope_id)
    .bind(list.pattern());
    Total::fetch(count, on).await
}
