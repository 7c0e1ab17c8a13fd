//! An organization's license settings: idle time, who may use a product, seats reserved for teams; and its share of the
//! pool.

use std::collections::HashSet;

use testkeep_domain::audit::AuditAction;
use testkeep_domain::license::Product;
use testkeep_domain::permission::{AccountAction, Level, OrganizationAction};
use testkeep_store::Tx;
use testkeep_store::licenses::setting;
use testkeep_store::scopes::scope;

use super::about;
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::change::Change;
use crate::ops::leases::Turn;
use crate::{App, Error};

pub(crate) const IDLE_MINUTES: &str = "idle_minutes";
pub(crate) const RESERVATIONS: &str = "reservations";
pub(crate) const SEATS: &str = "seats";
const IDLE: std::ops::RangeInclusive<i64> = 5..=1440;
const MOST_SEATS: i64 = 1_000_000;

#[derive(Clone, Debug)]
pub(crate) struct NewSettings {
    /// `None`: sessions do not end by being idle.
    pub idle_minutes: Option<i64>,
    pub assigned_only: bool,
    /// Team id and number of seats; all other teams have no reservation.
    pub reservations: Vec<(i64, i64)>,
}

pub(crate) async fn update(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    settings: &NewSettings,
) -> Result<(), Error> {
    let action = OrganizationAction::AssignLicense;
    let mut change = Change::begin(app, caller, Level::Organization, organization_id, action).await?;
    if settings.idle_minutes.is_some_and(|minutes| !IDLE.contains(&minutes)) {
        let words = format!("Choose {} to {} minutes, or switch it off.", IDLE.start(), IDLE.end());
        return Err(Error::field(IDLE_MINUTES, words));
    }
    check_reservations(change.tx(), organization_id, &settings.reservations).await?;
    let mut turn = Turn::begin(app, change.tx()).await?;
    require_room(&mut turn, organization_id, product, &settings.reservations).await?;
    let word = product.word();
    setting::put_license_setting(
        turn.tx().await?,
        organization_id,
        word,
        settings.idle_minutes,
        settings.assigned_only,
    )
    .await?;
    setting::clear_reservations(turn.tx().await?, organization_id, word).await?;
    for (team_id, seats) in &settings.reservations {
        setting::put_reservation(turn.tx().await?, organization_id, *team_id, word, *seats).await?;
    }
    turn.finish().await?;
    let idle = settings.idle_minutes.map_or_else(|| "off".to_owned(), |minutes| minutes.to_string());
    let reserved: i64 = settings.reservations.iter().map(|(_, seats)| seats).sum();
    let event = about(
        Event::new(AuditAction::UpdateLicenseSettings, "license_settings", None, word),
        product,
        change.scope(),
    )
    .detail("idle_minutes", idle)
    .detail("assigned_only", settings.assigned_only)
    .detail("reserved", reserved);
    change.record(event);
    change.commit().await
}

/// An organization may reserve at most the seats it may use: its share, or the whole quota.
async fn require_room(
    turn: &mut Turn<'_>,
    organization_id: i64,
    product: Product,
    reservations: &[(i64, i64)],
) -> Result<(), Error> {
    let reserved: i64 = reservations.iter().map(|(_, seats)| seats).sum();
    if reserved == 0 {
        return Ok(());
    }
    let (quota, _) = turn.quotas(product).await?;
    let (most, what) = match turn.organization(organization_id, product).await?.share {
        Some(share) if share < quota => (share, "this organization's share"),
        _ => (quota, "the whole quota"),
    };
    if reserved > most {
        let words = format!("Reserve at most {most} seats in total: that is {what}. You entered {reserved}.");
        return Err(Error::field(RESERVATIONS, words));
    }
    Ok(())
}

async fn check_reservations(
    tx: &mut Tx,
    organization_id: i64,
    reservations: &[(i64, i64)],
) -> Result<(), Error> {
    let mut teams = HashSet::new();
    for (team_id, seats) in reservations {
        if !(0..=MOST_SEATS).contains(seats) {
            return Err(Error::field(RESERVATIONS, format!("Reserve 0 to {MOST_SEATS} seats.")));
        }
        if !teams.insert(team_id) {
            return Err(Error::field(RESERVATIONS, "Name each team once."));
        }
        let found = scope::find_scope(&mut *tx, *team_id).await?;
        let fits = found.is_some_and(|it| {
            it.level == Level::Team.as_str() && it.organization_id == Some(organization_id)
        });
        if !fits {
            return Err(Error::field(RESERVATIONS, "Choose teams of this organization."));
        }
    }
    Ok(())
}

/// Sets how many of the installation's seats an organization may use; `None`: no limit below the quota.
pub(crate) async fn update_share(
    app: &App,
    caller: &Caller,
    (organization_id, product): (i64, Product),
    seats: Option<i64>,
) -> Result<(), Error> {
    let mut change = Change::begin_installation(app, caller, AccountAction::AssignLicense).await?;
    if seats.is_some_and(|seats| !(0..=MOST_SEATS).contains(&seats)) {
        return Err(Error::field(SEATS, format!("Choose 0 to {MOST_SEATS} seats, or no limit.")));
    }
    let place = scope::find_scope(change.tx(), organization_id).await?;
    let place = place.filter(|it| it.level == Level::Organization.as_str()).ok_or(Error::NotFound)?;
    let mut turn = Turn::begin(app, change.tx()).await?;
    setting::put_share(turn.tx().await?, organization_id, product.word(), seats).await?;
    turn.finish().await?;
    let words = seats.map_or_else(|| "no limit".to_owned(), |seats| seats.to_string());
    let event = Event::new(AuditAction::UpdateLicenseShare, "organization", Some(place.id), place.name)
        .detail("product", product.word())
        .detail("seats", words);
    change.record(event);
    change.commit().await
}
