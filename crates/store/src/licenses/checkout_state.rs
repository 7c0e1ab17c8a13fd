//! The first read of a checkout: membership, assignment, machine and session of a program that asks for a seat.
//!
//! Many programs ask at the same time, and each statement is a round trip. So one statement reads the state of several
//! askers (programs that ask for a seat). Must never decide whether an asker gets a seat.
//!
//! `+ 0` keeps a column out of the choice of an index. Without statistics of a table PostgreSQL uses any matching
//! index, even one in which all sessions of an organization have the same key.

use super::BATCH_MAX;
use super::session::SessionKey;
use super::turn::{OrganizationCount, TurnFacts};
use crate::on::On;
use crate::{Time, sql};

/// The state of an asker that a checkout needs.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CheckoutState {
    /// Index of the asker in the request to [`find_checkout_states`].
    place: i64,
    /// `None`: not a member of the organization.
    pub password_sign_in: Option<bool>,
    pub has_assignment: bool,
    pub assignment_used_at: Option<Time>,
    pub machine_id: Option<i64>,
    pub machine_seen_at: Option<Time>,
    /// When the machine was removed. It still counts as a registered machine.
    pub machine_removed_at: Option<Time>,
    /// The latest session with this session key on this machine.
    pub session_id: Option<i64>,
    pub session_kind: Option<String>,
    pub session_hostname: Option<String>,
    pub session_expires_at: Option<Time>,
    pub session_ended_at: Option<Time>,
    pub session_end_reason: Option<String>,
    pub session_ended_by: Option<String>,
    /// The organization's counters and settings for the product.
    #[sqlx(flatten)]
    pub organization: OrganizationCount,
    #[sqlx(flatten)]
    pub facts: TurnFacts,
}

/// One result for each of at most [`BATCH_MAX`] askers, in their order. `None`: there is no such organization.
pub async fn find_checkout_states(
    on: impl Into<On<'_>>,
    keys: &[SessionKey<'_>],
) -> Result<Vec<Option<CheckoutState>>, sqlx::Error> {
    let mut query = sql("WITH asked AS (
            SELECT 0 AS place, CAST($1 AS BIGINT) AS user_id, CAST($2 AS BIGINT) AS organization_id,
                CAST($3 AS TEXT) AS product, CAST($4 AS TEXT) AS machine_key, CAST($5 AS TEXT) AS session_key
            UNION ALL SELECT 1, $6, $7, $8, $9, $10
            UNION ALL SELECT 2, $11, $12, $13, $14, $15
            UNION ALL SELECT 3, $16, $17, $18, $19, $20
            UNION ALL SELECT 4, $21, $22, $23, $24, $25
            UNION ALL SELECT 5, $26, $27, $28, $29, $30
            UNION ALL SELECT 6, $31, $32, $33, $34, $35
            UNION ALL SELECT 7, $36, $37, $38, $39, $40),
         latest AS (SELECT q.place, q.user_id, q.organization_id, q.product, q.machine_key,
                (SELECT MAX(k.id) FROM license_session k
                 WHERE k.session_key = q.session_key AND k.user_id = q.user_id
                   AND k.organization_id + 0 = q.organization_id AND k.product = q.product
                   AND k.machine_key = q.machine_key) AS session_id
            FROM asked q WHERE q.user_id > 0)
         SELECT CAST(l.place AS BIGINT) AS place, m.password_sign_in,
                a.user_id IS NOT NULL AS has_assignment, a.last_used_at AS assignment_used_at,
                x.id AS machine_id, x.last_seen_at AS machine_seen_at,
                x.removed_at AS machine_removed_at, s.hostname AS session_hostname,
                s.id AS session_id, s.kind AS session_kind, s.expires_at AS session_expires_at,
                s.ended_at AS session_ended_at, s.end_reason AS session_end_reason, s.ended_by AS session_ended_by,
                COALESCE(c.in_use, 0) AS in_use, COALESCE(c.assigned, 0) AS assigned,
                COALESCE(c.machines, 0) AS machines, t.share, t.idle_minutes,
                COALESCE(t.assigned_only, FALSE) AS assigned_only,
                f.licenses, f.latest_time_seen, f.freed_until, f.kse_in_use, f.kse_assigned, f.kse_machines,
                f.kre_in_use, f.kre_assigned, f.kre_machines, f.waiters, f.reservations, f.held
         FROM latest l CROSS JOIN license_fact f
         JOIN scope o ON o.id = l.organization_id AND o.level = 'organization'
         LEFT JOIN member m ON m.scope_id = l.organization_id AND m.user_id = l.user_id
         LEFT JOIN license_assignment a
            ON a.organization_id = l.organization_id AND a.product = l.product AND a.user_id = l.user_id
         LEFT JOIN license_machine x
            ON x.organization_id = l.organization_id AND x.product = l.product AND x.machine_key = l.machine_key
         LEFT JOIN license_session s ON s.id = l.session_id
         LEFT JOIN license_count c ON c.organization_id = l.organization_id AND c.product = l.product
         LEFT JOIN license_setting t ON t.organization_id = l.organization_id AND t.product = l.product");
    for place in 0..BATCH_MAX {
        let key = keys.get(place);
        query = query
            .bind(key.map_or(0, |it| it.user_id))
            .bind(key.map_or(0, |it| it.organization_id))
            .bind(key.map_or("", |it| it.product))
            .bind(key.map_or("", |it| it.machine_key))
            .bind(key.map_or("", |it| it.session_key));
    }
    let mut found: Vec<Option<CheckoutState>> = vec![None; keys.len()];
    for asker in query.fetch_all::<CheckoutState>(on).await? {
        if let Some(place) = usize::try_from(asker.place).ok().and_then(|place| found.get_mut(place)) {
            *place = Some(asker);
        }
    }
    Ok(found)
}
