//! `/api/v2/{level}/{id}/users`: the people of a scope of any level.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::audit::AuditAction;
use testkeep_domain::license::Product;
use testkeep_domain::permission::{
    AccountAction, Action, DenialReason, Denied, Level, MemberAction, OrganizationAction, ProjectAction,
    Role, Rule, TeamAction, deny,
};
use testkeep_store::people::member::{self, Member};
use utoipa::{IntoParams, ToSchema};

use crate::api::body::Body;
use crate::api::csv::{Csv, CsvQuery};
use crate::api::level::{ScopePath, ScopeUserPath};
use crate::api::list::{CursorQuery, ListQuery, Page, SeekQuery};
use crate::api::path::UrlPath;
use crate::api::people::member_details::Details;
use crate::api::query::UrlQuery;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::api::types::role_of;
use crate::api::word::{RoleWord, Word};
use crate::http::error::ErrorBody;
use crate::identity::access::Access;
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::exports::record_export;
use crate::ops::people::removal;
use crate::ops::people::users::{
    self, OWNER_GIVES_ROLES, OWNER_NEEDS_PASSWORD, UserPatch, edit_login_options, edit_role,
    end_sessions_action, may_give, owner_already, remove, transfer,
};
use crate::{App, Error};

const COLUMNS: [&str; 5] = ["name", "email", "role", "joined_at", "last_access_at"];

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MemberOut {
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub role: Role,
    /// Login option: whether a session that began with a password may access this scope.
    pub password_sign_in: bool,
    pub joined_at: DateTime<Utc>,
    pub last_access_at: Option<DateTime<Utc>>,
    /// Actions that the caller may do to this person.
    pub actions: Vec<MemberAction>,
    /// Actions that the caller may not do to this person, with the reason: the caller's role, or the state of this
    /// person.
    pub denied: Vec<Denied<MemberAction>>,
    /// The roles that the caller may give this person.
    pub assignable_roles: Vec<Role>,
    /// Products assigned to this person; only in an organization's list.
    pub licenses: Vec<Product>,
    /// Names of the teams that this person belongs to; only in an organization's list.
    pub teams: Vec<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RoleFilter {
    #[param(inline)]
    pub role: Option<Role>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MemberPatchIn {
    pub role: Option<Role>,
    pub password_sign_in: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct EndedSessionsOut {
    pub ended: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OwnerIn {
    pub user_id: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RemovedUserOut {
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub role: RoleWord,
    pub removed_at: DateTime<Utc>,
    /// An email address, or “console”.
    pub removed_by: String,
}

/// The people of a scope.
#[utoipa::path(get, path = "/api/v2/{level}/{id}/users", tag = "users", params(ScopePath, ListQuery, CursorQuery, RoleFilter),
    responses((status = OK, body = Page<MemberOut>), AtScopeWithInput))]
pub(crate) async fn list_users(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    query: SeekQuery,
    UrlQuery(filter): UrlQuery<RoleFilter>,
) -> Result<Json<Page<MemberOut>>, Error> {
    let access = caller.access(&app.db, place.level.into(), place.id).await?;
    access.require(view(access.scope.level))?;
    let list = query.read(&COLUMNS, false)?;
    let role = filter.role.map(Role::as_str);
    let total = member::count_members(&app.db, access.scope.id, role, &list).await?;
    let rows = member::list_members(&app.db, access.scope.id, role, &list).await?;
    let mut details = Details::of(&app, &access.scope, &rows.rows).await?;
    let slice = rows.try_map(|row| member_out(row, &access, &caller, &mut details))?;
    Ok(Json(Page::seeked(&list, slice, total)))
}

/// The people of a scope, as CSV.
#[utoipa::path(get, path = "/api/v2/{level}/{id}/users/export", tag = "users",
    params(ScopePath, ListQuery, RoleFilter, CsvQuery), responses((status = OK, content_type = "text/csv"),
    AtScopeWithInput))]
pub(crate) async fn export_users(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    UrlQuery(query): UrlQuery<ListQuery>,
    UrlQuery(filter): UrlQuery<RoleFilter>,
    UrlQuery(style): UrlQuery<CsvQuery>,
) -> Result<impl IntoResponse, Error> {
    let access = caller.access(&app.db, place.level.into(), place.id).await?;
    access.require(export(access.scope.level))?;
    let role = filter.role.map(Role::as_str);
    let rows = member::list_members(&app.db, access.scope.id, role, &query.read_all(&COLUMNS)?).await?.rows;
    let place = (access.scope.level, access.scope.id);
    let count = rows.len();
    record_export(&app, &caller, place, export(place.0), |scope| {
        Event::of(AuditAction::ExportUsers, scope).detail("rows", count)
    })
    .await?;
    let mut csv = Csv::new(
        "users.csv",
        style,
        &["email", "first_name", "last_name", "role", "joined_at", "last_access_at"],
    )?;
    for row in rows {
        let last_access = row.last_access_at.map(|time| time.to_rfc3339()).unwrap_or_default();
        let joined = row.joined_at.to_rfc3339();
        csv.row(&[&row.email, &row.first_name, &row.last_name, &row.role, &joined, &last_access])?;
    }
    Ok(csv)
}

/// Changes a person's role or login options.
#[utoipa::path(patch, path = "/api/v2/{level}/{id}/users/{user_id}", tag = "users", params(ScopeUserPath),
    request_body = MemberPatchIn, responses((status = OK, body = MemberOut),
    (status = CONFLICT, body = ErrorBody), AtScopeWithInput))]
pub(crate) async fn update_user(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ScopeUserPath>,
    Body(body): Body<MemberPatchIn>,
) -> Result<Json<MemberOut>, Error> {
    let place = (path.level.into(), path.id);
    let changes = UserPatch { role: body.role, password_sign_in: body.password_sign_in };
    users::update_user(&app, &caller, place, path.user_id, changes).await?;
    let access = caller.access(&app.db, place.0, place.1).await?;
    let row = member::find_member(&app.db, path.id, path.user_id).await?.ok_or(Error::NotFound)?;
    let mut details = Details::of(&app, &access.scope, std::slice::from_ref(&row)).await?;
    member_out(row, &access, &caller, &mut details).map(Json)
}

/// Removes a person from a scope and everything below it. For the caller themselves: leaves.
#[utoipa::path(delete, path = "/api/v2/{level}/{id}/users/{user_id}", tag = "users", params(ScopeUserPath),
    responses((status = NO_CONTENT),
    (status = CONFLICT, body = ErrorBody), AtScope))]
pub(crate) async fn delete_user(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ScopeUserPath>,
) -> Result<StatusCode, Error> {
    removal::remove_user(&app, &caller, (path.level.into(), path.id), path.user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends every session of a person. Only in the account, because sessions do not belong to other scopes.
#[utoipa::path(delete, path = "/api/v2/{level}/{id}/users/{user_id}/sessions", tag = "users", params(ScopeUserPath),
    responses((status = OK, body = EndedSessionsOut), AtScope))]
pub(crate) async fn end_user_sessions(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ScopeUserPath>,
) -> Result<Json<EndedSessionsOut>, Error> {
    let ended = users::end_sessions(&app, &caller, (path.level.into(), path.id), path.user_id).await?;
    Ok(Json(EndedSessionsOut { ended: i64::try_from(ended).map_err(Error::internal)? }))
}

/// Makes another person the Owner. The caller becomes Admin.
#[utoipa::path(post, path = "/api/v2/{level}/{id}/owner", tag = "users", params(ScopePath), request_body = OwnerIn,
    responses((status = NO_CONTENT),
    (status = CONFLICT, body = ErrorBody), AtScope))]
pub(crate) async fn transfer_ownership(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    Body(body): Body<OwnerIn>,
) -> Result<StatusCode, Error> {
    users::transfer_ownership(&app, &caller, (place.level.into(), place.id), body.user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// People who were removed from the account or an organization, or left it; newest first.
#[utoipa::path(get, path = "/api/v2/{level}/{id}/removed-users", tag = "users", params(ScopePath, ListQuery, CursorQuery),
    responses((status = OK, body = Page<RemovedUserOut>), AtScopeWithInput))]
pub(crate) async fn list_removed_users(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    query: SeekQuery,
) -> Result<Json<Page<RemovedUserOut>>, Error> {
    let action = invite(place.level.into())?;
    caller.access(&app.db, place.level.into(), place.id).await?.require(action)?;
    let list = query.read(&["removed_at"], true)?;
    let total = member::count_removed_members(&app.db, place.id, &list).await?;
    let rows = member::list_removed_members(&app.db, place.id, &list).await?;
    let slice = rows.map(|row| RemovedUserOut {
        user_id: row.user_id,
        email: row.email,
        first_name: row.first_name,
        last_name: row.last_name,
        role: Word::read(row.role, Role::parse),
        removed_at: row.removed_at,
        removed_by: row.removed_by,
    });
    Ok(Json(Page::seeked(&list, slice, total)))
}

/// People who may invite may also see the people. The permission table gives Members no access to user management.
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

/// The action that invites people.
///
/// # Errors
/// [`Error::NotFound`] for teams and projects: they take people from their organization.
pub(in crate::api) fn invite(level: Level) -> Result<Action, Error> {
    match level {
        Level::Account | Level::Organization => Ok(view(level)),
        Level::Team | Level::Project => Err(Error::NotFound),
    }
}

pub(in crate::api) fn member_out(
    row: Member,
    access: &Access,
    caller: &Caller,
    details: &mut Details,
) -> Result<MemberOut, Error> {
    let role = role_of(&row.role)?;
    let level = access.scope.level;
    let reaches = |action| denial_by_role(access, action, role).is_none();
    let roles = level.roles().iter().copied();
    let roles = roles.filter(|role| reaches(edit_role(level)) && may_give(access.roles, level, *role));
    let assignable_roles: Vec<Role> = roles.collect();
    let mut actions = Vec::new();
    let mut denied = Vec::new();
    for action in actions_at(level) {
        let Some(name) = MemberAction::of(action) else { continue };
        let by_role = denial_by_role(access, action, role);
        if by_role.is_none() {
            actions.push(name);
        }
        if let Some((reason, message)) =
            by_role.or_else(|| denial_by_state(action, level, &row, role, &assignable_roles))
        {
            deny(&mut denied, reason, message, name);
        }
    }
    if row.user_id == caller.user_id {
        actions.push(MemberAction::Leave);
    }
    let (licenses, teams) = details.take(row.user_id);
    Ok(MemberOut {
        licenses,
        teams,
        assignable_roles,
        user_id: row.user_id,
        email: row.email,
        first_name: row.first_name,
        last_name: row.last_name,
        role,
        password_sign_in: row.password_sign_in,
        joined_at: row.joined_at,
        last_access_at: row.last_access_at,
        actions,
        denied,
    })
}

/// Actions on the people of a scope, by level.
fn actions_at(level: Level) -> impl Iterator<Item = Action> {
    let possible = [
        Some(edit_role(level)),
        edit_login_options(level),
        end_sessions_action(level),
        Some(remove(level)),
        Some(transfer(level)),
    ];
    possible.into_iter().flatten()
}

type Denial = (DenialReason, String);

fn denial_by_role(access: &Access, action: Action, target: Role) -> Option<Denial> {
    match access.roles.rule(action) {
        Rule::No => Some((DenialReason::Role, action.refusal())),
        Rule::MembersOnly if target != Role::Member => {
            Some((DenialReason::MembersOnly, target.out_of_reach()))
        }
        Rule::MembersOnly | Rule::Yes => None,
    }
}

/// A denial that comes from the state of the person, not from the caller's role.
fn denial_by_state(
    action: Action,
    level: Level,
    row: &Member,
    role: Role,
    assignable: &[Role],
) -> Option<Denial> {
    if action == edit_role(level) && assignable.iter().all(|one| *one == role) {
        Some((DenialReason::OwnerGivesRoles, OWNER_GIVES_ROLES.into()))
    } else if Some(action) == edit_login_options(level) && role == Role::Owner && row.password_sign_in {
        Some((DenialReason::OwnerNeedsPassword, OWNER_NEEDS_PASSWORD.into()))
    } else if action == transfer(level) && role == Role::Owner {
        Some((DenialReason::OwnerAlready, owner_already(&row.email)))
    } else {
        None
    }
}
