//! How far an invitation came: its newest mail, and whether its link was looked at.
//!
//! The state of a delivery is `expired`; else `opened` after the link was looked at; else the state of the newest mail
//! (`queued`, `sent`, `failed`, `unknown`); else `not_mailed`. The statements in [`super::invitation`] filter by it.

use crate::on::On;
use crate::rows::Rows;
use crate::{Time, Tx, sql};

/// The newest mail of an invitation.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct InvitationMail {
    pub invitation_id: i64,
    /// The organization in whose mail log the mail is listed; `None`: only the account's.
    pub scope_id: Option<i64>,
    pub state: String,
    pub last_error: Option<String>,
    pub created_at: Time,
    pub sent_at: Option<Time>,
}

/// The newest mail of each of these invitations that has one, in no particular order.
pub async fn list_newest_mails(
    on: impl Into<On<'_>>,
    invitation_ids: impl IntoIterator<Item = i64>,
) -> Result<Vec<InvitationMail>, sqlx::Error> {
    sql("SELECT m.invitation_id, m.scope_id, m.state, m.last_error, m.created_at, m.sent_at
         FROM mail_message m
         WHERE m.id IN (SELECT (SELECT MAX(n.id) FROM mail_message n WHERE n.invitation_id = value ->> 0)
                        FROM json_each($1))")
    .on_postgres(
        "SELECT m.invitation_id, m.scope_id, m.state, m.last_error, m.created_at, m.sent_at
         FROM mail_message m
         WHERE m.id IN (SELECT (SELECT MAX(n.id) FROM mail_message n WHERE n.invitation_id = (value ->> 0)::bigint)
                        FROM jsonb_array_elements($1::jsonb) AS rows (value))",
    )
    .bind(Rows::of(invitation_ids).to_json())
    .fetch_all(on)
    .await
}

/// Notes that the link was looked at. Only the first time counts.
pub async fn note_opened(tx: &mut Tx, id: i64, now: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE invitation SET opened_at = $2 WHERE id = $1 AND opened_at IS NULL")
        .bind(id)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}
