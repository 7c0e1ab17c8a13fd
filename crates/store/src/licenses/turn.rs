//! `license_lock`, `license_count`: the lock that all changes of seats take, and the counters.
//!
//! A turn is a transaction that holds the lock. Only one transaction at a time has the turn, over all servers on the
//! database. Counters must only change in a turn.

use crate::on::On;
use crate::{Db, Time, Tx, sql};

/// The facts that a turn reads at its start, in one round trip.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TurnFacts {
    /// The number of imported license files.
    pub licenses: i64,
    /// RFC 3339; the latest time this installation has seen.
    pub latest_time_seen: Option<String>,
    /// The latest time by which a seat became free because its lease had ended.
    pub freed_until: Option<Time>,
    pub kse_in_use: i64,
    pub kse_assigned: i64,
    pub kse_machines: i64,
    pub kre_in_use: i64,
    pub kre_assigned: i64,
    pub kre_machines: i64,
    /// At least one session may be waiting for a seat.
    pub waiters: bool,
    /// At least one team has a reservation.
    pub reservations: bool,
    /// At least one seat still counts although its session ended.
    pub held: bool,
}

/// Begins a transaction and takes the turn, in one round trip. Waits until no other transaction has the turn.
pub async fn begin_turn(db: &Db) -> Result<Tx, sqlx::Error> {
    match db {
        // SQLite has one writer, so each write has the turn.
        Db::Sqlite { .. } => db.begin().await,
        Db::Postgres(pg) => {
            let begin = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 60000;
                         UPDATE license_lock SET turn = turn + 1 WHERE id = 1";
            pg.begin_with(begin).await
        }
    }
}

/// Takes the turn in a transaction that was begun before. Waits until no other transaction has the turn; the
/// transaction then keeps it until its end.
pub async fn take_turn(tx: &mut Tx) -> Result<(), sqlx::Error> {
    sql("UPDATE license_lock SET turn = turn + 1 WHERE id = 1").execute(tx).await.map(drop)
}

/// Reads the facts. The transaction must have the turn: then it sees what the previous turn committed.
pub async fn find_turn_facts(on: impl Into<On<'_>>) -> Result<TurnFacts, sqlx::Error> {
    sql("SELECT licenses, latest_time_seen, freed_until, kse_in_use, kse_assigned, kse_machines,
                kre_in_use, kre_assigned, kre_machines, waiters, reservations, held FROM license_fact")
    .fetch_one(on)
    .await
}

/// One organization's counters and settings for one product.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OrganizationCount {
    pub in_use: i64,
    pub assigned: i64,
    pub machines: i64,
    pub share: Option<i64>,
    pub idle_minutes: Option<i64>,
    pub assigned_only: bool,
}

pub async fn find_organization_count(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
) -> Result<Option<OrganizationCount>, sqlx::Error> {
    sql("SELECT COALESCE(c.in_use, 0) AS in_use, COALESCE(c.assigned, 0) AS assigned,
                COALESCE(c.machines, 0) AS machines, s.share, s.idle_minutes,
                COALESCE(s.assigned_only, FALSE) AS assigned_only
         FROM scope o
         LEFT JOIN license_count c ON c.organization_id = o.id AND c.product = $2
         LEFT JOIN license_setting s ON s.organization_id = o.id AND s.product = $2
         WHERE o.id = $1 AND o.level = 'organization'")
    .bind(organization_id)
    .bind(product)
    .fetch_optional(on)
    .await
}

/// Seats taken, people assigned and machines registered of one product, over all organizations.
pub async fn find_total(on: impl Into<On<'_>>, product: &str) -> Result<(i64, i64, i64), sqlx::Error> {
    sql("SELECT CAST(COALESCE(SUM(in_use), 0) AS BIGINT), CAST(COALESCE(SUM(assigned), 0) AS BIGINT),
                CAST(COALESCE(SUM(machines), 0) AS BIGINT)
         FROM license_count WHERE product = $1")
    .bind(product)
    .fetch_one(on)
    .await
}

/// Adds signed changes to the counters of an organization and product.
pub async fn add_to_organization_count(
    tx: &mut Tx,
    organization_id: i64,
    product: &str,
    in_use: i64,
    assigned: i64,
    machines: i64,
) -> Result<(), sqlx::Error> {
    sql("INSERT INTO license_count (organization_id, product, in_use, assigned, machines)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (organization_id, product) DO UPDATE
            SET in_use = license_count.in_use + excluded.in_use,
                assigned = license_count.assigned + excluded.assigned,
                machines = license_count.machines + excluded.machines")
    .bind(organization_id)
    .bind(product)
    .bind(in_use)
    .bind(assigned)
    .bind(machines)
    .execute(tx)
    .await
    .map(drop)
}

/// Computes all counters again from the rows. The transaction must have the turn.
pub async fn recount(tx: &mut Tx) -> Result<(), sqlx::Error> {
    sql("DELETE FROM license_count").execute(tx).await?;
    sql("INSERT INTO license_count (organization_id, product, in_use, assigned, machines)
         SELECT x.organization_id, x.product, SUM(x.in_use), SUM(x.assigned), SUM(x.machines)
         FROM (SELECT organization_id, product, COUNT(*) AS in_use, 0 AS assigned, 0 AS machines FROM license_session
               WHERE ended_at IS NULL AND takes_seat GROUP BY organization_id, product
               UNION ALL
               SELECT organization_id, product, COUNT(*), 0, 0 FROM license_offline
               WHERE takes_seat GROUP BY organization_id, product
               UNION ALL
               SELECT organization_id, product, COUNT(*), 0, 0 FROM license_held_seat
               WHERE NOT freed_by_time GROUP BY organization_id, product
               UNION ALL
               SELECT organization_id, product, 0, COUNT(*), 0 FROM license_assignment
               GROUP BY organization_id, product
               UNION ALL
               SELECT organization_id, product, 0, 0, COUNT(*) FROM license_machine
               GROUP BY organization_id, product) x
         GROUP BY x.organization_id, x.product")
    .execute(tx)
    .await?;
    sql("UPDATE license_reservation SET in_use =
            (SELECT COUNT(*) FROM license_session s WHERE s.ended_at IS NULL AND s.takes_seat
             AND s.organization_id = license_reservation.organization_id
             AND s.product = license_reservation.product AND s.team_id = license_reservation.team_id)
          + (SELECT COUNT(*) FROM license_held_seat h
             WHERE NOT h.freed_by_time AND h.organization_id = license_reservation.organization_id
             AND h.product = license_reservation.product AND h.team_id = license_reservation.team_id)")
    .execute(tx)
    .await
    .map(drop)
}

/// The next time at which a session, an offline license or a held seat expires; `None`: there are none.
pub async fn find_next_end(on: impl Into<On<'_>>) -> Result<Option<Time>, sqlx::Error> {
    let ends: (Option<Time>, Option<Time>, Option<Time>) = sql(
        "SELECT (SELECT expires_at FROM license_session WHERE ended_at IS NULL ORDER BY expires_at LIMIT 1),
                    (SELECT expires_at FROM license_offline WHERE takes_seat ORDER BY expires_at LIMIT 1),
                    (SELECT expires_at FROM license_held_seat WHERE NOT freed_by_time ORDER BY expires_at LIMIT 1)",
    )
    .fetch_one(on)
    .await?;
    Ok([ends.0, ends.1, ends.2].into_iter().flatten().min())
}
