//! Finds a free seat: the pool's quota, the organization's share, reservations of teams, the queue.

use std::collections::BTreeMap;

use testkeep_domain::license::Product;
use testkeep_store::licenses::setting::{self, Reservation};
use testkeep_store::licenses::turn::OrganizationCount;

use super::turn::Turn;
use super::{CheckOut, Stop, end};
use crate::Error;

/// What a checkout finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seat {
    /// One is free, of a team's reservation when a team is named.
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
    /// Number of free seats, all kept for other organizations, which have reserved seats of their shares.
    KeptForOthers(i64),
    /// Number of requests queued ahead of this one.
    Waiting(i64),
}

pub(super) async fn find_seat(turn: &mut Turn<'_>, order: &CheckOut) -> Result<Seat, Stop> {
    let found = look(turn, order).await?;
    if matches!(found, Seat::Free { .. }) || turn.swept {
        return Ok(found);
    }
    // A session's time may have ended since the last sweep.
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
    // Reserved seats of a share are kept as well as those of others.
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

/// Reserved seats that are not in use, as an organization meets them.
struct Reserved {
    /// Of its own teams.
    own: i64,
    /// Of other organizations' teams. Seats of the pool are kept from other organizations within a share alone: the
    /// account gives shares, an organization's Admins reserve.
    by_others: i64,
    /// Seats that are left of its share; `None`: it has none.
    room: Option<i64>,
}

/// Reserved seats that are not in use, of each organization that has reserved some.
pub(crate) fn unused_by_organization(reservations: &[Reservation]) -> BTreeMap<i64, i64> {
    let mut unused = BTreeMap::new();
    for reservation in reservations {
        *unused.entry(reservation.organization_id).or_default() +=
            (reservation.seats - reservation.in_use).max(0);
    }
    unused
}

/// How many of its reserved seats an organization keeps from others.
pub(crate) fn kept_of_share(reserved: i64, count: &OrganizationCount) -> i64 {
    count.share.map_or(0, |share| reserved.min((share - count.in_use).max(0)))
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

/// A team of the person that has reserved seats left.
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

/// Number of clients that are queued ahead and could take a seat themselves.
async fn waiters_ahead(turn: &mut Turn<'_>, order: &CheckOut) -> Result<i64, Stop> {
    let product = order.package.product();
    let before: Vec<i64> = turn
        .waiters(product)
        .await?
        .iter()
        .take_while(|it| !is_of(it, order))
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

pub(super) fn is_of(waiter: &testkeep_store::licenses::waiter::Waiter, order: &CheckOut) -> bool {
    waiter.user_id == order.user_id
        && waiter.organization_id == order.organization_id
        && waiter.session_key == order.session_key
        && waiter.machine_key == order.machine_key
}

/// One machine's key on several hosts is several machines: it was copied. Only the first label counts, because the rest
/// changes with the network; so does case.
pub(super) fn is_same_host(one: &str, other: &str) -> bool {
    let label = |name: &str| name.split('.').next().unwrap_or_default().to_lowercase();
    label(one) == label(other)
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
