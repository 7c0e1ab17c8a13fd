//! Whether there is a seat for somebody: the pool's quota, the organization's share, teams' reservations, who waits.

use testkeep_domain::license::Product;
use testkeep_store::licenses::setting;

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
    /// So many are free, but kept for teams.
    Reserved(i64),
    /// So many wait before.
    Waiting(i64),
}

pub(super) async fn find_seat(turn: &mut Turn<'_>, order: &CheckOut) -> Result<Seat, Stop> {
    let found = look(turn, order).await?;
    if matches!(found, Seat::Free { .. }) || turn.swept {
        return Ok(found);
    }
    // Perhaps somebody's time is over and nobody has noticed yet.
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
    if let Some(team_id) = reserved_for(turn, order).await? {
        return Ok(Seat::Free { team_id: Some(team_id) });
    }
    let reserved: i64 =
        turn.reservations(product).await?.iter().map(|it| (it.seats - it.in_use).max(0)).sum();
    if free <= reserved {
        return Ok(Seat::Taken(Shortage::Reserved(free)));
    }
    let ahead = waiters_ahead(turn, order).await?;
    if free - reserved <= ahead {
        return Ok(Seat::Taken(Shortage::Waiting(ahead)));
    }
    Ok(Seat::Free { team_id: None })
}

/// A team of the asker's that has reserved seats left.
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

/// How many wait before the asker and could take a seat themselves.
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

/// An offline license takes a seat that nobody has, and none that is reserved.
pub(in crate::ops) async fn require_seat_for_file(
    turn: &mut Turn<'_>,
    organization_id: i64,
    product: Product,
) -> Result<(), Error> {
    end::sweep(turn).await?;
    let reserved: i64 =
        turn.reservations(product).await?.iter().map(|it| (it.seats - it.in_use).max(0)).sum();
    let free = i64::from(turn.pool(product).await?.quota) - turn.in_use(product).await? - reserved;
    if free > 0 && has_room(turn, organization_id, product).await? {
        return Ok(());
    }
    Err(Error::NoSeat(format!(
        "No {product} license is free: end a session or wait until an offline license expires, or ask your vendor for more."
    )))
}
