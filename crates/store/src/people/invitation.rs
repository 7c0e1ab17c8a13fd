//! `invitation`: one invitation to join the account or an organization, its state, and the lists of open ones.
//! [`super::invitations`] changes many at once.
//!
//! The statements that read whole invitations are put together from one text of the columns and one of the tables.

use std::collections::HashMap;

use testkeep_domain::text::fold;

use crate::list::{List, Slice, Total, orders};
use crate::on::On;
use crate::query::Query;
use crate::rows::{Rows, bytes};
use crate::{Time, Tx, sql};

/// The columns of [`Invitation`] in the tables of `invitation_text`.
macro_rules! invitation_columns {
    () => {
        "i.id, i.scope_id, s.level AS scope_level, s.name AS scope_name, i.project_id, p.name AS project_name,
         i.email, i.invited_by AS inviter_id, b.email AS inviter_email, i.nonce, i.token_hash, i.created_at,
         i.expires_at, i.password_set_at, i.accepted_at, i.revoked_at, (a.user_id IS NOT NULL) AS has_account,
         (u.id IS NOT NULL) AS was_here, i.mail_token_hash, i.role, i.team_ids, i.products, i.opened_at"
    };
}

/// A statement that reads the invitations `i` that a condition chooses.
macro_rules! invitation_text {
    ($chosen:literal) => {
        concat!(
            "SELECT ",
            $crate::people::invitation::invitation_columns!(),
            " FROM invitation i JOIN scope s ON s.id = i.scope_id JOIN user_account b ON b.id = i.invited_by
              LEFT JOIN scope p ON p.id = i.project_id LEFT JOIN user_account u ON u.email = i.email
              LEFT JOIN member a ON a.scope_id = 1 AND a.user_id = u.id WHERE ",
            $chosen
        )
    };
}
pub(crate) use {invitation_columns, invitation_text};

pub(crate) const BY_ID: &str = invitation_text!("i.id = $1");
pub(crate) const BY_TOKEN: &str = invitation_text!("i.token_hash = $1 OR i.mail_token_hash = $1");
pub(crate) const OPEN_BY_EMAIL: &str = invitation_text!(
    "i.email = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2 ORDER BY i.id DESC"
);

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Invitation {
    pub id: i64,
    pub scope_id: i64,
    pub scope_level: String,
    pub scope_name: String,
    pub project_id: Option<i64>,
    pub project_name: Option<String>,
    pub email: String,
    pub inviter_id: i64,
    pub inviter_email: String,
    pub nonce: Vec<u8>,
    pub token_hash: Vec<u8>,
    pub created_at: Time,
    pub expires_at: Time,
    pub password_set_at: Option<Time>,
    pub accepted_at: Option<Time>,
    pub revoked_at: Option<Time>,
    /// The email address belongs to a person who is in the account now.
    pub has_account: bool,
    /// The email address belongs to a person who is in the account or was in it earlier.
    pub was_here: bool,
    /// Token hash of the link that is mailed; `None` in invitations from earlier versions.
    pub mail_token_hash: Option<Vec<u8>>,
    /// The role in the scope that the person gets.
    pub role: String,
    /// JSON: the teams that the person joins. Teams that were deleted since are left out when the person accepts.
    pub team_ids: String,
    /// JSON: the products that the person gets a license of, if one is free then.
    pub products: String,
    /// When the newest link was looked at first.
    pub opened_at: Option<Time>,
}

/// Invitations that are created together differ only in email address, nonce and token hashes.
pub struct NewInvitation<'a> {
    pub scope_id: i64,
    pub project_id: Option<i64>,
    pub email: &'a str,
    pub invited_by: i64,
    pub nonce: &'a [u8],
    pub token_hash: &'a [u8],
    pub mail_token_hash: &'a [u8],
    pub expires_at: Time,
    pub role: &'a str,
    /// JSON
    pub team_ids: &'a str,
    /// JSON
    pub products: &'a str,
}

/// Creates invitations, each for another email address. Returns their ids in the same order.
pub async fn create_invitations(
    tx: &mut Tx,
    invitations: &[NewInvitation<'_>],
    now: Time,
) -> Result<Vec<i64>, sqlx::Error> {
    let Some(first) = invitations.first() else { return Ok(Vec::new()) };
    let mut rows = Rows::default();
    for new in invitations {
        rows.push([
            new.email.into(),
            fold(new.email).into(),
            bytes(new.nonce),
            bytes(new.token_hash),
            bytes(new.mail_token_hash),
        ]);
    }
    let created: Vec<(String, i64)> = sql("INSERT INTO invitation
            (scope_id, project_id, invited_by, created_at, expires_at, role, team_ids, products, email,
             folded_email, nonce, token_hash, mail_token_hash)
         SELECT $2, $3, $4, $5, $6, $7, $8, $9, value ->> 0, value ->> 1, unhex(value ->> 2), unhex(value ->> 3),
             unhex(value ->> 4)
         FROM json_each($1) ORDER BY key RETURNING email, id")
    .on_postgres(
        "INSERT INTO invitation
            (scope_id, project_id, invited_by, created_at, expires_at, role, team_ids, products, email,
             folded_email, nonce, token_hash, mail_token_hash)
         SELECT $2, $3, $4, $5, $6, $7, $8, $9, value ->> 0, value ->> 1, decode(value ->> 2, 'hex'),
             decode(value ->> 3, 'hex'), decode(value ->> 4, 'hex')
         FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS rows (value, key) ORDER BY key
         RETURNING email, id",
    )
    .bind(rows.to_json())
    .bind(first.scope_id)
    .bind(first.project_id)
    .bind(first.invited_by)
    .bind(now)
    .bind(first.expires_at)
    .bind(first.role)
    .bind(first.team_ids)
    .bind(first.products)
    .fetch_all(tx)
    .await?;
    let ids: HashMap<String, i64> = created.into_iter().collect();
    let id = |new: &NewInvitation<'_>| ids.get(new.email).copied().ok_or(sqlx::Error::RowNotFound);
    invitations.iter().map(id).collect()
}

pub async fn find_invitation(on: impl Into<On<'_>>, id: i64) -> Result<Option<Invitation>, sqlx::Error> {
    sql(BY_ID).bind(id).fetch_optional(on).await
}

/// Finds an invitation by the token of either link: the mailed one or the one that is shown.
pub async fn find_invitation_by_token(
    on: impl Into<On<'_>>,
    token_hash: &[u8],
) -> Result<Option<Invitation>, sqlx::Error> {
    sql(BY_TOKEN).bind(token_hash).fetch_optional(on).await
}

/// How many invitations a scope has.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct InvitationCounts {
    pub pending: i64,
    /// Created after the given time, in any state.
    pub recent: i64,
}

/// Counts the scope's invitations. Other transactions cannot invite to this scope until this transaction ends.
pub async fn lock_and_count_invitations(
    tx: &mut Tx,
    scope_id: i64,
    since: Time,
) -> Result<InvitationCounts, sqlx::Error> {
    // An UPDATE locks the row on both databases.
    sql("UPDATE scope SET name = name WHERE id = $1").bind(scope_id).execute(&mut *tx).await?;
    sql("SELECT COUNT(CASE WHEN accepted_at IS NULL AND revoked_at IS NULL THEN 1 END) AS pending,
                COUNT(CASE WHEN created_at > $2 THEN 1 END) AS recent
         FROM invitation WHERE scope_id = $1")
    .bind(scope_id)
    .bind(since)
    .fetch_one(tx)
    .await
}

orders! {
    OPEN_INVITATIONS,
    rows: invitation_columns!(),
    from: "invitation i",
    joins: "LEFT JOIN invitation i ON i.id = page.seek_id
         LEFT JOIN scope s ON s.id = i.scope_id LEFT JOIN user_account b ON b.id = i.invited_by
         LEFT JOIN scope p ON p.id = i.project_id
         LEFT JOIN user_account u ON u.email = i.email LEFT JOIN member a ON a.scope_id = 1 AND a.user_id = u.id",
    only: "i.scope_id = $5 AND i.accepted_at IS NULL AND i.revoked_at IS NULL
           AND ($6 = '%' OR i.folded_email LIKE $6 ESCAPE '!')
           AND (CAST($7 AS TEXT) IS NULL OR $7 = CASE WHEN i.expires_at <= $8 THEN 'expired'
                WHEN i.opened_at IS NOT NULL OR i.password_set_at IS NOT NULL THEN 'opened'
                ELSE COALESCE((SELECT CASE d.state WHEN 'handing_over' THEN 'queued' ELSE d.state END
                     FROM mail_message d WHERE d.invitation_id = i.id ORDER BY d.id DESC LIMIT 1), 'not_mailed') END)",
    id: "i.id",
    "email" => Text "i.folded_email",
    "created_at" => Time "i.created_at",
    "expires_at" => Time "i.expires_at",
}

/// Open invitations of a scope, for *Pending activations*. Sorts by `email`, `created_at` or `expires_at`.
/// `delivery`: only invitations in this state, as [`super::invitation_mail`] describes it, at the time `now`.
pub async fn list_open_invitations(
    on: impl Into<On<'_>>,
    scope_id: i64,
    (delivery, now): (Option<&str>, Time),
    list: &List,
) -> Result<Slice<Invitation>, sqlx::Error> {
    let bind =
        |query: Query| query.bind(scope_id).bind(list.pattern()).bind(delivery.map(str::to_owned)).bind(now);
    list.fetch(OPEN_INVITATIONS, bind, on).await
}

pub async fn count_open_invitations(
    on: impl Into<On<'_>>,
    scope_id: i64,
    (delivery, now): (Option<&str>, Time),
    list: &List,
) -> Result<Total, sqlx::Error> {
    let count = sql("SELECT COUNT(*) FROM (SELECT 1 FROM invitation i
         WHERE i.scope_id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL
           AND ($2 = '%' OR i.folded_email LIKE $2 ESCAPE '!')
           AND (CAST($3 AS TEXT) IS NULL OR $3 = CASE WHEN i.expires_at <= $4 THEN 'expired'
                WHEN i.opened_at IS NOT NULL OR i.password_set_at IS NOT NULL THEN 'opened'
                ELSE COALESCE((SELECT CASE d.state WHEN 'handing_over' THEN 'queued' ELSE d.state END
                     FROM mail_message d WHERE d.invitation_id = i.id ORDER BY d.id DESC LIMIT 1), 'not_mailed') END)
           LIMIT $5) counted")
    .bind(scope_id)
    .bind(list.pattern())
    .bind(delivery.map(str::to_owned))
    .bind(now);
    Total::fetch(count, on).await
}

/// Open invitations for an email address that have not expired, newest first. A person sees them after sign-in.
pub async fn list_invitations_of(
    on: impl Into<On<'_>>,
    email: &str,
    now: Time,
) -> Result<Vec<Invitation>, sqlx::Error> {
    sql(OPEN_BY_EMAIL).bind(email).bind(now).fetch_all(on).await
}

/// Notes that a person used the link to choose a password. Returns whether this was the first time.
pub async fn note_password_set(tx: &mut Tx, id: i64, now: Time) -> Result<bool, sqlx::Error> {
    let changed = sql("UPDATE invitation SET password_set_at = $2 WHERE id = $1 AND password_set_at IS NULL
         AND accepted_at IS NULL AND revoked_at IS NULL")
    .bind(id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

/// Notes that the invitation was accepted. Returns `false` when it was not open.
pub async fn note_accepted(tx: &mut Tx, id: i64, now: Time) -> Result<bool, sqlx::Error> {
    let changed = sql(
        "UPDATE invitation SET accepted_at = $2 WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL",
    )
    .bind(id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

pub async fn renew_invitation(
    tx: &mut Tx,
    id: i64,
    invited_by: i64,
    nonce: &[u8],
    [token_hash, mail_token_hash]: [&[u8]; 2],
    expires_at: Time,
) -> Result<(), sqlx::Error> {
    sql("UPDATE invitation SET invited_by = $2, nonce = $3, token_hash = $4, expires_at = $5, mail_token_hash = $6,
            opened_at = NULL
         WHERE id = $1")
        .bind(id)
        .bind(invited_by)
        .bind(nonce)
        .bind(token_hash)
        .bind(expires_at)
        .bind(mail_token_hash)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn revoke_invitation(tx: &mut Tx, id: i64, now: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE invitation SET revoked_at = $2 WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL")
        .bind(id)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn delete_old_invitations(tx: &mut Tx, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM invitation WHERE id IN (SELECT id FROM invitation
             WHERE expires_at < $1 AND (accepted_at IS NOT NULL OR revoked_at IS NOT NULL)
             ORDER BY expires_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
