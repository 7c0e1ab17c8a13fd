//! Licenses, license sessions and machines, many at once.

use axum::Json;
use axum::extract::State;

use super::ProductPath;
use crate::api::body::Body;
use crate::api::bulk::{BulkOut, IdsIn, UserIdsIn};
use crate::api::path::UrlPath;
use crate::api::refusals::AtScopeWithInput;
use crate::identity::auth::Caller;
use crate::ops::licenses::{machines, revoke};
use crate::{App, Error};

/// Revokes people's licenses. Their live sessions end now; undo gives the licenses back, not the sessions.
#[utoipa::path(post, path = "/api/v2/organizations/{id}/licenses/{product}/users/revoke", tag = "licenses",
    params(ProductPath), request_body = UserIdsIn, responses((status = OK, body = BulkOut), AtScopeWithInput))]
pub(crate) async fn revoke_licenses(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
    Body(body): Body<UserIdsIn>,
) -> Result<Json<BulkOut>, Error> {
    Ok(revoke::revoke_users(&app, &caller, (path.id, path.product), &body.user_ids).await?.into())
}

/// Ends live sessions.
#[utoipa::path(post, path = "/api/v2/organizations/{id}/licenses/{product}/sessions/end", tag = "licenses",
    params(ProductPath), request_body = IdsIn, responses((status = OK, body = BulkOut), AtScopeWithInput))]
pub(crate) async fn end_license_sessions(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
    Body(body): Body<IdsIn>,
) -> Result<Json<BulkOut>, Error> {
    Ok(revoke::end_sessions(&app, &caller, (path.id, path.product), &body.ids).await?.into())
}

/// Removes machines. Their live sessions end now.
#[utoipa::path(post, path = "/api/v2/organizations/{id}/licenses/{product}/machines/remove", tag = "licenses",
    params(ProductPath), request_body = IdsIn, responses((status = OK, body = BulkOut), AtScopeWithInput))]
pub(crate) async fn remove_license_machines(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
    Body(body): Body<IdsIn>,
) -> Result<Json<BulkOut>, Error> {
    Ok(machines::remove_machines(&app, &caller, (path.id, path.product), &body.ids).await?.into())
}
