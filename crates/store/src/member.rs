//! `member` and `removed_member`: who belongs to a place, in which role.

use crate::db::On;
use crate::list::List;
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

/// Already a member: their role stays as it is; returns whether they were added.
pub async fn create_member(
    tx: &mut Tx,
    scope_id: i64,
    user_id: i64,
    role: &str,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let added = sql("INSERT INTO member (scope_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (scope_id, user_id) DO NOTHING")
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

/// Sorts by `name`, `email`, `role`, `joined_at` or `last_access_at`; `role` filters, `None` shows all. Everybody is
/// sorted by key alone, and only the page's people are read whole.
pub async fn list_members(
    on: impl Into<On<'_>>,
    scope_id: i64,
    role: Option<&str>,
    list: &List,
) -> Result<Vec<Member>, sqlx::Error> {
    sql("SELECT u.id AS user_id, u.email, u.first_name, u.last_name, m.role, m.password_sign_in, m.joined_at,
                u.last_access_at
         FROM (SELECT m.user_id FROM member m JOIN user_account u ON u.id = m.user_id
               WHERE m.scope_id = $1 AND (CAST($2 AS TEXT) IS NULL OR m.role = $2)
                 AND ($3 = '%' OR u.email LIKE $3 ESCAPE '!'
                      OR lower(u.first_name || ' ' || u.last_name) LIKE $3 ESCAPE '!')
               ORDER BY
                 CASE WHEN NOT $5 THEN CASE $4 WHEN 'name' THEN lower(u.first_name || ' ' || u.last_name)
                      WHEN 'role' THEN m.role WHEN 'email' THEN u.email END END ASC,
                 CASE WHEN $5 THEN CASE $4 WHEN 'name' THEN lower(u.first_name || ' ' || u.last_name)
                      WHEN 'role' THEN m.role WHEN 'email' THEN u.email END END DESC,
                 CASE WHEN NOT $5 THEN CASE $4 WHEN 'joined_at' THEN m.joined_at
                      WHEN 'last_access_at' THEN u.last_access_at END END ASC NULLS FIRST,
                 CASE WHEN $5 THEN CASE $4 WHEN 'joined_at' THEN m.joined_at
                      WHEN 'last_access_at' THEN u.last_access_at END END DESC NULLS LAST,
                 u.email ASC
               LIMIT $6 OFFSET $7) page
         JOIN member m ON m.scope_id = $1 AND m.user_id = page.user_id JOIN user_account u ON u.id = page.user_id
         ORDER BY
           CASE WHEN NOT $5 THEN CASE $4 WHEN 'name' THEN lower(u.first_name || ' ' || u.last_name)
                WHEN 'role' THEN m.role WHEN 'email' THEN u.email END END ASC,
           CASE WHEN $5 THEN CASE $4 WHEN 'name' THEN lower(u.first_name || ' ' || u.last_name)
                WHEN 'role' THEN m.role WHEN 'email' THEN u.email END END DESC,
           CASE WHEN NOT $5 THEN CASE $4 WHEN 'joined_at' THEN m.joined_at
                WHEN 'last_access_at' THEN u.last_access_at END END ASC NULLS FIRST,
           CASE WHEN $5 THEN CASE $4 WHEN 'joined_at' THEN m.joined_at
                WHEN 'last_access_at' THEN u.last_access_at END END DESC NULLS LAST,
           u.email ASC")
    .bind(scope_id)
    .bind(role.map(str::to_owned))
    .bind_list(list)
    .planned_for_values()
    .fetch_all(on)
    .await
}

pub async fn count_members(
    on: impl Into<On<'_>>,
    scope_id: i64,
    role: Option<&str>,
    list: &List,
) -> Result<i64, sqlx::Error> {
    if list.pattern() == "%" {
        return count_all_members(on, scope_id, role).await;
    }
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM member m JOIN user_account u ON u.id = m.user_id
         WHERE m.scope_id = $1 AND (CAST($2 AS TEXT) IS NULL OR m.role = $2)
           AND ($3 = '%' OR u.email LIKE $3 ESCAPE '!'
                OR lower(u.first_name || ' ' || u.last_name) LIKE $3 ESCAPE '!')")
    .bind(scope_id)
    .bind(role.map(str::to_owned))
    .bind(list.pattern())
    .planned_for_values()
    .fetch_one(on)
    .await?;
    Ok(count)
}

/// Without a search nobody's name has to be read.
async fn count_all_members(
    on: impl Into<On<'_>>,
    scope_id: i64,
    role: Option<&str>,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM member
         WHERE scope_id = $1 AND (CAST($2 AS TEXT) IS NULL OR role = $2)")
    .bind(scope_id)
    .bind(role.map(str::to_owned))
    .fetch_one(on)
    .await?;
    Ok(count)
}

/// The Owners of a place, locked until the transaction ends, so that two of them cannot leave at once.
pub async fn lock_owners(tx: &mut Tx, scope_id: i64) -> Result<Vec<i64>, sqlx::Error> {
    // A write takes the row's lock on both databases.
    sql("UPDATE scope SET name = name WHERE id = $1").bind(scope_id).execute(tx).await?;
    let rows: Vec<(i64,)> = sql("SELECT user_id FROM member WHERE scope_id = $1 AND role = 'owner'")
        .bind(scope_id)
        .fetch_all(tx)
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The name of an organization that has no other Owner. Their places are locked until the transaction ends.
pub async fn find_organization_owned_alone(tx: &mut Tx, user_id: i64) -> Result<Option<String>, sqlx::Error> {
    sql("UPDATE scope SET name = name
         WHERE id IN (SELECT scope_id FROM member WHERE user_id = $1 AND role = 'owner')")
    .bind(user_id)
    .execute(tx)
    .await?;
    let row: Option<(String,)> = sql("SELECT s.name FROM scope s JOIN member m ON m.scope_id = s.id
         WHERE s.level = 'organization' AND m.user_id = $1 AND m.role = 'owner'
           AND NOT EXISTS (SELECT 1 FROM member o WHERE o.scope_id = s.id AND o.role = 'owner' AND o.user_id <> $1)
         ORDER BY s.id LIMIT 1")
    .bind(user_id)
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|(name,)| name))
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

/// Out of the place, of all places below it, and of the user groups of the organization.
pub async fn delete_member(tx: &mut Tx, scope_id: i64, user_id: i64) -> Result<(), sqlx::Error> {
    // Whoever adds them to something in an organization at this moment holds its lock; the next statement sees it.
    sql("UPDATE scope SET name = name
         WHERE id = $1 OR ($1 = 1 AND id IN (SELECT scope_id FROM member WHERE user_id = $2))")
    .bind(scope_id)
    .bind(user_id)
    .execute(tx)
    .await?;
    sql("DELETE FROM member WHERE user_id = $2 AND (scope_id = $1 OR $1 = 1
         OR scope_id IN (SELECT id FROM scope WHERE organization_id = $1 OR team_id = $1))")
    .bind(scope_id)
    .bind(user_id)
    .execute(tx)
    .await?;
    sql("DELETE FROM user_group_member WHERE user_id = $2
         AND group_id IN (SELECT id FROM user_group WHERE organization_id = $1 OR $1 = 1)")
    .bind(scope_id)
    .bind(user_id)
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

pub async fn create_removed_member(
    tx: &mut Tx,
    scope_id: i64,
    user_id: i64,
    role: &str,
    removed_by: &str,
    now: Time,
) -> Result<(), sqlx::Error> {
    sql("INSERT INTO removed_member (scope_id, user_id, role, removed_at, removed_by) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (scope_id, user_id) DO UPDATE SET role = excluded.role, removed_at = excluded.removed_at,
            removed_by = excluded.removed_by")
    .bind(scope_id)
    .bind(user_id)
    .bind(role)
    .bind(now)
    .bind(removed_by)
    .execute(tx)
    .await
    .map(drop)
}

/// They are back.
pub async fn delete_removed_member(tx: &mut Tx, scope_id: i64, user_id: i64) -> Result<(), sqlx::Error> {
    sql("DELETE FROM removed_member WHERE scope_id = $1 AND user_id = $2")
        .bind(scope_id)
        .bind(user_id)
        .execute(tx)
        .await
        .map(drop)
}

/// Newest first.
pub async fn list_removed_members(
    on: impl Into<On<'_>>,
    scope_id: i64,
    list: &List,
) -> Result<Vec<RemovedMember>, sqlx::Error> {
    sql("SELECT u.id AS user_id, u.email, u.first_name, u.last_name, r.role, r.removed_at, r.removed_by
         FROM removed_member r JOIN user_account u ON u.id = r.user_id
         WHERE r.scope_id = $1 AND ($2 = '%' OR u.email LIKE $2 ESCAPE '!'
               OR lower(u.first_name || ' ' || u.last_name) LIKE $2 ESCAPE '!')
         ORDER BY r.removed_at DESC, u.email LIMIT $3 OFFSET $4")
    .bind(scope_id)
    .bind(list.pattern())
    .bind(list.limit)
    .bind(list.offset)
    .fetch_all(on)
    .await
}

pub async fn count_removed_members(
    on: impl Into<On<'_>>,
    scope_id: i64,
    list: &List,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) =
        sql("SELECT COUNT(*) FROM removed_member r JOIN user_account u ON u.id = r.user_id
         WHERE r.scope_id = $1 AND ($2 = '%' OR u.email LIKE $2 ESCAPE '!'
               OR lower(u.first_name || ' ' || u.last_name) LIKE $2 ESCAPE '!')")
        .bind(scope_id)
        .bind(list.pattern())
        .fetch_one(on)
        .await?;
    Ok(count)
}
