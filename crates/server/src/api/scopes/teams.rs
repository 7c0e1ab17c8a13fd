//! `/api/v2/organizations/{id}/teams` and `/api/v2/teams/{id}`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::{Denied, Level, Role, Roles, TeamAction};
use testkeep_store::scopes::team::{self, Team};
use utoipa::ToSchema;

use crate::api::body::Body;
use crate::api::list::{ListQuery, Page};
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::api::scopes::organizations::Confirmation;
use crate::http::error::ErrorBody;
use crate::identity::access::Access;
use crate::identity::auth::Caller;
use crate::ops::scopes::teams;
use crate::{App, Error};

const COLUMNS: [&str; 4] = ["name", "user_count", "project_count", "created_at"];

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TeamOut {
    pub id: i64,
    pub organization_id: i64,
    pub name: String,
    /// The caller's own role in the team; absent: the caller sees it through the organization or the account.
    pub role: Option<Role>,
    pub user_count: i64,
    /// When one of its people used the server last.
    pub last_active_at: Option<DateTime<Utc>>,
    /// Number of projects, including archived ones.
    pub project_count: i64,
    pub created_at: DateTime<Utc>,
    /// Actions that are allowed.
    pub actions: Vec<TeamAction>,
    /// Actions that are not allowed, with the reason.
    pub denied: Vec<Denied<TeamAction>>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TeamIn {
    pub name: String,
}

/// The teams of an organization that the caller may see.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/teams", tag = "teams", params(("id" = i64, Path), ListQuery),
    responses((status = OK, body = Page<TeamOut>), AtScopeWithInput))]
pub(crate) async fn list_teams(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    UrlQuery(query): UrlQuery<ListQuery>,
) -> Result<Json<Page<TeamOut>>, Error> {
    let access = caller.access(&app.db, Level::Organization, id).await?;
    let list = query.read(&COLUMNS)?;
    let (viewer, all) = (viewer(&access, &caller), access.may(TeamAction::ViewTeam));
    let total = team::count_teams(&app.db, id, viewer, all, &list).await?;
    let rows = team::list_teams(&app.db, id, viewer, all, &list).await?;
    let items = rows.into_iter().map(|row| {
        let roles = Roles { team: row.role.as_deref().and_then(Role::parse), ..access.roles };
        team_out(row, roles)
    });
    Ok(Json(Page::new(items.collect(), total)))
}

/// The user whose roles in teams and projects count. `None` for a caller who is not in the organization, or to whom it
/// is closed.
pub(in crate::api) fn viewer(organization: &Access, caller: &Caller) -> Option<i64> {
    organization.roles.organization.map(|_| caller.user_id)
}

/// Creates a team. The caller becomes its Owner.
#[utoipa::path(post, path = "/api/v2/organizations/{id}/teams", tag = "teams", params(("id" = i64, Path)),
    request_body = TeamIn, responses((status = CREATED, body = TeamOut),
    (status = CONFLICT, body = ErrorBody, description = "Teams are switched off."), AtScopeWithInput))]
pub(crate) async fn create_team(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    Body(body): Body<TeamIn>,
) -> Result<(StatusCode, Json<TeamOut>), Error> {
    let id = teams::create_team(&app, &caller, id, &body.name).await?;
    Ok((StatusCode::CREATED, Json(show(&app, &caller, id).await?)))
}

/// A team.
#[utoipa::path(get, path = "/api/v2/teams/{id}", tag = "teams", params(("id" = i64, Path)),
    responses((status = OK, body = TeamOut), AtScope))]
pub(crate) async fn find_team(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<TeamOut>, Error> {
    show(&app, &caller, id).await.map(Json)
}

/// Renames a team.
#[utoipa::path(patch, path = "/api/v2/teams/{id}", tag = "teams", params(("id" = i64, Path)), request_body = TeamIn,
    responses((status = OK, body = TeamOut), AtScopeWithInput))]
pub(crate) async fn update_team(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    Body(body): Body<TeamIn>,
) -> Result<Json<TeamOut>, Error> {
    teams::update_team(&app, &caller, id, &body.name).await?;
    show(&app, &caller, id).await.map(Json)
}

/// Deletes a team with its projects.
#[utoipa::path(delete, path = "/api/v2/teams/{id}", tag = "teams", params(("id" = i64, Path), Confirmation),
    responses((status = NO_CONTENT), AtScopeWithInput))]
pub(crate) async fn delete_team(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    UrlQuery(confirmation): UrlQuery<Confirmation>,
) -> Result<StatusCode, Error> {
    teams::delete_team(&app, &caller, id, &confirmation.confirm).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn show(app: &App, caller: &Caller, id: i64) -> Result<TeamOut, Error> {
    let access = caller.access(&app.db, Level::Team, id).await?;
    access.require(TeamAction::ViewTeam)?;
    let row = team::find_team(&app.db, id, caller.user_id).await?.ok_or(Error::NotFound)?;
    Ok(team_out(row, access.roles))
}

fn team_out(row: Team, roles: Roles) -> TeamOut {
    TeamOut {
        id: row.id,
        organization_id: row.organization_id,
        name: row.name,
        role: roles.team,
        user_count: row.user_count,
        last_active_at: row.last_active_at.filter(|at| *at > DateTime::UNIX_EPOCH),
        project_count: row.project_count,
        created_at: row.created_at,
        actions: roles.allowed(TeamAction::ALL),
        denied: roles.denied(TeamAction::ALL),
    }
}
