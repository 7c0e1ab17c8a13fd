//! The seat map: each seat in use with its person and machine, how all seats are split, and the queue.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::license::Product;
use testkeep_domain::permission::{AccountAction, Level};
use testkeep_store::licenses::seat::{self, Organizations, OtherSeat, SessionSeat};
use testkeep_store::licenses::setting;
use utoipa::ToSchema;

use super::queue_row::{WaitingOut, queue};
use super::seat_split::{SeatSplitOut, SeatState};
use super::{ProductPath, viewer};
use crate::api::path::UrlPath;
use crate::api::refusals::AtScope;
use crate::api::types::name_or_email;
use crate::identity::auth::Caller;
use crate::{App, Error};

/// Maximum number of seats of each kind in an answer. `split` counts all.
const SEATS: i64 = 1000;
const EVERY_ORGANIZATION: Organizations = (0, i64::MAX);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SeatKind {
    Online,
    Borrowed,
    Offline,
    /// Its session has ended, but its lease has not.
    Held,
}

/// A seat in use.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SeatOut {
    pub kind: SeatKind,
    /// Of the live session, the offline license or the held seat.
    pub id: i64,
    pub organization_id: i64,
    /// The person's name or email address; for an offline license, whose machine it is.
    pub who: String,
    /// Absent for offline licenses.
    pub email: Option<String>,
    pub user_id: Option<i64>,
    pub machine_key: String,
    /// Empty for offline licenses.
    pub hostname: String,
    /// `KSE`, `ENGINE` or `FLOATING_ENGINE`; absent without a live session.
    pub package: Option<String>,
    /// The team whose reservation the seat uses.
    pub team: Option<String>,
    pub since: DateTime<Utc>,
    /// When the seat is free at the latest; a live session can be renewed.
    pub until: DateTime<Utc>,
}

/// Unused seats that are reserved for a team.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ReservedSeatsOut {
    pub organization_id: i64,
    pub team_id: i64,
    pub team: String,
    pub seats: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SeatMapOut {
    pub product: Product,
    /// Seats licensed for the installation now.
    pub quota: i64,
    pub split: SeatSplitOut,
    /// Seats in use, at most 1,000 of each kind.
    pub seats: Vec<SeatOut>,
    pub reserved: Vec<ReservedSeatsOut>,
    /// The queue, first in line first. The positions count the sessions of all organizations.
    pub waiting: Vec<WaitingOut>,
}

/// The seats of a product as an organization sees them: other organizations are only numbers.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses/{product}/seats", tag = "licenses",
    params(ProductPath), responses((status = OK, body = SeatMapOut), AtScope))]
pub(crate) async fn find_organization_seats(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
) -> Result<Json<SeatMapOut>, Error> {
    viewer(&app, &caller, path.id).await?;
    let state = read_state(&app, path.product).await?;
    let split = state.split_for(path.id);
    seat_map(&app, path.product, (path.id, path.id), &state, split).await.map(Json)
}

/// The seats of a product in all organizations.
#[utoipa::path(get, path = "/api/v2/accounts/{id}/licenses/{product}/seats", tag = "licenses",
    params(ProductPath), responses((status = OK, body = SeatMapOut), AtScope))]
pub(crate) async fn find_account_seats(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
) -> Result<Json<SeatMapOut>, Error> {
    let access = caller.access(&app.db, Level::Account, path.id).await?;
    access.require(AccountAction::ViewLicenseManagement)?;
    let state = read_state(&app, path.product).await?;
    let split = state.split_for_account();
    seat_map(&app, path.product, EVERY_ORGANIZATION, &state, split).await.map(Json)
}

async fn read_state(app: &App, product: Product) -> Result<SeatState, Error> {
    let word = product.word();
    let pools = app.licensing.pools(&app.db, app.clock.now()).await?;
    let mut state = SeatState {
        quota: pools.get(product).map_or(0, |pool| i64::from(pool.quota)),
        used: BTreeMap::default(),
        shares: setting::list_shares(&app.db, word).await?,
        reservations: setting::list_reservations(&app.db, word, None).await?,
    };
    for (organization_id, kind, seats) in seat::count_seats(&app.db, EVERY_ORGANIZATION, word).await? {
        state.used.entry(organization_id).or_default().insert(kind, seats);
    }
    Ok(state)
}

async fn seat_map(
    app: &App,
    product: Product,
    organizations: Organizations,
    state: &SeatState,
    split: SeatSplitOut,
) -> Result<SeatMapOut, Error> {
    let word = product.word();
    let shown = |id: i64| (organizations.0..=organizations.1).contains(&id);
    let sessions = seat::list_session_seats(&app.db, organizations, word, SEATS).await?;
    let others = seat::list_other_seats(&app.db, organizations, word, SEATS).await?;
    let reserved = state.reservations.iter().filter(|it| shown(it.organization_id) && it.seats > it.in_use);
    Ok(SeatMapOut {
        product,
        quota: state.quota,
        split,
        seats: sessions.into_iter().map(Into::into).chain(others.into_iter().map(Into::into)).collect(),
        reserved: reserved
            .map(|it| ReservedSeatsOut {
                organization_id: it.organization_id,
                team_id: it.team_id,
                team: it.team.clone(),
                seats: it.seats - it.in_use,
            })
            .collect(),
        waiting: queue(app, word, state).await?.into_iter().filter(|it| shown(it.organization_id)).collect(),
    })
}

impl From<SessionSeat> for SeatOut {
    fn from(row: SessionSeat) -> Self {
        Self {
            kind: if row.kind == "borrowed" { SeatKind::Borrowed } else { SeatKind::Online },
            id: row.id,
            organization_id: row.organization_id,
            who: name_or_email(&row.first_name, &row.last_name, &row.email),
            email: Some(row.email),
            user_id: Some(row.user_id),
            machine_key: row.machine_key,
            hostname: row.hostname,
            package: Some(row.package),
            team: row.team,
            since: row.started_at,
            until: row.expires_at,
        }
    }
}

impl From<OtherSeat> for SeatOut {
    fn from(row: OtherSeat) -> Self {
        let offline = row.kind == "offline";
        Self {
            kind: if offline { SeatKind::Offline } else { SeatKind::Held },
            id: row.id,
            organization_id: row.organization_id,
            email: (!offline).then(|| row.holder.clone()),
            who: row.holder,
            user_id: None,
            machine_key: row.machine_key,
            hostname: row.hostname,
            package: None,
            team: None,
            since: row.since,
            until: row.until,
        }
    }
}
