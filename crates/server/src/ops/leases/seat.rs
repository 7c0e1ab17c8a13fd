//! Finds a free seat: the pool's quota, the organization's share, reservations of teams, the queue.

use std::collections::BTreeMap;

use testkeep_domain::license::Product;
use testkeep_store::licenses::setting::{self, Reservation};
use testkeep_store::licenses::turn::OrganizationCount;

use super::turn::Turn;
use super::{CheckOut, Stop, end};
use crate::Error;

/// The result of the search for a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seat {
    /// A seat is free. `team_id`: it belongs to this team's reservation.
    Free {
        team_id: Option<i64>,
    },
    Taken(Shortage),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shortage {
    Pool,
    Share(i64),
    /// Number of free seats, all reserved for teams of this organization.
    Reserved(i64),
    /// Number of free seats, all kept for other organizations, which have reserved them within their shares.
    KeptForOthers(i64),
    /// Number of requests queued ahead of this one.
    Waiting(i64),
}

pub(super) async fn find_seat(turn: &mut Turn<'_>, order: &CheckOut) -> Result<Seat, Stop> {
    let found = look(turn, order).await?;
    if matches!(found, Seat::Free { .. }) || turn.swept {
        return Ok(found);
    }
    // A session may have expired since the last sweep.
    end::sweep(turn).await?;
    look(turn, order).await
}

async fn look(turn: &mut Turn<'_>, order: &CheckOut) -> Result<Seat, Stop> {
    let product = order.package.product();
    let free = i64::from(turn.pool(product).await?.quota) - turn.in_use(product).await?;
    if free <= 0 {
        return Ok(Seat::Taken(Shortage::Pool));
    }
    let organization = turn.organization(order.organization_id, product).await?;
    if let Some(share) = organization.share
        && organization.in_use >= share
    {
        return Ok(Seat::Taken(Shortage::Share(share)));
    }
    let reserved = reserved(turn, order.organization_id, product).await?;
    // Reserved seats within the organization's own share are kept for it, as the seats of other organizations are for
    // them.
    if (reserved.room.is_some() || free > reserved.by_others)
        && let Some(team_id) = reserved_for(turn, order).await?
    {
        return Ok(Seat::Free { team_id: Some(team_id) });
    }
    if free <= reserved.by_others {
        return Ok(Seat::Taken(Shortage::KeptForOthers(free)));
    }
    let free = (free - reserved.by_others).min(reserved.room.unwrap_or(i64::MAX));
    if free <= reserved.own {
        return Ok(Seat::Taken(Shortage::Reserved(free)));
    }
    let ahead = waiters_ahead(turn, order).await?;
    if free - reserved.own <= ahead {
        return Ok(Seat::Taken(Shortage::Waiting(ahead)));
    }
    Ok(Seat::Free { team_id: None })
}

/// Reserved seats that are not in use, as one organization sees them.
struct Reserved {
    /// Reserved by its own teams.
    own: i64,
    /// Reserved by teams of other organizations. Seats of the pool are kept for an organization only within its share,
    /// because the account sets shares, while an organization's own Admins set reservations.
    by_others: i64,
    /// Seats left of the organization's share; `None`: it has no share.
    room: Option<i64>,
}

/// Reserved seats that are not in use, by organization id.
pub(crate) fn unused_by_organization(reservations: &[Reservation]) -> BTreeMap<i64, i64> {
    let mut unused = BTreeMap::new();
    for reservation in reservations {
        *unused.entry(reservation.organization_id).or_default() +=
            (reservation.seats - reservation.in_use).max(0);
    }
    unused
}

/// Number of reserved seats that are kept for an organization: never more than its share has left.
pub(crate) fn kept_of_share(reserved: i64, count: &OrganizationCount) -> i64 {
    kept_within_share(reserved, count.share.map(|share| share - count.in_use))
}

/// As [`kept_of_share`], with the seats that the share has left; `None`: no share, and nothing is kept.
pub(crate) fn kept_within_share(reserved: i64, room: Option<i64>) -> i64 {
    room.map_or(0, |room| reserved.min(room.max(0)))
}

async fn reserved(turn: &mut Turn<'_>, organization_id: i64, product: Product) -> Result<Reserved, Error> {
    let mut unused = unused_by_organization(turn.reservations(product).await?);
    let own = unused.remove(&organization_id).unwrap_or_default();
    let mut by_others = 0;
    for (other, seats) in unused {
        by_others += kept_of_share(seats, turn.organization(other, product).await?);
    }
    let count = turn.organization(organization_id, product).await?;
    Ok(Reserved { own, by_others, room: count.share.map(|share| share - count.in_use) })
}

/// A team of the person whose reservation has seats left.
async fn reserved_for(turn: &mut Turn<'_>, order: &CheckOut) -> Result<Option<i64>, Stop> {
    let product = order.package.product();
    let organization_id = order.organization_id;
    let open: Vec<i64> = turn
        .reservations(product)
        .await?
        .iter()
        .filter(|it| it.organization_id == organization_id && it.in_use < it.seats)
        .map(|it| it.team_id)
        .collect();
    if open.is_empty() {
        return Ok(None);
    }
    let user_id = order.user_id;
    let own =
        setting::list_reserved_teams_of_user(turn.tx().await?, organization_id, product.word(), user_id)
            .await?;
    Ok(own.into_iter().map(|(id,)| id).find(|id| open.contains(id)))
}

/// Number of queued clients ahead that could take a seat themselves.
async fn waiters_ahead(turn: &mut Turn<'_>, order: &CheckOut) -> Result<i64, Stop> {
    let product = order.package.product();
    let before: Vec<i64> = turn
        .waiters(product)
        .await?
        .iter()
        .take_while(|it| !order.waits_as(it))
        .map(|it| it.organization_id)
        .collect();
    let mut ahead = 0;
    for organization_id in before {
        ahead += i64::from(has_room(turn, organization_id, product).await?);
    }
    Ok(ahead)
}

async fn has_room(turn: &mut Turn<'_>, organization_id: i64, product: Product) -> Result<bool, Error> {
    let organization = turn.organization(organization_id, product).await?;
    Ok(organization.share.is_none_or(|share| organization.in_use < share))
}

/// An offline license needs a free, unreserved seat.
pub(in crate::ops) async fn require_seat_for_file(
    turn: &mut Turn<'_>,
    organization_id: i64,
    product: Product,
) -> Result<(), Error> {
    end::sweep(turn).await?;
    let reserved = reserved(turn, organization_id, product).await?;
    let free = i64::from(turn.pool(product).await?.quota) - turn.in_use(product).await? - reserved.by_others;
    if free.min(reserved.room.unwrap_or(i64::MAX)) > reserved.own
        && has_room(turn, organization_id, product).await?
    {
        return Ok(());
    }
    Err(Error::NoSeat(format!(
        "No {product} license is free: end a session or wait until an offline license expires, or ask your vendor for more."
    )))
}
