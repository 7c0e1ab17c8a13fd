//! Seats in use now, by state. For callers who manage the installation's licenses its sum; for others each of their
//! organizations, with what other organizations leave.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::license::Product;
use testkeep_domain::permission::{AccountAction, OrganizationAction};
use testkeep_store::installation::overview::{self, SeatCount};
use testkeep_store::licenses::setting::{self, OrganizationShare, Reservation};
use utoipa::ToSchema;

use super::sight::Sight;
use crate::entitlements::{PoolState, Pools};
use crate::ops::leases::{QUEUE_TIMEOUT, unused_by_organization};
use crate::{App, Error};

/// Maximum number of organizations with rows of their own.
const ORGANIZATIONS_MAX: usize = 10;

/// The seats of a product. All states together, without `waiting`, are the quota, unless more is in use than licensed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SeatsNowOut {
    pub product: Product,
    /// Absent: the whole installation.
    pub organization_id: Option<i64>,
    pub organization: Option<String>,
    /// Seats of all license files in force; for an organization with a share at most the share.
    pub quota: i64,
    pub online: i64,
    pub borrowed: i64,
    pub offline: i64,
    /// Seats of ended sessions, each until its lease ends.
    pub held: i64,
    /// Free, and kept for a team.
    pub reserved: i64,
    /// In use by other organizations, or kept for them.
    pub elsewhere: i64,
    pub free: i64,
    /// Sessions in the queue.
    pub waiting: i64,
    pub expires_at: Option<DateTime<Utc>>,
    /// Days until the last license ends, rounded up.
    pub days_left: i64,
    pub state: PoolState,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Used {
    online: i64,
    borrowed: i64,
    offline: i64,
    held: i64,
    waiting: i64,
}

impl Used {
    fn with(mut self, count: &SeatCount) -> Self {
        let place = match count.state.as_str() {
            "offline" => &mut self.offline,
            "held" => &mut self.held,
            "waiting" => &mut self.waiting,
            "borrowed" => &mut self.borrowed,
            _ => &mut self.online,
        };
        *place += count.seats;
        self
    }

    fn seats(self) -> i64 {
        self.online + self.borrowed + self.offline + self.held
    }
}

pub(super) async fn seats_now(app: &App, sight: &Sight) -> Result<Vec<SeatsNowOut>, Error> {
    let ids = sight.organizations_with(OrganizationAction::ViewLicenseManagement);
    let sees_all = sight.account.may(AccountAction::ViewLicenseManagement);
    if ids.is_empty() && !sees_all {
        return Ok(Vec::new());
    }
    let now = app.clock.now();
    let counts = overview::count_seats(&app.db, &ids, now - QUEUE_TIMEOUT).await?;
    let pools = app.licensing.pools(&app.db, now).await?;
    let mut rows = Vec::new();
    for product in Product::ALL {
        let counts: Vec<_> = counts.iter().filter(|count| count.product == product.word()).collect();
        let reservations = setting::list_reservations(&app.db, product.word(), None).await?;
        if sees_all {
            let unused = unused_by_organization(&reservations).values().sum();
            let used = counts.iter().fold(Used::default(), |used, count| used.with(count));
            rows.push(row(&pools, product, used, unused, 0, None));
            continue;
        }
        let others = Others { shares: setting::list_shares(&app.db, product.word()).await?, reservations };
        for id in ids.iter().take(ORGANIZATIONS_MAX) {
            let own = counts.iter().filter(|count| count.organization_id == *id);
            let used = own.fold(Used::default(), |used, count| used.with(count));
            let (unused, elsewhere) = (others.unused_of(*id), others.taken_beside(*id));
            let mut row = row(&pools, product, used, unused, elsewhere, others.share_of(*id));
            (row.organization_id, row.organization) = (Some(*id), sight.name_of(*id));
            rows.push(row);
        }
    }
    rows.retain(|row| row.quota > 0 || row.state != PoolState::None || row.offline + row.online > 0);
    Ok(rows)
}

/// What limits one organization besides its own use.
struct Others {
    shares: Vec<OrganizationShare>,
    reservations: Vec<Reservation>,
}

impl Others {
    fn unused(&self) -> BTreeMap<i64, i64> {
        unused_by_organization(&self.reservations)
    }

    fn unused_of(&self, id: i64) -> i64 {
        self.unused().get(&id).copied().unwrap_or_default()
    }

    fn share_of(&self, id: i64) -> Option<i64> {
        self.shares.iter().find(|row| row.organization_id == id).and_then(|row| row.share)
    }

    /// Seats in use in other organizations, and those kept for their teams within their shares.
    fn taken_beside(&self, id: i64) -> i64 {
        let unused = self.unused();
        let taken = |row: &OrganizationShare| {
            let reserved = unused.get(&row.organization_id).copied().unwrap_or_default();
            row.in_use + row.share.map_or(0, |share| reserved.min((share - row.in_use).max(0)))
        };
        self.shares.iter().filter(|row| row.organization_id != id).map(taken).sum()
    }
}

fn row(
    pools: &Pools,
    product: Product,
    used: Used,
    unused: i64,
    taken_beside: i64,
    share: Option<i64>,
) -> SeatsNowOut {
    let pool = pools.get(product);
    let licensed = pool.map_or(0, |pool| i64::from(pool.quota));
    let quota = share.map_or(licensed, |share| share.min(licensed));
    let left = (quota - used.seats()).max(0);
    // Other organizations count only as far as they take what this one could use.
    let available = (licensed - taken_beside - used.seats()).clamp(0, left);
    let reserved = unused.min(available);
    SeatsNowOut {
        product,
        organization_id: None,
        organization: None,
        quota,
        online: used.online,
        borrowed: used.borrowed,
        offline: used.offline,
        held: used.held,
        reserved,
        elsewhere: left - available,
        free: available - reserved,
        waiting: used.waiting,
        expires_at: pool.map(|pool| pool.expires_at),
        days_left: pools.days_left(product),
        state: pools.state(product),
    }
}
