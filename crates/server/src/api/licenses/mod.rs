//! The License Management page and leases: `/api/v2/organizations/{id}/licenses/…`, `/api/v2/accounts/1/licenses`,
//! `/api/v2/leases`.

pub(crate) mod account;
pub(crate) mod candidates;
pub(crate) mod leases;
pub(crate) mod machines;
pub(crate) mod many;
pub(crate) mod offline;
pub(crate) mod one_machine;
pub(crate) mod one_session;
pub(crate) mod overview;
pub(crate) mod queue_row;
pub(crate) mod seat_split;
pub(crate) mod seats;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod usage;
pub(crate) mod users;

use serde::Deserialize;
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Level, OrganizationAction};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::identity::access::Access;
use crate::identity::auth::Caller;
use crate::{App, Error};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(overview::find_organization_licenses))
        .routes(routes!(seats::find_organization_seats))
        .routes(routes!(seats::find_account_seats))
        .routes(routes!(users::list_licensed_users, users::assign_licenses))
        .routes(routes!(candidates::list_license_candidates))
        .routes(routes!(users::export_licensed_users))
        .routes(routes!(users::revoke_license))
        .routes(routes!(many::revoke_licenses))
        .routes(routes!(many::end_license_sessions))
        .routes(routes!(many::remove_license_machines))
        .routes(routes!(users::transfer_license))
        .routes(routes!(sessions::list_license_sessions))
        .routes(routes!(sessions::end_license_session))
        .routes(routes!(offline::list_offline_licenses, offline::create_offline_license))
        .routes(routes!(offline::download_offline_license))
        .routes(routes!(machines::list_machines))
        .routes(routes!(machines::remove_machine))
        .routes(routes!(one_machine::find_license_machine))
        .routes(routes!(one_session::find_license_session))
        .routes(routes!(settings::find_license_settings, settings::update_license_settings))
        .routes(routes!(usage::find_license_usage))
        .routes(routes!(usage::list_license_utilization))
        .routes(routes!(usage::export_license_utilization))
        .routes(routes!(account::find_account_licenses))
        .routes(routes!(account::update_license_share))
        .routes(routes!(leases::check_out_lease, leases::list_own_leases, leases::give_up_lease))
        .routes(routes!(leases::renew_lease))
        .routes(routes!(leases::release_lease))
}

/// A product in an organization.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ProductPath {
    pub id: i64,
    #[param(inline)]
    pub product: Product,
}

/// A user, session, machine or offline license of a product in an organization.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ProductItemPath {
    pub id: i64,
    #[param(inline)]
    pub product: Product,
    pub item_id: i64,
}

/// The access of a caller who may see the License Management page.
async fn viewer(app: &App, caller: &Caller, organization_id: i64) -> Result<Access, Error> {
    let access = caller.access(&app.db, Level::Organization, organization_id).await?;
    access.require(OrganizationAction::ViewLicenseManagement)?;
    Ok(access)
}
