//! `license_setting`, `license_reservation`: an organization's license settings, and seats reserved for teams.

use crate::on::On;
use crate::{Tx, sql};

/// Seats that are reserved for a team.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Reservation {
    pub team_id: i64,
    pub team: String,
    pub organization_id: i64,
    pub product: String,
    pub seats: i64,
    pub in_use: i64,
}

pub async fn list_reservations(
    on: impl Into<On<'_>>,
    product: &str,
    organization_id: Option<i64>,
) -> Result<Vec<Reservation>, sqlx::Error> {
    sql("SELECT r.team_id, t.name AS team, r.organization_id, r.product, r.seats, r.in_use
         FROM license_reservation r JOIN scope t ON t.id = r.team_id
         WHERE r.product = $1 AND r.seats > 0 AND (CAST($2 AS BIGINT) IS NULL OR r.organization_id = $2)
         ORDER BY t.folded_name, r.team_id")
    .bind(product)
    .bind(organization_id)
    .fetch_all(on)
    .await
}

/// The person's teams in an organization that have a reservation.
pub async fn list_reserved_teams_of_user(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    user_id: i64,
) -> Result<Vec<(i64,)>, sqlx::Error> {
    sql("SELECT r.team_id FROM license_reservation r JOIN member m ON m.scope_id = r.team_id AND m.user_id = $3
         WHERE r.organization_id = $1 AND r.product = $2 AND r.seats > 0 ORDER BY r.team_id")
    .bind(organization_id)
    .bind(product)
    .bind(user_id)
    .fetch_all(on)
    .await
}

/// Adds `by` (may be negative) to the number of seats that a team uses of its reservation.
pub async fn add_reservation_use(
    tx: &mut Tx,
    team_id: i64,
    product: &str,
    by: i64,
) -> Result<(), sqlx::Error> {
    sql("UPDATE license_reservation SET in_use = in_use + $3 WHERE team_id = $1 AND product = $2")
        .bind(team_id)
        .bind(product)
        .bind(by)
        .execute(tx)
        .await
        .map(drop)
}

/// Sets all reservations of an organization to 0 seats. The rows stay, because they count the sessions of each team.
pub async fn clear_reservations(tx: &mut Tx, organization_id: i64, product: &str) -> Result<(), sqlx::Error> {
    sql("UPDATE license_reservation SET seats = 0 WHERE organization_id = $1 AND product = $2")
        .bind(organization_id)
        .bind(product)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn put_reservation(
    tx: &mut Tx,
    organization_id: i64,
    team_id: i64,
    product: &str,
    seats: i64,
) -> Result<(), sqlx::Error> {
    sql("INSERT INTO license_reservation (team_id, product, organization_id, seats) VALUES ($2, $3, $1, $4)
         ON CONFLICT (team_id, product) DO UPDATE SET seats = excluded.seats")
    .bind(organization_id)
    .bind(team_id)
    .bind(product)
    .bind(seats)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn put_license_setting(
    tx: &mut Tx,
    organization_id: i64,
    product: &str,
    idle_minutes: Option<i64>,
    assigned_only: bool,
) -> Result<(), sqlx::Error> {
    sql("INSERT INTO license_setting (organization_id, product, idle_minutes, assigned_only) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization_id, product)
            DO UPDATE SET idle_minutes = excluded.idle_minutes, assigned_only = excluded.assigned_only")
    .bind(organization_id)
    .bind(product)
    .bind(idle_minutes)
    .bind(assigned_only)
    .execute(tx)
    .await
    .map(drop)
}

/// Stores how many seats the organization may use. `None`: only the pool limits it.
pub async fn put_share(
    tx: &mut Tx,
    organization_id: i64,
    product: &str,
    share: Option<i64>,
) -> Result<(), sqlx::Error> {
    sql("INSERT INTO license_setting (organization_id, product, share) VALUES ($1, $2, $3)
         ON CONFLICT (organization_id, product) DO UPDATE SET share = excluded.share")
    .bind(organization_id)
    .bind(product)
    .bind(share)
    .execute(tx)
    .await
    .map(drop)
}

/// One organization's share of a product, and how much of the product it uses.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OrganizationShare {
    pub organization_id: i64,
    pub name: String,
    pub share: Option<i64>,
    pub in_use: i64,
    pub assigned: i64,
    pub machines: i64,
}

pub async fn list_shares(
    on: impl Into<On<'_>>,
    product: &str,
) -> Result<Vec<OrganizationShare>, sqlx::Error> {
    sql("SELECT o.id AS organization_id, o.name, s.share, COALESCE(c.in_use, 0) AS in_use,
                COALESCE(c.assigned, 0) AS assigned, COALESCE(c.machines, 0) AS machines
         FROM scope o
         LEFT JOIN license_setting s ON s.organization_id = o.id AND s.product = $1
         LEFT JOIN license_count c ON c.organization_id = o.id AND c.product = $1
         WHERE o.level = 'organization' ORDER BY o.folded_name, o.id")
    .bind(product)
    .fetch_all(on)
    .await
}
