//! `/api/v2/organizations` and `/api/v2/accounts/1`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::{AccountAction, Denied, Level, OrganizationAction, Role, Roles};
use testkeep_store::scopes::organization::{self, OrganizationAccess};
use testkeep_store::scopes::scope::ACCOUNT;
use utoipa::{IntoParams, ToSchema};

use crate::api::body::Body;
use crate::api::list::Page;
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::http::error::ErrorBody;
use crate::identity::access::Access;
use crate::identity::auth::Caller;
use crate::ops::scopes::organizations::{self, OrganizationPatch};
use crate::{App, Error};

/// An organization that the caller may see.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrganizationAccessOut {
    pub id: i64,
    pub name: String,
    /// Absent: the caller has no role in the organization and sees it through a role in the account.
    pub role: Option<Role>,
    pub teams_enabled: bool,
    /// `false`: the organization is closed to sessions that began with a password.
    pub password_sign_in: bool,
    /// Actions that are allowed.
    pub actions: Vec<OrganizationAction>,
    /// Actions that are not allowed, with the reason.
    pub denied: Vec<Denied<OrganizationAction>>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrganizationOut {
    pub id: i64,
    pub name: String,
    pub teams_enabled: bool,
    pub created_at: DateTime<Utc>,
    pub user_count: i64,
    pub team_count: i64,
    pub project_count: i64,
    pub group_count: i64,
    /// Actions that are allowed.
    pub actions: Vec<OrganizationAction>,
    /// Actions that are not allowed, with the reason.
    pub denied: Vec<Denied<OrganizationAction>>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrganizationIn {
    pub name: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrganizationPatchIn {
    pub name: Option<String>,
    pub teams_enabled: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AccountOut {
    pub id: i64,
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub user_count: i64,
    pub organization_count: i64,
    /// Actions that are allowed.
    pub actions: Vec<AccountAction>,
    /// Actions that are not allowed, with the reason.
    pub denied: Vec<Denied<AccountAction>>,
}

/// Text that a person types to confirm a deletion.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Confirmation {
    /// The name of the thing to delete.
    #[serde(default)]
    pub confirm: String,
}

/// The organizations that the caller may see, by name.
#[utoipa::path(get, path = "/api/v2/organizations", tag = "organizations", responses(
    (status = OK, body = Page<OrganizationAccessOut>), (status = UNAUTHORIZED, body = ErrorBody),
))]
pub(crate) async fn list_organizations(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Page<OrganizationAccessOut>>, Error> {
    let account = caller.access(&app.db, Level::Account, ACCOUNT).await?;
    let items = visible_organizations(&app, &caller, &account.roles).await?;
    Ok(Json(Page::of_all(items)))
}

pub(in crate::api) async fn visible_organizations(
    app: &App,
    caller: &Caller,
    above: &Roles,
) -> Result<Vec<OrganizationAccessOut>, Error> {
    let all = above.may_see(Level::Organization);
    let rows = organization::list_organizations(&app.db, caller.user_id, all).await?;
    Ok(rows.into_iter().map(|row| access_out(row, above.account)).collect())
}

fn access_out(row: OrganizationAccess, account: Option<Role>) -> OrganizationAccessOut {
    let open = row.password_sign_in.unwrap_or(true);
    let role = row.role.as_deref().and_then(Role::parse);
    let roles = Roles { account, organization: role.filter(|_| open), ..Roles::default() };
    OrganizationAccessOut {
        id: row.id,
        name: row.name,
        role,
        teams_enabled: row.teams_enabled,
        password_sign_in: open,
        actions: roles.allowed(OrganizationAction::ALL),
        denied: roles.denied(OrganizationAction::ALL),
    }
}

/// Creates an organization. The caller becomes its Owner.
#[utoipa::path(post, path = "/api/v2/organizations", tag = "organizations", request_body = OrganizationIn, responses(
    (status = CREATED, body = OrganizationOut), (status = UNAUTHORIZED, body = ErrorBody),
    (status = FORBIDDEN, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
))]
pub(crate) async fn create_organization(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<OrganizationIn>,
) -> Result<(StatusCode, Json<OrganizationOut>), Error> {
    let id = organizations::create_organization(&app, &caller, &body.name).await?;
    let access = caller.access(&app.db, Level::Organization, id).await?;
    Ok((StatusCode::CREATED, Json(show(&app, &access).await?)))
}

/// An organization's settings and counts.
#[utoipa::path(get, path = "/api/v2/organizations/{id}", tag = "organizations", params(("id" = i64, Path)),
    responses((status = OK, body = OrganizationOut), AtScope))]
pub(crate) async fn find_organization(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<OrganizationOut>, Error> {
    let access = caller.access(&app.db, Level::Organization, id).await?;
    access.require(OrganizationAction::ViewOrganization)?;
    show(&app, &access).await.map(Json)
}

/// Renames an organization, or switches its teams on or off.
#[utoipa::path(patch, path = "/api/v2/organizations/{id}", tag = "organizations", params(("id" = i64, Path)),
    request_body = OrganizationPatchIn, responses((status = OK, body = OrganizationOut), AtScopeWithInput))]
pub(crate) async fn update_organization(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    Body(body): Body<OrganizationPatchIn>,
) -> Result<Json<OrganizationOut>, Error> {
    let patch = OrganizationPatch { name: body.name, teams_enabled: body.teams_enabled };
    organizations::update_organization(&app, &caller, id, patch).await?;
    show(&app, &caller.access(&app.db, Level::Organization, id).await?).await.map(Json)
}

/// Deletes an organization with everything in it.
#[utoipa::path(delete, path = "/api/v2/organizations/{id}", tag = "organizations",
    params(("id" = i64, Path), Confirmation), responses((status = NO_CONTENT), AtScopeWithInput))]
pub(crate) async fn delete_organization(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    UrlQuery(confirmation): UrlQuery<Confirmation>,
) -> Result<StatusCode, Error> {
    organizations::delete_organization(&app, &caller, id, &confirmation.confirm).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn show(app: &App, access: &Access) -> Result<OrganizationOut, Error> {
    let found = organization::find_organization(&app.db, access.scope.id).await?.ok_or(Error::NotFound)?;
    Ok(OrganizationOut {
        id: found.id,
        name: found.name,
        teams_enabled: found.teams_enabled,
        created_at: found.created_at,
        user_count: found.user_count,
        team_count: found.team_count,
        project_count: found.project_count,
        group_count: found.group_count,
        actions: access.roles.allowed(OrganizationAction::ALL),
        denied: access.roles.denied(OrganizationAction::ALL),
    })
}

/// The account: the installation as a whole. Its id is 1.
#[utoipa::path(get, path = "/api/v2/accounts/{id}", tag = "accounts", params(("id" = i64, Path)),
    responses((status = OK, body = AccountOut), AtScope))]
pub(crate) async fn find_account(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<AccountOut>, Error> {
    let access = caller.access(&app.db, Level::Account, id).await?;
    access.require(AccountAction::ViewAccount)?;
    show_account(&app, &access).await.map(Json)
}

/// Renames the account.
#[utoipa::path(patch, path = "/api/v2/accounts/{id}", tag = "accounts", params(("id" = i64, Path)),
    request_body = OrganizationIn, responses((status = OK, body = AccountOut), AtScopeWithInput))]
pub(crate) async fn update_account(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    Body(body): Body<OrganizationIn>,
) -> Result<Json<AccountOut>, Error> {
    caller.access(&app.db, Level::Account, id).await?;
    organizations::update_account(&app, &caller, &body.name).await?;
    show_account(&app, &caller.access(&app.db, Level::Account, id).await?).await.map(Json)
}

async fn show_account(app: &App, access: &Access) -> Result<AccountOut, Error> {
    let found = organization::find_account(&app.db).await?;
    Ok(AccountOut {
        id: found.id,
        name: found.name,
        created_at: found.created_at,
        user_count: found.user_count,
        organization_count: found.organization_count,
        actions: access.roles.allowed(AccountAction::ALL),
        denied: access.roles.denied(AccountAction::ALL),
    })
}
