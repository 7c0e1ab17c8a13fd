//! What is licensed, and how much of it is in use.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::license::{Product, Returns};
use testkeep_domain::permission::{Denied, OrganizationAction};
use testkeep_store::licenses::returned::{self, ReturnKind};
use testkeep_store::licenses::{held, offline, setting, turn, waiter};
use utoipa::ToSchema;

use super::viewer;
use crate::api::path::UrlPath;
use crate::api::refusals::AtScope;
use crate::entitlements::PoolState;
use crate::identity::auth::Caller;
use crate::ops::leases::{
    INSTALLATION, ONLINE, QUEUE_TIMEOUT, hour_of, kept_of_share, of_organization, unused_by_organization,
};
use crate::{App, Error};

/// An organization's licenses of a product.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LicenseProductOut {
    pub product: Product,
    /// Seats of the installation, in all license files in force.
    pub subscribed: i64,
    /// Seats that this organization can take now.
    pub available: i64,
    /// Seats in use here: live sessions, offline licenses, and seats that were given back but count until their lease
    /// ends.
    pub in_use: i64,
    /// Seats of ended sessions. They are part of `in_use`, because each counts until its lease ends.
    pub held: i64,
    /// When the last of the held seats is free.
    pub held_until: Option<DateTime<Utc>>,
    /// Leases given back here before their end in the current hour.
    pub returned_early: i64,
    pub returns: Returns,
    /// Seats in use in other organizations.
    pub in_use_elsewhere: i64,
    pub assigned: i64,
    /// People assigned in other organizations. For KSE the quota limits the people assigned in all organizations
    /// together.
    pub assigned_elsewhere: i64,
    pub offline: i64,
    /// Maximum number of machines registered in all organizations together.
    pub machine_quota: i64,
    /// Machines registered here.
    pub machines: i64,
    /// Machines registered in other organizations.
    pub machines_elsewhere: i64,
    /// Sessions in the queue for a seat.
    pub waiting: i64,
    pub expires_at: Option<DateTime<Utc>>,
    /// Days until the last license ends, rounded up.
    pub days_left: i64,
    pub state: PoolState,
    /// Maximum number of seats for this organization; absent: no limit below the quota.
    pub share: Option<i64>,
    /// More is in use than licensed, so new sessions are refused.
    pub over_quota: bool,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrganizationLicensesOut {
    pub products: Vec<LicenseProductOut>,
    /// Actions that are allowed.
    pub actions: Vec<OrganizationAction>,
    /// Actions that are not allowed, with the reason.
    pub denied: Vec<Denied<OrganizationAction>>,
}

/// An organization's licenses of each product.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses", tag = "licenses", params(("id" = i64, Path)),
    responses((status = OK, body = OrganizationLicensesOut), AtScope))]
pub(crate) async fn find_organization_licenses(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<OrganizationLicensesOut>, Error> {
    let access = viewer(&app, &caller, id).await?;
    let mut products = Vec::new();
    for product in Product::ALL {
        products.push(product_of_organization(&app, id, product).await?);
    }
    Ok(Json(OrganizationLicensesOut {
        products,
        actions: access.roles.allowed(OrganizationAction::ALL),
        denied: access.roles.denied(OrganizationAction::ALL),
    }))
}

async fn product_of_organization(app: &App, id: i64, product: Product) -> Result<LicenseProductOut, Error> {
    let word = product.word();
    let count = turn::find_organization_count(&app.db, id, word).await?.ok_or(Error::NotFound)?;
    let pool = pool(app, product).await?;
    let room = count.share.map_or(i64::MAX, |share| (share - count.in_use).max(0));
    let now = app.clock.now();
    let offline = offline::count_active_offline_licenses(&app.db, id, Some(word), now).await?;
    let since = now - QUEUE_TIMEOUT;
    let held = held::count_held_seats(&app.db, Some(id), Some(word), now).await?;
    let online = ReturnKind { kind: ONLINE, product: word, period: hour_of(now) };
    Ok(LicenseProductOut {
        available: (pool.available - kept_for_others(app, id, word).await?).clamp(0, room),
        in_use: count.in_use,
        held: held.count,
        held_until: held.last_end,
        returned_early: returned::find_returned(&app.db, online, &of_organization(id)).await?,
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

/// Free seats that other organizations have reserved within their shares.
async fn kept_for_others(app: &App, id: i64, product: &str) -> Result<i64, Error> {
    let mut unused = unused_by_organization(&setting::list_reservations(&app.db, product, None).await?);
    unused.remove(&id);
    let mut kept = 0;
    for (other, seats) in unused {
        let Some(count) = turn::find_organization_count(&app.db, other, product).await? else { continue };
        kept += kept_of_share(seats, &count);
    }
    Ok(kept)
}

/// The pool of the whole installation.
pub(super) async fn pool(app: &App, product: Product) -> Result<LicenseProductOut, Error> {
    let now = app.clock.now();
    let pools = app.licensing.pools(&app.db, now).await?;
    let pool = pools.get(product);
    let (in_use, assigned, machines) = turn::find_total(&app.db, product.word()).await?;
    let held = held::count_held_seats(&app.db, None, Some(product.word()), now).await?;
    let online = ReturnKind { kind: ONLINE, product: product.word(), period: hour_of(now) };
    let subscribed = pool.map_or(0, |pool| i64::from(pool.quota));
    let machine_quota = pool.map_or(0, |pool| i64::from(pool.machine_quota));
    let expires_at = pool.map(|pool| pool.expires_at);
    let too_many_assigned = product == Product::Kse && assigned > subscribed;
    Ok(LicenseProductOut {
        product,
        subscribed,
        available: (subscribed - in_use).max(0),
        in_use,
        held: held.count,
        held_until: held.last_end,
        returned_early: returned::find_returned(&app.db, online, INSTALLATION).await?,
        returns: pool.map(|pool| pool.returns).unwrap_or_default(),
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
        state: pools.state(product),
        share: None,
        over_quota: in_use > subscribed || machines > machine_quota || too_many_assigned,
    })
}
