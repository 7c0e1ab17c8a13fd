//! The installation's licenses: files, pools, and each organization's share.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::license::{LicenseSummary, Product};
use testkeep_domain::permission::{AccountAction, Denied, Level};
use testkeep_store::licenses::setting;
use utoipa::{IntoParams, ToSchema};

use super::overview::{LicenseProductOut, pool};
use crate::api::body::Body;
use crate::api::path::UrlPath;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::entitlements::Pool;
use crate::identity::auth::Caller;
use crate::ops::licenses::settings::update_share;
use crate::{App, Error};

/// One organization's use of a product.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrganizationShareOut {
    pub organization_id: i64,
    pub name: String,
    /// Maximum number of seats for the organization; absent: no limit below the quota.
    pub share: Option<i64>,
    pub in_use: i64,
    pub assigned: i64,
    /// Machines registered in the organization. The machine quota covers all organizations together.
    pub machines: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AccountProductOut {
    #[serde(flatten)]
    pub product: LicenseProductOut,
    /// Empty for callers who may see only the subscription.
    pub organizations: Vec<OrganizationShareOut>,
    /// The changes of the number of seats by the files imported now: the first is now, the last has no seats.
    pub steps: Vec<QuotaStepOut>,
}

/// The number of seats from a time on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct QuotaStepOut {
    pub from: DateTime<Utc>,
    pub quota: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AccountLicensesOut {
    /// Every imported license file, newest first.
    pub files: Vec<LicenseSummary>,
    pub products: Vec<AccountProductOut>,
    /// Ids of license files that another installation on this machine uses too. A file may be used in one installation
    /// only.
    pub used_twice: Vec<String>,
    /// Actions that are allowed.
    pub actions: Vec<AccountAction>,
    /// Actions that are not allowed, with the reason.
    pub denied: Vec<Denied<AccountAction>>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LicenseShareIn {
    /// Absent: no limit below the quota.
    pub seats: Option<i64>,
}

#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct SharePath {
    pub id: i64,
    #[param(inline)]
    pub product: Product,
    pub organization_id: i64,
}

/// The installation's licenses.
#[utoipa::path(get, path = "/api/v2/accounts/{id}/licenses", tag = "licenses", params(("id" = i64, Path)),
    responses((status = OK, body = AccountLicensesOut), AtScope))]
pub(crate) async fn find_account_licenses(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<AccountLicensesOut>, Error> {
    let access = caller.access(&app.db, Level::Account, id).await?;
    access.require(AccountAction::ViewSubscriptionDetails)?;
    let manages = access.may(AccountAction::ViewLicenseManagement);
    let mut products = Vec::new();
    for product in Product::ALL {
        let organizations = if manages { shares(&app, product).await? } else { Vec::new() };
        let steps = steps(&app, product).await?;
        products.push(AccountProductOut { product: pool(&app, product).await?, organizations, steps });
    }
    let files = app.licensing.files(&app.db, app.clock.now()).await?;
    Ok(Json(AccountLicensesOut {
        files,
        products,
        used_twice: app.marks.shared().into_iter().map(|id| id.to_string()).collect(),
        actions: access.roles.allowed(AccountAction::ALL),
        denied: access.roles.denied(AccountAction::ALL),
    }))
}

async fn steps(app: &App, product: Product) -> Result<Vec<QuotaStepOut>, Error> {
    let pools = app.licensing.pools(&app.db, app.clock.now()).await?;
    let steps = pools.get(product).map(Pool::seats_until).unwrap_or_default();
    Ok(steps.iter().map(|step| QuotaStepOut { from: step.from, quota: i64::from(step.quota) }).collect())
}

async fn shares(app: &App, product: Product) -> Result<Vec<OrganizationShareOut>, Error> {
    let rows = setting::list_shares(&app.db, product.word()).await?;
    let shares = rows.into_iter().map(|row| OrganizationShareOut {
        organization_id: row.organization_id,
        name: row.name,
        share: row.share,
        in_use: row.in_use,
        assigned: row.assigned,
        machines: row.machines,
    });
    Ok(shares.collect())
}

/// Sets the maximum number of seats for an organization.
#[utoipa::path(put, path = "/api/v2/accounts/{id}/licenses/{product}/shares/{organization_id}", tag = "licenses",
    params(SharePath), request_body = LicenseShareIn, responses((status = NO_CONTENT), AtScopeWithInput))]
pub(crate) async fn update_license_share(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<SharePath>,
    Body(body): Body<LicenseShareIn>,
) -> Result<StatusCode, Error> {
    caller.access(&app.db, Level::Account, path.id).await?;
    update_share(&app, &caller, (path.organization_id, path.product), body.seats).await?;
    Ok(StatusCode::NO_CONTENT)
}
