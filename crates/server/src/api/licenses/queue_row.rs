//! The queue for seats as the seat map shows it: who waits, in which position, and why.
//!
//! Must never decide who gets a seat: the reasons here follow the rules of `ops::leases::seat`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_store::licenses::seat;
use utoipa::ToSchema;

use super::seat_split::SeatState;
use crate::api::types::name_or_email;
use crate::ops::leases::QUEUE_TIMEOUT;
use crate::{App, Error};

/// Maximum number of rows of the queue that are read.
const ROWS: i64 = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WaitReason {
    /// All seats of the installation are in use.
    Pool,
    /// The organization uses its whole share.
    Share,
    /// The free seats are reserved for teams of the organization.
    Reserved,
    /// The free seats are kept for other organizations.
    KeptElsewhere,
    /// A seat is free: the program gets it when it asks again, unless others are ahead.
    Turn,
}

/// A session that waits for a seat.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct WaitingOut {
    pub id: i64,
    /// Position 1 gets the next free seat.
    pub position: i64,
    pub organization_id: i64,
    pub user_id: i64,
    /// The person's name or email address.
    pub who: String,
    pub email: String,
    pub machine_key: String,
    pub hostname: String,
    pub since: DateTime<Utc>,
    pub reason: WaitReason,
    /// The teams for which the free seats are reserved.
    pub reserved_for: Vec<String>,
}

/// The whole queue of a product.
pub(super) async fn queue(app: &App, product: &str, state: &SeatState) -> Result<Vec<WaitingOut>, Error> {
    let since = app.clock.now() - QUEUE_TIMEOUT;
    let rows = seat::list_queue(&app.db, product, since, ROWS).await?;
    let shown = rows.into_iter().zip(1..).map(|(row, position)| {
        let reason = reason_for(state, row.organization_id);
        WaitingOut {
            id: row.id,
            position,
            organization_id: row.organization_id,
            user_id: row.user_id,
            who: name_or_email(&row.first_name, &row.last_name, &row.email),
            email: row.email,
            machine_key: row.machine_key,
            hostname: row.hostname,
            since: row.queued_at,
            reserved_for: if reason == WaitReason::Reserved {
                teams(state, row.organization_id)
            } else {
                Vec::new()
            },
            reason,
        }
    });
    Ok(shown.collect())
}

fn reason_for(state: &SeatState, organization_id: i64) -> WaitReason {
    if state.unused() == 0 {
        WaitReason::Pool
    } else if state.room(organization_id) == Some(0) {
        WaitReason::Share
    } else if state.available(organization_id) == 0 {
        WaitReason::KeptElsewhere
    } else if state.available(organization_id) <= state.reserved(organization_id) {
        WaitReason::Reserved
    } else {
        WaitReason::Turn
    }
}

fn teams(state: &SeatState, organization_id: i64) -> Vec<String> {
    let own = state.reservations.iter().filter(|it| it.organization_id == organization_id);
    own.filter(|it| it.seats > it.in_use).map(|it| it.team.clone()).collect()
}
