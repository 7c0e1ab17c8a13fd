//! `user_group` and `user_group_member`: people of an organization under one name, without roles.

use testkeep_domain::text::fold;

use crate::list::List;
use crate::on::On;
use crate::people::person::Person;
use crate::{Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Group {
    pub id: i64,
    pub organization_id: i64,
    pub name: String,
    pub description: String,
    pub created_at: Time,
    pub user_count: i64,
}

/// # Errors
/// A unique violation when the name is taken in the organization.
pub async fn create_group(
    tx: &mut Tx,
    organization_id: i64,
    name: &str,
    description: &str,
    now: Time,
) -> Result<i64, sqlx::Error> {
    let (id,): (i64,) = sql("INSERT INTO user_group
            (organization_id, name, description, created_at, folded_name, folded_description)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING id")
    .bind(organization_id)
    .bind(name)
    .bind(description)
    .bind(now)
    .bind(fold(name))
    .bind(fold(description))
    .fetch_one(tx)
    .await?;
    Ok(id)
}

pub async fn find_group(on: impl Into<On<'_>>, id: i64) -> Result<Option<Group>, sqlx::Error> {
    sql("SELECT g.id, g.organization_id, g.name, g.description, g.created_at,
                (SELECT COUNT(*) FROM user_group_member m WHERE m.group_id = g.id) AS user_count
         FROM user_group g WHERE g.id = $1")
    .bind(id)
    .fetch_optional(on)
    .await
}

/// At most `limit` groups that a person belongs to, as id, organization and name; in no particular order.
pub async fn list_groups_of_user(
    on: impl Into<On<'_>>,
    user_id: i64,
    limit: i64,
) -> Result<Vec<(i64, i64, String)>, sqlx::Error> {
    sql("SELECT g.id, g.organization_id, g.name FROM user_group_member x JOIN user_group g ON g.id = x.group_id
         WHERE x.user_id = $1 LIMIT $2")
    .bind(user_id)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// Sorts by `name`, `user_count` or `created_at`; searches names and descriptions.
pub async fn list_groups(
    on: impl Into<On<'_>>,
    organization_id: i64,
    list: &List,
) -> Result<Vec<Group>, sqlx::Error> {
    sql("SELECT x.id, x.organization_id, x.name, x.description, x.created_at, x.user_count
         FROM (SELECT g.id, g.organization_id, g.name, g.folded_name, g.description, g.created_at,
                      (SELECT COUNT(*) FROM user_group_member m WHERE m.group_id = g.id) AS user_count
               FROM user_group g
               WHERE g.organization_id = $1 AND ($2 = '%' OR g.folded_name LIKE $2 ESCAPE '!'
                     OR g.folded_description LIKE $2 ESCAPE '!')) x
         ORDER BY
           CASE WHEN NOT $4 AND $3 = 'name' THEN x.folded_name END ASC,
           CASE WHEN $4 AND $3 = 'name' THEN x.folded_name END DESC,
           CASE WHEN NOT $4 AND $3 = 'user_count' THEN x.user_count END ASC,
           CASE WHEN $4 AND $3 = 'user_count' THEN x.user_count END DESC,
           CASE WHEN NOT $4 AND $3 = 'created_at' THEN x.created_at END ASC,
           CASE WHEN $4 AND $3 = 'created_at' THEN x.created_at END DESC,
           x.folded_name ASC, x.id ASC
         LIMIT $5 OFFSET $6")
    .bind(organization_id)
    .bind_list(list)
    .fetch_all(on)
    .await
}

pub async fn count_groups(
    on: impl Into<On<'_>>,
    organization_id: i64,
    list: &List,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM user_group g
         WHERE g.organization_id = $1 AND ($2 = '%' OR g.folded_name LIKE $2 ESCAPE '!'
               OR g.folded_description LIKE $2 ESCAPE '!')")
    .bind(organization_id)
    .bind(list.pattern())
    .fetch_one(on)
    .await?;
    Ok(count)
}

/// # Errors
/// A unique violation when the name is taken in the organization.
pub async fn update_group(tx: &mut Tx, id: i64, name: &str, description: &str) -> Result<(), sqlx::Error> {
    sql("UPDATE user_group SET name = $2, description = $3, folded_name = $4, folded_description = $5
         WHERE id = $1")
    .bind(id)
    .bind(name)
    .bind(description)
    .bind(fold(name))
    .bind(fold(description))
    .execute(tx)
    .await
    .map(drop)
}

pub async fn delete_group(tx: &mut Tx, id: i64) -> Result<(), sqlx::Error> {
    sql("DELETE FROM user_group WHERE id = $1").bind(id).execute(tx).await.map(drop)
}

/// Returns `false` when the person was in the group already.
pub async fn create_group_member(
    tx: &mut Tx,
    group_id: i64,
    user_id: i64,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let added = sql("INSERT INTO user_group_member (group_id, user_id, added_at) VALUES ($1, $2, $3)
         ON CONFLICT (group_id, user_id) DO NOTHING")
    .bind(group_id)
    .bind(user_id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(added == 1)
}

/// Returns `false` when the person was not in the group.
pub async fn delete_group_member(tx: &mut Tx, group_id: i64, user_id: i64) -> Result<bool, sqlx::Error> {
    let removed = sql("DELETE FROM user_group_member WHERE group_id = $1 AND user_id = $2")
        .bind(group_id)
        .bind(user_id)
        .execute(tx)
        .await?;
    Ok(removed == 1)
}

/// Sorts by `name` or `email`.
pub async fn list_group_members(
    on: impl Into<On<'_>>,
    group_id: i64,
    list: &List,
) -> Result<Vec<Person>, sqlx::Error> {
    sql("SELECT u.id AS user_id, u.email, u.first_name, u.last_name
         FROM user_group_member m JOIN user_account u ON u.id = m.user_id
         WHERE m.group_id = $1 AND ($2 = '%' OR u.folded_email LIKE $2 ESCAPE '!'
               OR u.folded_name LIKE $2 ESCAPE '!')
         ORDER BY
           CASE WHEN NOT $4 AND $3 = 'name' THEN u.folded_name END ASC,
           CASE WHEN $4 AND $3 = 'name' THEN u.folded_name END DESC,
           CASE WHEN $4 AND $3 = 'email' THEN u.folded_email END DESC,
           u.folded_email ASC
         LIMIT $5 OFFSET $6")
    .bind(group_id)
    .bind_list(list)
    .fetch_all(on)
    .await
}

pub async fn count_group_members(
    on: impl Into<On<'_>>,
    group_id: i64,
    list: &List,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) =
        sql("SELECT COUNT(*) FROM user_group_member m JOIN user_account u ON u.id = m.user_id
         WHERE m.group_id = $1 AND ($2 = '%' OR u.folded_email LIKE $2 ESCAPE '!'
               OR u.folded_name LIKE $2 ESCAPE '!')")
        .bind(group_id)
        .bind(list.pattern())
        .fetch_one(on)
        .await?;
    Ok(count)
}
