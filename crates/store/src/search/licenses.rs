//! Machines and live sessions of organizations, by host name or Machine ID.

use super::patterns::{CANDIDATES, Patterns};
use crate::Time;
use crate::on::On;
use crate::query::{Both, Query};
use crate::rows::Rows;

/// A machine whose host name or Machine ID may fit.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FoundMachine {
    pub id: i64,
    pub organization_id: i64,
    pub product: String,
    pub machine_key: String,
    pub hostname: String,
    pub folded_hostname: String,
}

pub(super) const MACHINES: Both = both!(found
    "x.id, x.organization_id, x.product, x.machine_key, x.hostname, COALESCE(x.folded_hostname, '') AS folded_hostname",
    "license_machine x" of "x.organization_id",
    "x.removed_at IS NULL AND (", fits!("x.folded_hostname", "$3", "$4", "$5", "$6"), " OR ",
    like!("lower(replace(x.machine_key, 'I', 'i'))", "$7"), ")");

pub async fn list_machines(
    on: impl Into<On<'_>>,
    organization_ids: &[i64],
    patterns: &Patterns,
) -> Result<Vec<FoundMachine>, sqlx::Error> {
    bind(MACHINES, organization_ids, patterns).fetch_all(on).await
}

/// A session that holds a seat now, with the person.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FoundSession {
    pub id: i64,
    pub organization_id: i64,
    pub product: String,
    pub machine_key: String,
    pub hostname: String,
    pub folded_hostname: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
}

pub(super) const SESSIONS: Both = both!(found
    "s.id, s.organization_id, s.product, s.machine_key, s.hostname,
     COALESCE(s.folded_hostname, lower(replace(s.hostname, 'I', 'i'))) AS folded_hostname,
     u.email, u.first_name, u.last_name",
    "license_session s LEFT JOIN user_account u ON u.id = s.user_id" of "s.organization_id",
    "s.ended_at IS NULL AND s.expires_at > $8 AND (",
    fits!("COALESCE(s.folded_hostname, lower(replace(s.hostname, 'I', 'i')))", "$3", "$4", "$5", "$6"), " OR ",
    like!("lower(replace(s.machine_key, 'I', 'i'))", "$7"), ")");

pub async fn list_sessions(
    on: impl Into<On<'_>>,
    organization_ids: &[i64],
    now: Time,
    patterns: &Patterns,
) -> Result<Vec<FoundSession>, sqlx::Error> {
    bind(SESSIONS, organization_ids, patterns).bind(now).fetch_all(on).await
}

fn bind(statement: Both, organization_ids: &[i64], patterns: &Patterns) -> Query {
    let query = statement.query().bind(Rows::of(organization_ids.iter().copied()).to_json()).bind(CANDIDATES);
    patterns.bind_names(query).bind(patterns.others.as_str())
}
