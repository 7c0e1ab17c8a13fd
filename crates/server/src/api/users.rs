//! `/api/v2/{level}/{id}/users` and what belongs to it: the people of a place, whatever its level.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::{
    AccountAction, Action, Level, OrganizationAction, ProjectAction, Role, Rule, TeamAction,
};
use testkeep_store::member::{self, Member};
use utoipa::{IntoParams, ToSchema};

use super::body::Body;
use super::csv::Csv;
use super::level::{PlacePath, PlaceUserPath};
use super::list::{ListQuery, Page};
use super::path::UrlPath;
use super::query::UrlQuery;
use super::types::RoleName;
use crate::access::Access;
use crate::auth::Caller;
use crate::error::ErrorBody;
use crate::ops::users::{self, UserPatch, edit_login_options, edit_role, may_give, remove, transfer};
use crate::{App, Error};

const COLUMNS: [&str; 5] = ["name", "email", "role", "joined_at", "last_access_at"];

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MemberOut {
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub role: RoleName,
    /// Login option: whether a session that began with a password reaches this place.
    pub password_sign_in: bool,
    pub joined_at: DateTime<Utc>,
    pub last_access_at: Option<DateTime<Utc>>,
    /// What the caller may do to this person.
    pub actions: Vec<String>,
    /// The roles that the caller may give this person.
    pub assignable_roles: Vec<RoleName>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RoleFilter {
    #[param(inline)]
    pub role: Option<RoleName>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MemberPatchIn {
    pub role: Option<RoleName>,
    pub password_sign_in: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OwnerIn {
    pub user_id: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RemovedUserOut {
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub role: RoleName,
    pub removed_at: DateTime<Utc>,
    /// An address, or “console”.
    pub removed_by: String,
}

/// The people of a place.
#[utoipa::path(get, path = "/api/v2/{level}/{id}/users", tag = "users", params(PlacePath, ListQuery, RoleFilter),
    responses((status = OK, body = Page<MemberOut>), (status = UNAUTHORIZED, body = ErrorBody),
    (status = FORBIDDEN, body = ErrorBody), (status = NOT_FOUND, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub async fn list_users(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<PlacePath>,
    UrlQuery(query): UrlQuery<ListQuery>,
    UrlQuery(filter): UrlQuery<RoleFilter>,
) -> Result<Json<Page<MemberOut>>, Error> {
    let access = caller.access(&app.db, place.level.into(), place.id).await?;
    access.require(view(access.scope.level))?;
    let list = query.read(&COLUMNS)?;
    let role = filter.role.map(|role| Role::from(role).as_str());
    let total = member::count_members(&app.db, access.scope.id, role, &list).await?;
    let rows = member::list_members(&app.db, access.scope.id, role, &list).await?;
    let items = rows.into_iter().map(|row| member_out(row, &access, &caller)).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, total }))
}

/// The people of a place as CSV.
#[utoipa::path(get, path = "/api/v2/{level}/{id}/users/export", tag = "users",
    params(PlacePath, ListQuery, RoleFilter), responses((status = OK, content_type = "text/csv"),
    (status = UNAUTHORIZED, body = ErrorBody), (status = FORBIDDEN, body = ErrorBody),
    (status = NOT_FOUND, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub async fn export_users(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<PlacePath>,
    UrlQuery(query): UrlQuery<ListQuery>,
    UrlQuery(filter): UrlQuery<RoleFilter>,
) -> Result<impl IntoResponse, Error> {
    let access = caller.access(&app.db, place.level.into(), place.id).await?;
    access.require(export(access.scope.level))?;
    let role = filter.role.map(|role| Role::from(role).as_str());
    let rows = member::list_members(&app.db, access.scope.id, role, &query.read_all(&COLUMNS)?).await?;
    let mut csv =
        Csv::new("users.csv", &["email", "first_name", "last_name", "role", "joined_at", "last_access_at"])?;
    for row in rows {
        let last_access = row.last_access_at.map(|time| time.to_rfc3339()).unwrap_or_default();
        let joined = row.joined_at.to_rfc3339();
        csv.row(&[&row.email, &row.first_name, &row.last_name, &row.role, &joined, &last_access])?;
    }
    Ok(csv)
}

/// Changes a person's role or login options.
#[utoipa::path(patch, path = "/api/v2/{level}/{id}/users/{user_id}", tag = "users", params(PlaceUserPath),
    request_body = MemberPatchIn, responses((status = OK, body = MemberOut),
    (status = UNAUTHORIZED, body = ErrorBody), (status = FORBIDDEN, body = ErrorBody),
    (status = NOT_FOUND, body = ErrorBody), (status = CONFLICT, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub async fn update_user(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<PlaceUserPath>,
    Body(body): Body<MemberPatchIn>,
) -> Result<Json<MemberOut>, Error> {
    let place = (path.level.into(), path.id);
    let changes = UserPatch { role: body.role.map(Into::into), password_sign_in: body.password_sign_in };
    users::update_user(&app, &caller, place, path.user_id, changes).await?;
    let access = caller.access(&app.db, place.0, place.1).await?;
    let row = member::find_member(&app.db, path.id, path.user_id).await?.ok_or(Error::NotFound)?;
    member_out(row, &access, &caller).map(Json)
}

/// Takes a person out of a place and everything below it; oneself: leaves.
#[utoipa::path(delete, path = "/api/v2/{level}/{id}/users/{user_id}", tag = "users", params(PlaceUserPath),
    responses((status = NO_CONTENT), (status = UNAUTHORIZED, body = ErrorBody),
    (status = FORBIDDEN, body = ErrorBody), (status = NOT_FOUND, body = ErrorBody),
    (status = CONFLICT, body = ErrorBody)))]
pub async fn delete_user(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<PlaceUserPath>,
) -> Result<StatusCode, Error> {
    users::remove_user(&app, &caller, (path.level.into(), path.id), path.user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes somebody else the Owner; the caller becomes Admin.
#[utoipa::path(post, path = "/api/v2/{level}/{id}/owner", tag = "users", params(PlacePath), request_body = OwnerIn,
    responses((status = NO_CONTENT), (status = UNAUTHORIZED, body = ErrorBody),
    (status = FORBIDDEN, body = ErrorBody), (status = NOT_FOUND, body = ErrorBody),
    (status = CONFLICT, body = ErrorBody)))]
pub async fn transfer_ownership(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<PlacePath>,
    Body(body): Body<OwnerIn>,
) -> Result<StatusCode, Error> {
    users::transfer_ownership(&app, &caller, (place.level.into(), place.id), body.user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who was taken out of the account or an organization, or left it; newest first.
#[utoipa::path(get, path = "/api/v2/{level}/{id}/removed-users", tag = "users", params(PlacePath, ListQuery),
    responses((status = OK, body = Page<RemovedUserOut>), (status = UNAUTHORIZED, body = ErrorBody),
    (status = FORBIDDEN, body = ErrorBody), (status = NOT_FOUND, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub async fn list_removed_users(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<PlacePath>,
    UrlQuery(query): UrlQuery<ListQuery>,
) -> Result<Json<Page<RemovedUserOut>>, Error> {
    let action = invite(place.level.into())?;
    caller.access(&app.db, place.level.into(), place.id).await?.require(action)?;
    let list = query.read(&["removed_at"])?;
    let total = member::count_removed_members(&app.db, place.id, &list).await?;
    let rows = member::list_removed_members(&app.db, place.id, &list).await?;
    let items = rows.into_iter().map(|row| {
        Ok(RemovedUserOut {
            user_id: row.user_id,
            email: row.email,
            first_name: row.first_name,
            last_name: row.last_name,
            role: RoleName::parse(&row.role)?,
            removed_at: row.removed_at,
            removed_by: row.removed_by,
        })
    });
    Ok(Json(Page { items: items.collect::<Result<_, Error>>()?, total }))
}

/// Whoever may invite also sees who is there; the matrix gives Members no access to user management.
fn view(level: Level) -> Action {
    match level {
        Level::Account => AccountAction::InviteUser.into(),
        Level::Organization => OrganizationAction::InviteUser.into(),
        Level::Team => TeamAction::ViewTeam.into(),
        Level::Project => ProjectAction::ViewProject.into(),
    }
}

fn export(level: Level) -> Action {
    match level {
        Level::Account => AccountAction::ExportUsers.into(),
        Level::Organization => OrganizationAction::ExportUsers.into(),
        Level::Team | Level::Project => view(level),
    }
}

/// # Errors
/// [`Error::NotFound`] where nobody is invited: teams and projects take people from their organization.
pub(super) fn invite(level: Level) -> Result<Action, Error> {
    match level {
        Level::Account | Level::Organization => Ok(view(level)),
        Level::Team | Level::Project => Err(Error::NotFound),
    }
}

fn member_out(row: Member, access: &Access, caller: &Caller) -> Result<MemberOut, Error> {
    let role = RoleName::parse(&row.role)?;
    let reaches = |action: Action| match access.roles.rule(action) {
        Rule::Yes => true,
        Rule::MembersOnly => Role::from(role) == Role::Member,
        Rule::No => false,
    };
    let level = access.scope.level;
    let possible =
        [Some(edit_role(level)), edit_login_options(level), Some(remove(level)), Some(transfer(level))];
    let actions = possible.into_iter().flatten().filter(|action| reaches(*action));
    let mut actions: Vec<String> = actions.map(|action| action.as_str().to_owned()).collect();
    if row.user_id == caller.user_id {
        actions.push("leave".into());
    }
    let roles = level
        .roles()
        .iter()
        .filter(|role| reaches(edit_role(level)) && may_give(&access.roles, level, **role));
    Ok(MemberOut {
        assignable_roles: roles.map(|role| (*role).into()).collect(),
        user_id: row.user_id,
        email: row.email,
        first_name: row.first_name,
        last_name: row.last_name,
        role,
        password_sign_in: row.password_sign_in,
        joined_at: row.joined_at,
        last_access_at: row.last_access_at,
        actions,
    })
}
