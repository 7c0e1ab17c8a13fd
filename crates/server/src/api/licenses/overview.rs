//! What is licensed and how much of it is left.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::license::Product;
use testkeep_store::licenses::{offline, turn, waiter};
use utoipa::ToSchema;

use super::{ProductName, viewer};
use crate::api::path::UrlPath;
use crate::auth::Caller;
use crate::error::ErrorBody;
use crate::licensing::PoolState;
use crate::ops::leases::PLACE_KEPT;
use crate::{App, Error};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PoolStateName {
    Active,
    /// 30 days or less are left.
    Expiring,
    Expired,
    /// Never licensed.
    None,
}

impl From<PoolState> for PoolStateName {
    fn from(state: PoolState) -> Self {
        match state {
            PoolState::Active => Self::Active,
            PoolState::Expiring => Self::Expiring,
            PoolState::Expired => Self::Expired,
            PoolState::None => Self::None,
        }
    }
}

/// A product as an organization has it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct LicenseProductOut {
    pub product: ProductName,
    /// Seats of the installation, in all license files in force.
    pub subscribed: i64,
    /// Seats that this organization could take now.
    pub available: i64,
    /// Seats taken here: live sessions and offline licenses.
    pub in_use: i64,
    /// Seats taken in other organizations.
    pub in_use_elsewhere: i64,
    pub assigned: i64,
    /// People assigned in other organizations; KSE's seats are as many as people assigned in all of them.
    pub assigned_elsewhere: i64,
    pub offline: i64,
    /// Machines that may be registered in all organizations together.
    pub machine_quota: i64,
    /// Machines registered here.
    pub machines: i64,
    /// Machines registered in other organizations.
    pub machines_elsewhere: i64,
    /// Sessions that wait for a seat.
    pub waiting: i64,
    pub expires_at: Option<DateTime<Utc>>,
    /// Begun days until nothing is licensed any more.
    pub days_left: i64,
    pub state: PoolStateName,
    /// The most seats this organization may take; absent: as many as there are.
    pub share: Option<i64>,
    /// More is used than licensed: nobody new gets in.
    pub over_quota: bool,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OrganizationLicensesOut {
    pub products: Vec<LicenseProductOut>,
    /// Allowed actions.
    pub actions: Vec<String>,
}

/// What an organization has of each product.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses", tag = "licenses", params(("id" = i64, Path)),
    responses((status = OK, body = OrganizationLicensesOut), (status = UNAUTHORIZED, body = ErrorBody),
    (status = FORBIDDEN, body = ErrorBody), (status = NOT_FOUND, body = ErrorBody)))]
pub async fn find_organization_licenses(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<OrganizationLicensesOut>, Error> {
    let access = viewer(&app, &caller, id).await?;
    let mut products = Vec::new();
    for product in Product::ALL {
        products.push(product_of_organization(&app, id, product).await?);
    }
    Ok(Json(OrganizationLicensesOut { products, actions: access.actions() }))
}

async fn product_of_organization(app: &App, id: i64, product: Product) -> Result<LicenseProductOut, Error> {
    let word = product.word();
    let count = turn::find_organization_count(&app.db, id, word).await?.ok_or(Error::NotFound)?;
    let pool = pool(app, product).await?;
    let room = count.share.map_or(i64::MAX, |share| (share - count.in_use).max(0));
    let now = app.clock.now();
    let offline = offline::count_active_offline_licenses(&app.db, id, Some(word), now).await?;
    let since = now - PLACE_KEPT;
    Ok(LicenseProductOut {
        available: pool.available.min(room),
        in_use: count.in_use,
        in_use_elsewhere: (pool.in_use - count.in_use).max(0),
        assigned: count.assigned,
        assigned_elsewhere: (pool.assigned - count.assigned).max(0),
        offline,
        machines: count.machines,
        machines_elsewhere: (pool.machines - count.machines).max(0),
        waiting: waiter::count_waiters(&app.db, id, word, since).await?,
        share: count.share,
        ..pool
    })
}

/// The whole installation's pool.
pub(super) async fn pool(app: &App, product: Product) -> Result<LicenseProductOut, Error> {
    let now = app.clock.now();
    let pools = app.licensing.pools(&app.db, now).await?;
    let pool = pools.get(product);
    let (in_use, assigned, machines) = turn::find_total(&app.db, product.word()).await?;
    let subscribed = pool.map_or(0, |pool| i64::from(pool.quota));
    let machine_quota = pool.map_or(0, |pool| i64::from(pool.machine_quota));
    let expires_at = pool.map(|pool| pool.expires_at);
    let too_many_assigned = product == Product::Kse && assigned > subscribed;
    Ok(LicenseProductOut {
        product: product.into(),
        subscribed,
        available: (subscribed - in_use).max(0),
        in_use,
        in_use_elsewhere: 0,
        assigned,
        assigned_elsewhere: 0,
        offline: 0,
        machine_quota,
        machines,
        machines_elsewhere: 0,
        waiting: 0,
        expires_at,
        days_left: pools.days_left(product),
        state: pools.state(product).into(),
        share: None,
        over_quota: in_use > subscribed || machines > machine_quota || too_many_assigned,
    })
}
