//! Organizations as people see them. Columns that all scopes share are in `scope`.

use crate::on::On;
use crate::{Time, Tx, sql};

/// An organization and a person's role in it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OrganizationAccess {
    pub id: i64,
    pub name: String,
    pub teams_enabled: bool,
    pub role: Option<String>,
    pub password_sign_in: Option<bool>,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Organization {
    pub id: i64,
    pub name: String,
    pub teams_enabled: bool,
    pub created_at: Time,
    pub user_count: i64,
    pub team_count: i64,
    pub project_count: i64,
    pub group_count: i64,
}

/// The organizations that the person belongs to, by name; with `all`, every organization.
pub async fn list_organizations(
    on: impl Into<On<'_>>,
    user_id: i64,
    all: bool,
) -> Result<Vec<OrganizationAccess>, sqlx::Error> {
    sql("SELECT s.id, s.name, s.teams_enabled, m.role, m.password_sign_in
         FROM scope s LEFT JOIN member m ON m.scope_id = s.id AND m.user_id = $1
         WHERE s.level = 'organization' AND ($2 OR m.user_id IS NOT NULL)
         ORDER BY s.folded_name, s.id")
    .bind(user_id)
    .bind(all)
    .fetch_all(on)
    .await
}

pub async fn find_organization(on: impl Into<On<'_>>, id: i64) -> Result<Option<Organization>, sqlx::Error> {
    sql("SELECT s.id, s.name, s.teams_enabled, s.created_at,
                (SELECT COUNT(*) FROM member m WHERE m.scope_id = s.id) AS user_count,
                (SELECT COUNT(*) FROM scope t WHERE t.organization_id = s.id AND t.level = 'team') AS team_count,
                (SELECT COUNT(*) FROM scope p WHERE p.organization_id = s.id AND p.level = 'project') AS project_count,
                (SELECT COUNT(*) FROM user_group g WHERE g.organization_id = s.id) AS group_count
         FROM scope s WHERE s.id = $1 AND s.level = 'organization'")
    .bind(id)
    .fetch_optional(on)
    .await
}

pub async fn update_teams_enabled(tx: &mut Tx, id: i64, enabled: bool) -> Result<(), sqlx::Error> {
    sql("UPDATE scope SET teams_enabled = $2 WHERE id = $1")
        .bind(id)
        .bind(enabled)
        .execute(tx)
        .await
        .map(drop)
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Account {
    pub id: i64,
    pub name: String,
    pub created_at: Time,
    pub user_count: i64,
    pub organization_count: i64,
}

pub async fn find_account(on: impl Into<On<'_>>) -> Result<Account, sqlx::Error> {
    sql("SELECT s.id, s.name, s.created_at,
                (SELECT COUNT(*) FROM member m WHERE m.scope_id = s.id) AS user_count,
                (SELECT COUNT(*) FROM scope o WHERE o.level = 'organization') AS organization_count
         FROM scope s WHERE s.id = 1")
    .fetch_one(on)
    .await
}

/// The ids of the organizations that a person belongs to.
pub async fn list_organization_ids_of_user(
    on: impl Into<On<'_>>,
    user_id: i64,
) -> Result<Vec<(i64,)>, sqlx::Error> {
    sql("SELECT s.id FROM member m JOIN scope s ON s.id = m.scope_id AND s.level = 'organization'
         WHERE m.user_id = $1 ORDER BY s.id")
    .bind(user_id)
    .fetch_all(on)
    .await
}
