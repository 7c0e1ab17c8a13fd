//! People, invitations and sessions, many at once; and undo.

use axum::Json;
use axum::extract::State;

use crate::api::body::Body;
use crate::api::bulk::{BulkOut, IdsIn, RolesIn, UserIdsIn};
use crate::api::level::ScopePath;
use crate::api::path::UrlPath;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::identity::auth::Caller;
use crate::ops::bulk::Bulk;
use crate::ops::people::{invitations, profile, removal, users};
use crate::ops::undo;
use crate::{App, Error};

/// Removes people from a scope and everything below it. Can be undone, except in the account.
#[utoipa::path(post, path = "/api/v2/{level}/{id}/users/remove", tag = "users", params(ScopePath),
    request_body = UserIdsIn, responses((status = OK, body = BulkOut), AtScopeWithInput))]
pub(crate) async fn remove_users(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    Body(body): Body<UserIdsIn>,
) -> Result<Json<BulkOut>, Error> {
    let at = (place.level.into(), place.id);
    Ok(removal::remove_users(&app, &caller, at, &body.user_ids).await?.into())
}

/// Gives people a role.
#[utoipa::path(post, path = "/api/v2/{level}/{id}/users/role", tag = "users", params(ScopePath),
    request_body = RolesIn, responses((status = OK, body = BulkOut), AtScopeWithInput))]
pub(crate) async fn update_roles(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    Body(body): Body<RolesIn>,
) -> Result<Json<BulkOut>, Error> {
    let at = (place.level.into(), place.id);
    Ok(users::update_roles(&app, &caller, at, &body.user_ids, body.role).await?.into())
}

/// Extends the expiry of invitations, and sends their mails again.
#[utoipa::path(post, path = "/api/v2/{level}/{id}/invitations/resend", tag = "invitations", params(ScopePath),
    request_body = IdsIn, responses((status = OK, body = BulkOut), AtScopeWithInput))]
pub(crate) async fn resend_invitations(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    Body(body): Body<IdsIn>,
) -> Result<Json<BulkOut>, Error> {
    Ok(invitations::resend_many(&app, &caller, (place.level.into(), place.id), &body.ids).await?.into())
}

/// Revokes invitations: their links stop working.
#[utoipa::path(post, path = "/api/v2/{level}/{id}/invitations/revoke", tag = "invitations", params(ScopePath),
    request_body = IdsIn, responses((status = OK, body = BulkOut), AtScopeWithInput))]
pub(crate) async fn revoke_invitations(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    Body(body): Body<IdsIn>,
) -> Result<Json<BulkOut>, Error> {
    Ok(invitations::revoke_many(&app, &caller, (place.level.into(), place.id), &body.ids).await?.into())
}

/// Ends some of the caller's own sessions, but not the session of the request. Needs a session.
#[utoipa::path(post, path = "/api/v2/me/sessions/end", tag = "me", request_body = IdsIn,
    responses((status = OK, body = BulkOut), AtScopeWithInput))]
pub(crate) async fn end_own_sessions(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<IdsIn>,
) -> Result<Json<BulkOut>, Error> {
    Ok(profile::end_sessions(&app, &caller, &body.ids).await?.into())
}

/// Takes back a removal or a revocation, within a minute and by the same person.
#[utoipa::path(post, path = "/api/v2/undo/{id}", tag = "users", params(("id" = i64, Path)),
    responses((status = OK, body = BulkOut), AtScope))]
pub(crate) async fn undo_action(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<BulkOut>, Error> {
    let rows = undo::undo(&app, &caller, id).await?;
    Ok(Bulk { rows, undo: None }.into())
}
