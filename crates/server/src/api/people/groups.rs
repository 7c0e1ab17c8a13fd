//! `/api/v2/organizations/{id}/groups` and `/api/v2/groups/{id}`: user groups.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::{Denied, Level, OrganizationAction};
use testkeep_store::people::group::{self, Group};
use utoipa::ToSchema;

use crate::api::body::Body;
use crate::api::list::{ListQuery, Page};
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::identity::access::Access;
use crate::identity::auth::Caller;
use crate::ops::people::groups::{self, GroupPatch, find_visible_group};
use crate::{App, Error};

const COLUMNS: [&str; 3] = ["name", "user_count", "created_at"];
/// Actions on an existing group.
const ACTIONS: [OrganizationAction; 6] = [
    OrganizationAction::ViewGroups,
    OrganizationAction::EditGroupName,
    OrganizationAction::EditGroupDescription,
    OrganizationAction::DeleteGroup,
    OrganizationAction::AddGroupUser,
    OrganizationAction::RemoveGroupUser,
];

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GroupOut {
    pub id: i64,
    pub organization_id: i64,
    pub name: String,
    pub description: String,
    pub user_count: i64,
    pub created_at: DateTime<Utc>,
    /// Actions that are allowed.
    pub actions: Vec<OrganizationAction>,
    /// Actions that are not allowed, with the reason.
    pub denied: Vec<Denied<OrganizationAction>>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GroupIn {
    pub name: String,
    /// At most 2,000 characters.
    #[serde(default)]
    pub description: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GroupPatchIn {
    pub name: Option<String>,
    /// At most 2,000 characters.
    pub description: Option<String>,
}

/// The user groups of an organization.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/groups", tag = "groups",
    params(("id" = i64, Path), ListQuery), responses((status = OK, body = Page<GroupOut>), AtScopeWithInput))]
pub(crate) async fn list_groups(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    UrlQuery(query): UrlQuery<ListQuery>,
) -> Result<Json<Page<GroupOut>>, Error> {
    let access = caller.access(&app.db, Level::Organization, id).await?;
    access.require(OrganizationAction::ViewGroups)?;
    let list = query.read(&COLUMNS)?;
    let total = group::count_groups(&app.db, id, &list).await?;
    let rows = group::list_groups(&app.db, id, &list).await?;
    Ok(Json(Page::new(rows.into_iter().map(|row| group_out(row, &access)).collect(), total)))
}

/// Creates a user group.
#[utoipa::path(post, path = "/api/v2/organizations/{id}/groups", tag = "groups", params(("id" = i64, Path)),
    request_body = GroupIn, responses((status = CREATED, body = GroupOut), AtScopeWithInput))]
pub(crate) async fn create_group(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    Body(body): Body<GroupIn>,
) -> Result<(StatusCode, Json<GroupOut>), Error> {
    let id = groups::create_group(&app, &caller, id, &body.name, &body.description).await?;
    Ok((StatusCode::CREATED, Json(show(&app, &caller, id).await?)))
}

/// A user group.
#[utoipa::path(get, path = "/api/v2/groups/{id}", tag = "groups", params(("id" = i64, Path)),
    responses((status = OK, body = GroupOut), AtScope))]
pub(crate) async fn find_group(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<GroupOut>, Error> {
    show(&app, &caller, id).await.map(Json)
}

/// Changes a user group's name or description.
#[utoipa::path(patch, path = "/api/v2/groups/{id}", tag = "groups", params(("id" = i64, Path)),
    request_body = GroupPatchIn, responses((status = OK, body = GroupOut), AtScopeWithInput))]
pub(crate) async fn update_group(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    Body(body): Body<GroupPatchIn>,
) -> Result<Json<GroupOut>, Error> {
    let GroupPatchIn { name, description } = body;
    groups::update_group(&app, &caller, id, GroupPatch { name, description }).await?;
    show(&app, &caller, id).await.map(Json)
}

/// Deletes a user group. Its people keep their roles in teams and projects.
#[utoipa::path(delete, path = "/api/v2/groups/{id}", tag = "groups", params(("id" = i64, Path)),
    responses((status = NO_CONTENT), AtScope))]
pub(crate) async fn delete_group(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<StatusCode, Error> {
    groups::delete_group(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn show(app: &App, caller: &Caller, id: i64) -> Result<GroupOut, Error> {
    let (found, access) = find_visible_group(app, caller, id).await?;
    Ok(group_out(found, &access))
}

/// `access` is the caller's access to the group's organization, or to a scope in it.
pub(in crate::api) fn group_out(row: Group, access: &Access) -> GroupOut {
    GroupOut {
        id: row.id,
        organization_id: row.organization_id,
        name: row.name,
        description: row.description,
        user_count: row.user_count,
        created_at: row.created_at,
        actions: access.roles.allowed(&ACTIONS),
        denied: access.roles.denied(&ACTIONS),
    }
}
