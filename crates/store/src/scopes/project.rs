//! Projects as people see them. Columns that all scopes share are in `scope`.

use testkeep_domain::text::fold;

use crate::list::List;
use crate::on::On;
use crate::rows::Rows;
use crate::{Time, Tx, sql};

/// A project and a person's roles in it and in its team.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Project {
    pub id: i64,
    pub organization_id: i64,
    pub organization_name: String,
    /// `None`: the project has no team, or (in lists) the person may not see the team.
    pub team_id: Option<i64>,
    pub team_name: Option<String>,
    pub name: String,
    pub description: String,
    pub created_at: Time,
    pub archived_at: Option<Time>,
    pub team_role: Option<String>,
    pub project_role: Option<String>,
    pub user_count: i64,
    /// When one of its people used the server last; the year 1: never.
    pub last_active_at: Option<Time>,
}

/// Selects projects of an organization for a list.
#[derive(Clone, Debug)]
pub struct ProjectFilter {
    pub organization_id: i64,
    /// The person whose roles are in the rows.
    pub viewer: Option<i64>,
    /// Whether the viewer may see teams that they do not belong to.
    pub all_teams: bool,
    /// 0: projects without a team, or with a team that the viewer may not see.
    pub team_id: Option<i64>,
    /// `None`: archived and other projects.
    pub archived: Option<bool>,
}

impl ProjectFilter {
    /// The optional boolean as a number for SQL.
    fn archived(&self) -> Option<i64> {
        self.archived.map(i64::from)
    }
}

/// A project without the caller's roles.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ProjectRow {
    pub id: i64,
    pub name: String,
    pub organization_id: i64,
    pub team_id: Option<i64>,
}

/// The projects among scopes with these ids, without archived ones, by name.
pub async fn list_projects_among(on: impl Into<On<'_>>, ids: &[i64]) -> Result<Vec<ProjectRow>, sqlx::Error> {
    sql("SELECT s.id, s.name, s.organization_id, s.team_id
         FROM json_each($1) w CROSS JOIN scope s ON s.id = w.value ->> 0
         WHERE s.level = 'project' AND s.archived_at IS NULL ORDER BY s.folded_name, s.id")
    .on_postgres(
        "SELECT s.id, s.name, s.organization_id, s.team_id
         FROM jsonb_array_elements($1::jsonb) AS w (value) JOIN scope s ON s.id = (w.value ->> 0)::bigint
         WHERE s.level = 'project' AND s.archived_at IS NULL ORDER BY s.folded_name, s.id",
    )
    .bind(Rows::of(ids.iter().copied()).to_json())
    .fetch_all(on)
    .await
}

/// The ids of all projects with this folded name; at most 100.
pub async fn list_projects_named(on: impl Into<On<'_>>, folded_name: &str) -> Result<Vec<i64>, sqlx::Error> {
    let rows: Vec<(i64,)> =
        sql("SELECT id FROM scope WHERE folded_name = $1 AND level = 'project' ORDER BY id LIMIT 100")
            .bind(folded_name)
            .fetch_all(on)
            .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Sorts by `name`, `team`, `user_count` or `created_at`; searches names and descriptions.
pub async fn list_projects(
    on: impl Into<On<'_>>,
    filter: &ProjectFilter,
    list: &List,
) -> Result<Vec<Project>, sqlx::Error> {
    sql(
        "SELECT x.id, x.organization_id, x.organization_name, x.team_id, x.team_name, x.name, x.description,
                x.created_at, x.archived_at, x.team_role, x.project_role, x.user_count, x.last_active_at
         FROM (SELECT s.id, s.organization_id, o.name AS organization_name, s.name, s.folded_name, s.description,
                      s.folded_description, s.created_at, s.archived_at, tv.role AS team_role, pv.role AS project_role,
                      CASE WHEN $3 OR tv.user_id IS NOT NULL THEN t.id END AS team_id,
                      CASE WHEN $3 OR tv.user_id IS NOT NULL THEN t.name END AS team_name,
                      CASE WHEN $3 OR tv.user_id IS NOT NULL THEN t.folded_name END AS folded_team_name,
                      (SELECT COUNT(*) FROM member m WHERE m.scope_id = s.id) AS user_count,
                      (SELECT l.last_access_at FROM member l WHERE l.scope_id = s.id ORDER BY l.last_access_at DESC LIMIT 1)
                          AS last_active_at
               FROM scope s JOIN scope o ON o.id = s.organization_id
               LEFT JOIN scope t ON t.id = s.team_id
               LEFT JOIN member tv ON tv.scope_id = s.team_id AND tv.user_id = $2
               LEFT JOIN member pv ON pv.scope_id = s.id AND pv.user_id = $2
               WHERE s.organization_id = $1 AND s.level = 'project') x
         WHERE (CAST($4 AS BIGINT) IS NULL OR COALESCE(x.team_id, 0) = $4)
           AND (CAST($5 AS BIGINT) IS NULL OR ($5 = 1) = (x.archived_at IS NOT NULL))
           AND ($6 = '%' OR x.folded_name LIKE $6 ESCAPE '!' OR x.folded_description LIKE $6 ESCAPE '!')
         ORDER BY
           CASE WHEN NOT $8 THEN CASE $7 WHEN 'name' THEN x.folded_name WHEN 'team' THEN x.folded_team_name END
                END ASC NULLS FIRST,
           CASE WHEN $8 THEN CASE $7 WHEN 'name' THEN x.folded_name WHEN 'team' THEN x.folded_team_name END
                END DESC NULLS LAST,
           CASE WHEN NOT $8 AND $7 = 'user_count' THEN x.user_count END ASC,
           CASE WHEN $8 AND $7 = 'user_count' THEN x.user_count END DESC,
           CASE WHEN NOT $8 AND $7 = 'created_at' THEN x.created_at END ASC,
           CASE WHEN $8 AND $7 = 'created_at' THEN x.created_at END DESC,
           x.folded_name ASC, x.id ASC
         LIMIT $9 OFFSET $10",
    )
    .bind(filter.organization_id)
    .bind(filter.viewer)
    .bind(filter.all_teams)
    .bind(filter.team_id)
    .bind(filter.archived())
    .bind_list(list)
    .fetch_all(on)
    .await
}

pub async fn count_projects(
    on: impl Into<On<'_>>,
    filter: &ProjectFilter,
    list: &List,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) =
        sql("SELECT COUNT(*) FROM scope s LEFT JOIN member tv ON tv.scope_id = s.team_id AND tv.user_id = $2
         WHERE s.organization_id = $1 AND s.level = 'project'
           AND (CAST($4 AS BIGINT) IS NULL
                OR COALESCE(CASE WHEN $3 OR tv.user_id IS NOT NULL THEN s.team_id END, 0) = $4)
           AND (CAST($5 AS BIGINT) IS NULL OR ($5 = 1) = (s.archived_at IS NOT NULL))
           AND ($6 = '%' OR s.folded_name LIKE $6 ESCAPE '!' OR s.folded_description LIKE $6 ESCAPE '!')")
        .bind(filter.organization_id)
        .bind(filter.viewer)
        .bind(filter.all_teams)
        .bind(filter.team_id)
        .bind(filter.archived())
        .bind(list.pattern())
        .fetch_one(on)
        .await?;
    Ok(count)
}

pub async fn find_project(
    on: impl Into<On<'_>>,
    id: i64,
    viewer: i64,
) -> Result<Option<Project>, sqlx::Error> {
    sql("SELECT s.id, s.organization_id, o.name AS organization_name, s.team_id, t.name AS team_name, s.name,
                s.description, s.created_at, s.archived_at, tv.role AS team_role, pv.role AS project_role,
                (SELECT COUNT(*) FROM member m WHERE m.scope_id = s.id) AS user_count,
                (SELECT l.last_access_at FROM member l WHERE l.scope_id = s.id ORDER BY l.last_access_at DESC LIMIT 1) AS last_active_at
         FROM scope s JOIN scope o ON o.id = s.organization_id
         LEFT JOIN scope t ON t.id = s.team_id
         LEFT JOIN member tv ON tv.scope_id = s.team_id AND tv.user_id = $2
         LEFT JOIN member pv ON pv.scope_id = s.id AND pv.user_id = $2
         WHERE s.id = $1 AND s.level = 'project'")
    .bind(id)
    .bind(viewer)
    .fetch_optional(on)
    .await
}

pub struct ProjectChange<'a> {
    pub name: &'a str,
    pub description: &'a str,
    pub team_id: Option<i64>,
    pub archived_at: Option<Time>,
}

/// # Errors
/// A unique violation when another project beside it has this name.
pub async fn update_project(tx: &mut Tx, id: i64, project: ProjectChange<'_>) -> Result<(), sqlx::Error> {
    sql("UPDATE scope SET name = $2, description = $3, team_id = $4, archived_at = $5, folded_name = $6,
             folded_description = $7
         WHERE id = $1 AND level = 'project'")
    .bind(id)
    .bind(project.name)
    .bind(project.description)
    .bind(project.team_id)
    .bind(project.archived_at)
    .bind(fold(project.name))
    .bind(fold(project.description))
    .execute(tx)
    .await
    .map(drop)
}
