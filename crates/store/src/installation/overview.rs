//! Facts for the overview, one statement each. Every function takes the scopes that the caller may see, and returns
//! nothing about others. Must never read a large table without an index, because pages ask every few seconds.

use crate::audit::AuditEvent;
use crate::on::On;
use crate::rows::Rows;
use crate::{Time, sql};

fn json(ids: &[i64]) -> String {
    Rows::of(ids.iter().copied()).to_json()
}

/// Seats of an organization and product in one state: `online`, `borrowed`, `offline`, `held` (the session ended, its
/// lease did not) or `waiting` (in the queue).
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SeatCount {
    pub organization_id: i64,
    pub product: String,
    pub state: String,
    pub seats: i64,
}

/// `polled_since`: programs that asked since then wait in the queue.
pub async fn count_seats(
    on: impl Into<On<'_>>,
    organizations: &[i64],
    polled_since: Time,
) -> Result<Vec<SeatCount>, sqlx::Error> {
    sql("SELECT organization_id, product, kind AS state, COUNT(*) AS seats FROM license_session
         WHERE organization_id IN (SELECT value ->> 0 FROM json_each($1)) AND ended_at IS NULL AND takes_seat
         GROUP BY organization_id, product, kind
         UNION ALL
         SELECT organization_id, product, 'offline', COUNT(*) FROM license_offline
         WHERE organization_id IN (SELECT value ->> 0 FROM json_each($1)) AND takes_seat
         GROUP BY organization_id, product
         UNION ALL
         SELECT organization_id, product, 'held', COUNT(*) FROM license_held_seat
         WHERE organization_id IN (SELECT value ->> 0 FROM json_each($1)) AND NOT freed_by_time
         GROUP BY organization_id, product
         UNION ALL
         SELECT organization_id, product, 'waiting', COUNT(*) FROM license_waiter
         WHERE organization_id IN (SELECT value ->> 0 FROM json_each($1)) AND polled_at >= $2
         GROUP BY organization_id, product")
    .on_postgres(
        "WITH seen AS (SELECT (value ->> 0)::bigint AS id FROM jsonb_array_elements($1::jsonb) AS rows (value))
         SELECT organization_id, product, kind AS state, COUNT(*) AS seats FROM license_session
         WHERE organization_id IN (SELECT id FROM seen) AND ended_at IS NULL AND takes_seat
         GROUP BY organization_id, product, kind
         UNION ALL
         SELECT organization_id, product, 'offline', COUNT(*) FROM license_offline
         WHERE organization_id IN (SELECT id FROM seen) AND takes_seat
         GROUP BY organization_id, product
         UNION ALL
         SELECT organization_id, product, 'held', COUNT(*) FROM license_held_seat
         WHERE organization_id IN (SELECT id FROM seen) AND NOT freed_by_time
         GROUP BY organization_id, product
         UNION ALL
         SELECT organization_id, product, 'waiting', COUNT(*) FROM license_waiter
         WHERE organization_id IN (SELECT id FROM seen) AND polled_at >= $2
         GROUP BY organization_id, product",
    )
    .bind(json(organizations))
    .bind(polled_since)
    .fetch_all(on)
    .await
}

/// Sign-ins of the whole installation in each hour, oldest first.
pub async fn count_sign_ins_by_hour(
    on: impl Into<On<'_>>,
    since: Time,
) -> Result<Vec<(Time, i64)>, sqlx::Error> {
    sql("SELECT strftime('%Y-%m-%dT%H:00:00+00:00', at) AS hour, COUNT(*) FROM audit_event
         WHERE action = 'sign_in' AND at >= $1 GROUP BY 1 ORDER BY 1")
    .on_postgres(
        "SELECT date_trunc('hour', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS hour, COUNT(*) FROM audit_event
         WHERE action = 'sign_in' AND at >= $1 GROUP BY 1 ORDER BY 1",
    )
    .bind(since)
    .fetch_all(on)
    .await
}

/// Refused requests for a seat in each hour, oldest first.
pub async fn count_denials_by_hour(
    on: impl Into<On<'_>>,
    organizations: &[i64],
    since: Time,
) -> Result<Vec<(Time, i64)>, sqlx::Error> {
    sql("SELECT strftime('%Y-%m-%dT%H:00:00+00:00', first_at) AS hour, COUNT(*) FROM license_denial
         WHERE organization_id IN (SELECT value ->> 0 FROM json_each($1)) AND first_at >= $2
         GROUP BY 1 ORDER BY 1")
    .on_postgres(
        "SELECT date_trunc('hour', first_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS hour, COUNT(*)
         FROM license_denial
         WHERE organization_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))
           AND first_at >= $2
         GROUP BY 1 ORDER BY 1",
    )
    .bind(json(organizations))
    .bind(since)
    .fetch_all(on)
    .await
}

/// The newest events of the account and all organizations, besides sign-in and sign-out, newest first. Looks at the
/// newest 1,000 events only.
pub async fn list_recent_events(on: impl Into<On<'_>>, limit: i64) -> Result<Vec<AuditEvent>, sqlx::Error> {
    sql("SELECT number, at, actor_id, actor, address, action, organization_id, level, scope_id, target_kind,
                target_id, target_name, details, hash
         FROM audit_event
         WHERE number > (SELECT number FROM audit_head WHERE id = 1) - 1000 AND action NOT IN ('sign_in', 'sign_out')
         ORDER BY number DESC LIMIT $1")
    .bind(limit)
    .fetch_all(on)
    .await
}

/// The newest events of an organization, newest first.
pub async fn list_recent_events_of_organization(
    on: impl Into<On<'_>>,
    organization_id: i64,
    limit: i64,
) -> Result<Vec<AuditEvent>, sqlx::Error> {
    sql("SELECT number, at, actor_id, actor, address, action, organization_id, level, scope_id, target_kind,
                target_id, target_name, details, hash
         FROM audit_event WHERE organization_id = $1 ORDER BY number DESC LIMIT $2")
    .bind(organization_id)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// An organization in numbers.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OrganizationNumbers {
    pub id: i64,
    pub user_count: i64,
    pub team_count: i64,
    /// Archived ones excluded.
    pub project_count: i64,
    pub pending_count: i64,
    /// Seats in use, of all products.
    pub in_use: i64,
    /// Licenses assigned to people, of all products.
    pub assigned: i64,
}

/// In no particular order.
pub async fn list_organization_numbers(
    on: impl Into<On<'_>>,
    organizations: &[i64],
) -> Result<Vec<OrganizationNumbers>, sqlx::Error> {
    sql("SELECT o.id, (SELECT COUNT(*) FROM member m WHERE m.scope_id = o.id) AS user_count,
                (SELECT COUNT(*) FROM scope t WHERE t.organization_id = o.id AND t.level = 'team') AS team_count,
                (SELECT COUNT(*) FROM scope p WHERE p.organization_id = o.id AND p.level = 'project'
                 AND p.archived_at IS NULL) AS project_count,
                (SELECT COUNT(*) FROM invitation i WHERE i.scope_id = o.id AND i.accepted_at IS NULL
                 AND i.revoked_at IS NULL) AS pending_count,
                (SELECT CAST(COALESCE(SUM(c.in_use), 0) AS BIGINT) FROM license_count c
                 WHERE c.organization_id = o.id) AS in_use,
                (SELECT CAST(COALESCE(SUM(c.assigned), 0) AS BIGINT) FROM license_count c
                 WHERE c.organization_id = o.id) AS assigned
         FROM scope o WHERE o.id IN (SELECT value ->> 0 FROM json_each($1)) AND o.level = 'organization'")
    .on_postgres(
        "SELECT o.id, (SELECT COUNT(*) FROM member m WHERE m.scope_id = o.id) AS user_count,
                (SELECT COUNT(*) FROM scope t WHERE t.organization_id = o.id AND t.level = 'team') AS team_count,
                (SELECT COUNT(*) FROM scope p WHERE p.organization_id = o.id AND p.level = 'project'
                 AND p.archived_at IS NULL) AS project_count,
                (SELECT COUNT(*) FROM invitation i WHERE i.scope_id = o.id AND i.accepted_at IS NULL
                 AND i.revoked_at IS NULL) AS pending_count,
                (SELECT CAST(COALESCE(SUM(c.in_use), 0) AS BIGINT) FROM license_count c
                 WHERE c.organization_id = o.id) AS in_use,
                (SELECT CAST(COALESCE(SUM(c.assigned), 0) AS BIGINT) FROM license_count c
                 WHERE c.organization_id = o.id) AS assigned
         FROM scope o
         WHERE o.id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))
           AND o.level = 'organization'",
    )
    .bind(json(organizations))
    .fetch_all(on)
    .await
}

/// The people of the account, and the open invitations to it.
pub async fn count_account(on: impl Into<On<'_>>) -> Result<(i64, i64), sqlx::Error> {
    sql("SELECT (SELECT COUNT(*) FROM member WHERE scope_id = 1),
                (SELECT COUNT(*) FROM invitation WHERE scope_id = 1 AND accepted_at IS NULL AND revoked_at IS NULL)")
    .fetch_one(on)
    .await
}

/// A team or project of a person.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OwnPlace {
    pub id: i64,
    /// `team` or `project`
    pub level: String,
    pub name: String,
    pub organization_id: i64,
    pub organization_name: String,
}

/// A person's teams and projects, and the projects of the teams; archived ones excluded. In no particular order.
pub async fn list_own_places(on: impl Into<On<'_>>, user_id: i64) -> Result<Vec<OwnPlace>, sqlx::Error> {
    sql("SELECT s.id, s.level, s.name, o.id AS organization_id, o.name AS organization_name
         FROM member m JOIN scope s ON s.id = m.scope_id JOIN scope o ON o.id = s.organization_id
         WHERE m.user_id = $1 AND (s.level = 'project' OR s.level = 'team' AND o.teams_enabled)
           AND s.archived_at IS NULL
         UNION
         SELECT p.id, p.level, p.name, o.id, o.name
         FROM member m JOIN scope p ON p.team_id = m.scope_id JOIN scope o ON o.id = p.organization_id
         WHERE m.user_id = $1 AND p.level = 'project' AND p.archived_at IS NULL")
    .bind(user_id)
    .fetch_all(on)
    .await
}
