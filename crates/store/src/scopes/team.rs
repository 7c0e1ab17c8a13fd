//! Teams as people see them. Columns that all scopes share are in `scope`.

use crate::list::List;
use crate::on::On;
use crate::{Time, sql};

/// A team and a person's role in it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Team {
    pub id: i64,
    pub organization_id: i64,
    pub name: String,
    pub created_at: Time,
    pub role: Option<String>,
    pub user_count: i64,
    pub project_count: i64,
    /// When one of its people used the server last; the year 1: never.
    pub last_active_at: Option<Time>,
}

/// Teams of an organization, with the role of `viewer`. `all`: also teams that `viewer` does not belong to. Sorts by
/// `name`, `user_count`, `project_count` or `created_at`.
pub async fn list_teams(
    on: impl Into<On<'_>>,
    organization_id: i64,
    viewer: Option<i64>,
    all: bool,
    list: &List,
) -> Result<Vec<Team>, sqlx::Error> {
    sql("SELECT x.id, x.organization_id, x.name, x.created_at, x.role, x.user_count, x.project_count, x.last_active_at
         FROM (SELECT s.id, s.organization_id, s.name, s.folded_name, s.created_at, v.role,
                      (SELECT COUNT(*) FROM member m WHERE m.scope_id = s.id) AS user_count,
                      (SELECT COUNT(*) FROM scope p WHERE p.team_id = s.id) AS project_count,
                      (SELECT l.last_access_at FROM member l WHERE l.scope_id = s.id ORDER BY l.last_access_at DESC LIMIT 1)
                          AS last_active_at
               FROM scope s LEFT JOIN member v ON v.scope_id = s.id AND v.user_id = $2
               WHERE s.organization_id = $1 AND s.level = 'team' AND ($3 OR v.user_id IS NOT NULL)
                 AND ($4 = '%' OR s.folded_name LIKE $4 ESCAPE '!')) x
         ORDER BY
           CASE WHEN NOT $6 AND $5 = 'name' THEN x.folded_name END ASC,
           CASE WHEN $6 AND $5 = 'name' THEN x.folded_name END DESC,
           CASE WHEN NOT $6 THEN CASE $5 WHEN 'user_count' THEN x.user_count
                WHEN 'project_count' THEN x.project_count END END ASC,
           CASE WHEN $6 THEN CASE $5 WHEN 'user_count' THEN x.user_count
                WHEN 'project_count' THEN x.project_count END END DESC,
           CASE WHEN NOT $6 AND $5 = 'created_at' THEN x.created_at END ASC,
           CASE WHEN $6 AND $5 = 'created_at' THEN x.created_at END DESC,
           x.folded_name ASC, x.id ASC
         LIMIT $7 OFFSET $8")
    .bind(organization_id)
    .bind(viewer)
    .bind(all)
    .bind_list(list)
    .fetch_all(on)
    .await
}

pub async fn count_teams(
    on: impl Into<On<'_>>,
    organization_id: i64,
    viewer: Option<i64>,
    all: bool,
    list: &List,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) =
        sql("SELECT COUNT(*) FROM scope s LEFT JOIN member v ON v.scope_id = s.id AND v.user_id = $2
         WHERE s.organization_id = $1 AND s.level = 'team' AND ($3 OR v.user_id IS NOT NULL)
           AND ($4 = '%' OR s.folded_name LIKE $4 ESCAPE '!')")
        .bind(organization_id)
        .bind(viewer)
        .bind(all)
        .bind(list.pattern())
        .fetch_one(on)
        .await?;
    Ok(count)
}

pub async fn find_team(on: impl Into<On<'_>>, id: i64, viewer: i64) -> Result<Option<Team>, sqlx::Error> {
    sql("SELECT s.id, s.organization_id, s.name, s.created_at, v.role,
                (SELECT COUNT(*) FROM member m WHERE m.scope_id = s.id) AS user_count,
                (SELECT COUNT(*) FROM scope p WHERE p.team_id = s.id) AS project_count,
                (SELECT l.last_access_at FROM member l WHERE l.scope_id = s.id ORDER BY l.last_access_at DESC LIMIT 1) AS last_active_at
         FROM scope s LEFT JOIN member v ON v.scope_id = s.id AND v.user_id = $2
         WHERE s.id = $1 AND s.level = 'team'")
    .bind(id)
    .bind(viewer)
    .fetch_optional(on)
    .await
}

/// How many projects the team has. They are deleted together with the team.
pub async fn count_projects_of_team(on: impl Into<On<'_>>, id: i64) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) =
        sql("SELECT COUNT(*) FROM scope WHERE team_id = $1").bind(id).fetch_one(on).await?;
    Ok(count)
}
