//! `/api/v2/groups/{id}/users` and `…/candidates`: the people in a user group.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::OrganizationAction;
use testkeep_store::people::{candidate, group};
use utoipa::{IntoParams, ToSchema};

use crate::api::body::Body;
use crate::api::list::{ListQuery, Page};
use crate::api::path::UrlPath;
use crate::api::people::adding::{AddedOut, CandidatesOut, Search};
use crate::api::query::UrlQuery;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::api::types::PersonOut;
use crate::identity::auth::Caller;
use crate::ops::people::groups::{self, find_visible_group};
use crate::{App, Error};

const COLUMNS: [&str; 2] = ["name", "email"];

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct GroupUsersIn {
    /// People of the organization, at most 1,000 ids.
    pub user_ids: Vec<i64>,
}

/// A person in a group.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct GroupUserPath {
    pub id: i64,
    pub user_id: i64,
}

/// The people of a user group.
#[utoipa::path(get, path = "/api/v2/groups/{id}/users", tag = "groups", params(("id" = i64, Path), ListQuery),
    responses((status = OK, body = Page<PersonOut>), AtScopeWithInput))]
pub(crate) async fn list_group_users(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    UrlQuery(query): UrlQuery<ListQuery>,
) -> Result<Json<Page<PersonOut>>, Error> {
    find_visible_group(&app, &caller, id).await?;
    let list = query.read(&COLUMNS)?;
    let total = group::count_group_members(&app.db, id, &list).await?;
    let rows = group::list_group_members(&app.db, id, &list).await?;
    Ok(Json(Page::new(rows.into_iter().map(Into::into).collect(), total)))
}

/// Adds people of the organization to a user group.
#[utoipa::path(post, path = "/api/v2/groups/{id}/users", tag = "groups", params(("id" = i64, Path)),
    request_body = GroupUsersIn, responses((status = OK, body = AddedOut), AtScopeWithInput))]
pub(crate) async fn add_group_users(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    Body(body): Body<GroupUsersIn>,
) -> Result<Json<AddedOut>, Error> {
    let added = groups::add_group_users(&app, &caller, id, &body.user_ids).await?;
    Ok(Json(added.into()))
}

/// Removes a person from a user group. The person stays in the organization.
#[utoipa::path(delete, path = "/api/v2/groups/{id}/users/{user_id}", tag = "groups", params(GroupUserPath),
    responses((status = NO_CONTENT), AtScope))]
pub(crate) async fn remove_group_user(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<GroupUserPath>,
) -> Result<StatusCode, Error> {
    groups::remove_group_user(&app, &caller, path.id, path.user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// People of the organization who are not in the group yet, at most 20.
#[utoipa::path(get, path = "/api/v2/groups/{id}/candidates", tag = "groups", params(("id" = i64, Path), Search),
    responses((status = OK, body = CandidatesOut), AtScopeWithInput))]
pub(crate) async fn list_group_candidates(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    UrlQuery(search): UrlQuery<Search>,
) -> Result<Json<CandidatesOut>, Error> {
    let (found, access) = find_visible_group(&app, &caller, id).await?;
    access.require(OrganizationAction::AddGroupUser)?;
    let list = search.read()?;
    let rows = candidate::list_group_member_candidates(&app.db, found.organization_id, id, &list).await?;
    Ok(Json(CandidatesOut { users: rows.into_iter().map(Into::into).collect(), groups: Vec::new() }))
}
