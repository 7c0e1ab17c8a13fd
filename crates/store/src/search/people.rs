//! People by name or email address, and open invitations by email address.

use super::patterns::{CANDIDATES, LAST, Patterns};
use crate::on::On;
use crate::query::Both;
use crate::rows::Rows;

/// A person whose name or email address may fit.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FoundPerson {
    pub user_id: i64,
    pub folded_name: String,
    pub folded_email: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
}

/// Members of the scopes in `$1`. On PostgreSQL each scope has its own limit, so that it reads no scope whole.
macro_rules! members {
    (sqlite, [$($only:tt)+], $order:literal) => {
        concat!(
            "SELECT DISTINCT m.user_id, m.folded_name, m.folded_email FROM ",
            within!(sqlite "member m", "m.scope_id"), " AND ", $($only)+, " LIMIT $2"
        )
    };
    (postgres, [$($only:tt)+], $order:literal) => {
        concat!(
            "SELECT DISTINCT y.user_id, y.folded_name, y.folded_email
             FROM jsonb_array_elements($1::jsonb) AS place (value)
             CROSS JOIN LATERAL (SELECT m.user_id, m.folded_name, m.folded_email FROM member m
                 WHERE m.scope_id = (place.value ->> 0)::bigint AND ", $($only)+, $order, " LIMIT $2) y LIMIT 1000"
        )
    };
}

/// The people among such members, with their names.
macro_rules! people {
    ($($members:tt)+) => {
        concat!(
            "SELECT x.user_id, x.folded_name, x.folded_email, u.email, u.first_name, u.last_name FROM (",
            $($members)+, ") x LEFT JOIN user_account u ON u.id = x.user_id"
        )
    };
}

macro_rules! starting {
    ($db:ident) => {
        people!(
            "SELECT * FROM (",
            members!(
                $db,
                ["m.folded_name >= $3 AND m.folded_name < $4"],
                " ORDER BY m.folded_name, m.user_id"
            ),
            ") by_name UNION SELECT * FROM (",
            members!(
                $db,
                ["m.folded_email >= $3 AND m.folded_email < $4"],
                " ORDER BY m.folded_email, m.user_id"
            ),
            ") by_email"
        )
    };
}

macro_rules! fitting {
    ($db:ident) => {
        people!(members!(
            $db,
            ["(", fits!("m.folded_name", "$3", "$4", "$5", "$6"), " OR ", like!("m.folded_email", "$7"), ")"],
            ""
        ))
    };
}

pub(super) const STARTING: Both = both!(starting);
pub(super) const PEOPLE: Both = both!(fitting);

/// People of these scopes whose name or email address begins with the query.
pub async fn list_people_by_start(
    on: impl Into<On<'_>>,
    scope_ids: &[i64],
    patterns: &Patterns,
    limit: i64,
) -> Result<Vec<FoundPerson>, sqlx::Error> {
    let scopes = Rows::of(scope_ids.iter().copied()).to_json();
    let end = format!("{}{LAST}", patterns.start);
    let query = STARTING.query().bind(scopes).bind(limit).bind(patterns.start.as_str()).bind(end);
    query.fetch_all(on).await
}

/// People of these scopes whose name or email address fits a pattern.
pub async fn list_people(
    on: impl Into<On<'_>>,
    scope_ids: &[i64],
    patterns: &Patterns,
) -> Result<Vec<FoundPerson>, sqlx::Error> {
    let query = PEOPLE.query().bind(Rows::of(scope_ids.iter().copied()).to_json()).bind(CANDIDATES);
    patterns.bind_names(query).bind(patterns.others.as_str()).fetch_all(on).await
}

/// An open invitation: it was neither accepted nor revoked, and it may have expired.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FoundInvitation {
    pub id: i64,
    /// The account or an organization.
    pub scope_id: i64,
    pub email: String,
    pub folded_email: String,
}

pub(super) const INVITATIONS: Both = both!(found
    "i.id, i.scope_id, i.email, COALESCE(i.folded_email, '') AS folded_email", "invitation i" of "i.scope_id",
    "i.accepted_at IS NULL AND i.revoked_at IS NULL AND ", like!("i.folded_email", "$3"));

/// Open invitations to the account or to organizations, with the query in their email address.
pub async fn list_invitations(
    on: impl Into<On<'_>>,
    scope_ids: &[i64],
    patterns: &Patterns,
) -> Result<Vec<FoundInvitation>, sqlx::Error> {
    let query = INVITATIONS.query().bind(Rows::of(scope_ids.iter().copied()).to_json()).bind(CANDIDATES);
    query.bind(patterns.others.as_str()).fetch_all(on).await
}
