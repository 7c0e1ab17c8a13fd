//! `scope`: the account, organizations, teams and projects.

use testkeep_domain::text::fold;

use crate::on::On;
use crate::{Time, Tx, sql};

/// The id of the account's row. The migration that creates `scope` writes it.
pub const ACCOUNT: i64 = 1;

/// A scope, and a person's roles in it and in the scopes above it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ScopeAccess {
    pub id: i64,
    pub level: String,
    pub name: String,
    pub organization_id: Option<i64>,
    pub team_id: Option<i64>,
    pub account_role: Option<String>,
    pub organization_role: Option<String>,
    /// Whether the person may sign in to the organization with a password; `None`: they are not in the organization.
    pub password_sign_in: Option<bool>,
    pub team_role: Option<String>,
    pub project_role: Option<String>,
}

/// One query, so that a permission check needs one round trip.
pub async fn find_scope_access(
    on: impl Into<On<'_>>,
    scope_id: i64,
    user_id: i64,
) -> Result<Option<ScopeAccess>, sqlx::Error> {
    sql("SELECT s.id, s.level, s.name, s.organization_id, s.team_id, a.role AS account_role,
                o.role AS organization_role, o.password_sign_in, t.role AS team_role, p.role AS project_role
         FROM scope s
         LEFT JOIN member a ON a.scope_id = 1 AND a.user_id = $2
         LEFT JOIN member o ON o.user_id = $2
            AND o.scope_id = CASE WHEN s.level = 'organization' THEN s.id ELSE s.organization_id END
         LEFT JOIN member t ON t.user_id = $2 AND t.scope_id = CASE WHEN s.level = 'team' THEN s.id ELSE s.team_id END
         LEFT JOIN member p ON p.user_id = $2 AND p.scope_id = s.id AND s.level = 'project'
         WHERE s.id = $1")
    .bind(scope_id)
    .bind(user_id)
    .fetch_optional(on)
    .await
}

/// A scope without roles.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ScopeRow {
    pub id: i64,
    pub level: String,
    pub name: String,
    pub organization_id: Option<i64>,
    pub team_id: Option<i64>,
}

pub async fn find_scope(on: impl Into<On<'_>>, id: i64) -> Result<Option<ScopeRow>, sqlx::Error> {
    sql("SELECT id, level, name, organization_id, team_id FROM scope WHERE id = $1")
        .bind(id)
        .fetch_optional(on)
        .await
}

pub struct NewScope<'a> {
    pub level: &'a str,
    pub organization_id: Option<i64>,
    pub team_id: Option<i64>,
    pub name: &'a str,
    pub description: &'a str,
}

/// # Errors
/// A unique violation when a scope beside it has this name.
pub async fn create_scope(tx: &mut Tx, scope: NewScope<'_>, now: Time) -> Result<i64, sqlx::Error> {
    let (id,): (i64,) =
        sql("INSERT INTO scope (level, organization_id, team_id, name, description, created_at, folded_name,
                            folded_description)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id")
        .bind(scope.level)
        .bind(scope.organization_id)
        .bind(scope.team_id)
        .bind(scope.name)
        .bind(scope.description)
        .bind(now)
        .bind(fold(scope.name))
        .bind(fold(scope.description))
        .fetch_one(tx)
        .await?;
    Ok(id)
}

/// Locks a scope until the transaction ends; returns whether it still exists. A transaction that adds a person in an
/// organization or removes one locks the organization first, so that nobody is added to a part of it right after they
/// left.
pub async fn lock_scope(tx: &mut Tx, id: i64) -> Result<bool, sqlx::Error> {
    // An UPDATE locks the row on both databases.
    let found = sql("UPDATE scope SET name = name WHERE id = $1").bind(id).execute(tx).await?;
    Ok(found == 1)
}

/// # Errors
/// A unique violation when a scope beside it has this name.
pub async fn update_scope_name(tx: &mut Tx, id: i64, name: &str) -> Result<(), sqlx::Error> {
    sql("UPDATE scope SET name = $2, folded_name = $3 WHERE id = $1")
        .bind(id)
        .bind(name)
        .bind(fold(name))
        .execute(tx)
        .await
        .map(drop)
}

/// Deletes a scope and all scopes below it.
pub async fn delete_scope(tx: &mut Tx, id: i64) -> Result<(), sqlx::Error> {
    sql("DELETE FROM scope WHERE id = $1").bind(id).execute(tx).await.map(drop)
}

/// How many scopes of a level (`team`, `project`) an organization has.
pub async fn count_scopes(
    on: impl Into<On<'_>>,
    organization_id: i64,
    level: &str,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM scope WHERE organization_id = $1 AND level = $2")
        .bind(organization_id)
        .bind(level)
        .fetch_one(on)
        .await?;
    Ok(count)
}
