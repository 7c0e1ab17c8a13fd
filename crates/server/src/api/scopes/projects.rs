//! `/api/v2/organizations/{id}/projects` and `/api/v2/projects/{id}`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::{
    Denied, Level, OrganizationAction, ProjectAction, Role, Roles, TeamAction,
};
use testkeep_store::scopes::project::{self, Project, ProjectFilter};
use utoipa::{IntoParams, ToSchema};

use crate::api::body::Body;
use crate::api::list::{ListQuery, Page};
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::api::scopes::organizations::Confirmation;
use crate::api::scopes::teams::viewer;
use crate::identity::auth::Caller;
use crate::ops::scopes::projects::{self, NewProject, ProjectPatch};
use crate::{App, Error};

const COLUMNS: [&str; 4] = ["name", "team", "user_count", "created_at"];

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ProjectOut {
    pub id: i64,
    pub organization_id: i64,
    pub organization_name: String,
    /// Absent: the project is directly in the organization, or in a team that the caller may not see.
    pub team_id: Option<i64>,
    pub team_name: Option<String>,
    pub name: String,
    pub description: String,
    /// The caller's own role in the project; absent: the caller sees it through the team, the organization or the
    /// account.
    pub role: Option<Role>,
    pub user_count: i64,
    /// When one of its people used the server last.
    pub last_active_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    /// Absent: the project is not archived.
    pub archived_at: Option<DateTime<Utc>>,
    /// Actions that are allowed.
    pub actions: Vec<ProjectAction>,
    /// Actions that are not allowed, with the reason.
    pub denied: Vec<Denied<ProjectAction>>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ProjectIn {
    pub name: String,
    /// At most 2,000 characters.
    #[serde(default)]
    pub description: String,
    /// A team of the same organization; absent or 0: directly in the organization.
    pub team_id: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ProjectPatchIn {
    pub name: Option<String>,
    /// At most 2,000 characters.
    pub description: Option<String>,
    /// Moves the project to a team of the same organization; 0: moves it out of its team.
    pub team_id: Option<i64>,
    pub archived: Option<bool>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProjectQuery {
    /// Only projects of this team; 0: only projects without a team.
    pub team_id: Option<i64>,
    /// Default: `no`.
    #[param(inline)]
    pub archived: Option<Archived>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Archived {
    No,
    Only,
    All,
}

/// The projects of an organization.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/projects", tag = "projects",
    params(("id" = i64, Path), ListQuery, ProjectQuery), responses((status = OK, body = Page<ProjectOut>),
    AtScopeWithInput))]
pub(crate) async fn list_projects(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    UrlQuery(query): UrlQuery<ListQuery>,
    UrlQuery(wanted): UrlQuery<ProjectQuery>,
) -> Result<Json<Page<ProjectOut>>, Error> {
    let access = caller.access(&app.db, Level::Organization, id).await?;
    access.require(OrganizationAction::ViewProjects)?;
    let list = query.read(&COLUMNS)?;
    let filter = ProjectFilter {
        organization_id: id,
        viewer: viewer(&access, &caller),
        all_teams: access.may(TeamAction::ViewTeam),
        team_id: wanted.team_id,
        archived: match wanted.archived.unwrap_or(Archived::No) {
            Archived::No => Some(false),
            Archived::Only => Some(true),
            Archived::All => None,
        },
    };
    let total = project::count_projects(&app.db, &filter, &list).await?;
    let rows = project::list_projects(&app.db, &filter, &list).await?;
    let role = |text: &Option<String>| text.as_deref().and_then(Role::parse);
    let items = rows.into_iter().map(|row| {
        let roles = Roles { team: role(&row.team_role), project: role(&row.project_role), ..access.roles };
        project_out(row, roles)
    });
    Ok(Json(Page::new(items.collect(), total)))
}

/// Creates a project. The caller becomes its Owner.
#[utoipa::path(post, path = "/api/v2/organizations/{id}/projects", tag = "projects", params(("id" = i64, Path)),
    request_body = ProjectIn, responses((status = CREATED, body = ProjectOut), AtScopeWithInput))]
pub(crate) async fn create_project(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    Body(body): Body<ProjectIn>,
) -> Result<(StatusCode, Json<ProjectOut>), Error> {
    let ProjectIn { name, description, team_id } = body;
    let new = NewProject { name, description, team_id: team_id.filter(|team| *team != 0) };
    let id = projects::create_project(&app, &caller, id, new).await?;
    Ok((StatusCode::CREATED, Json(show(&app, &caller, id).await?)))
}

/// A project.
#[utoipa::path(get, path = "/api/v2/projects/{id}", tag = "projects", params(("id" = i64, Path)),
    responses((status = OK, body = ProjectOut), AtScope))]
pub(crate) async fn find_project(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<ProjectOut>, Error> {
    show(&app, &caller, id).await.map(Json)
}

/// Edits, moves, archives or unarchives a project.
#[utoipa::path(patch, path = "/api/v2/projects/{id}", tag = "projects", params(("id" = i64, Path)),
    request_body = ProjectPatchIn, responses((status = OK, body = ProjectOut), AtScopeWithInput))]
pub(crate) async fn update_project(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    Body(body): Body<ProjectPatchIn>,
) -> Result<Json<ProjectOut>, Error> {
    let ProjectPatchIn { name, description, team_id, archived } = body;
    let team_id = team_id.map(|team| Some(team).filter(|team| *team != 0));
    projects::update_project(&app, &caller, id, ProjectPatch { name, description, team_id, archived })
        .await?;
    show(&app, &caller, id).await.map(Json)
}

/// Deletes a project, which cannot be undone.
#[utoipa::path(delete, path = "/api/v2/projects/{id}", tag = "projects",
    params(("id" = i64, Path), Confirmation), responses((status = NO_CONTENT), AtScopeWithInput))]
pub(crate) async fn delete_project(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    UrlQuery(confirmation): UrlQuery<Confirmation>,
) -> Result<StatusCode, Error> {
    projects::delete_project(&app, &caller, id, &confirmation.confirm).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn show(app: &App, caller: &Caller, id: i64) -> Result<ProjectOut, Error> {
    let access = caller.access(&app.db, Level::Project, id).await?;
    access.require(ProjectAction::ViewProject)?;
    let row = project::find_project(&app.db, id, caller.user_id).await?.ok_or(Error::NotFound)?;
    Ok(project_out(row, access.roles))
}

fn project_out(row: Project, roles: Roles) -> ProjectOut {
    let sees_team = roles.may(TeamAction::ViewTeam);
    ProjectOut {
        id: row.id,
        organization_id: row.organization_id,
        organization_name: row.organization_name,
        team_id: row.team_id.filter(|_| sees_team),
        team_name: row.team_name.filter(|_| sees_team),
        name: row.name,
        description: row.description,
        role: roles.project,
        user_count: row.user_count,
        last_active_at: row.last_active_at.filter(|at| *at > DateTime::UNIX_EPOCH),
        created_at: row.created_at,
        archived_at: row.archived_at,
        actions: roles.allowed(ProjectAction::ALL),
        denied: roles.denied(ProjectAction::ALL),
    }
}
