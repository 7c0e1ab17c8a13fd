//! `invitation`: many invitations in one statement, and what is known of the email addresses before they are invited.

use super::invitation::{Invitation, invitation_text};
use crate::on::On;
use crate::query::Both;
use crate::rows::{Rows, bytes};
use crate::{Time, Tx, sql};

pub(crate) const CHOSEN: Both = Both {
    sqlite: invitation_text!(
        "i.id IN (SELECT value ->> 0 FROM json_each($2))
         AND i.scope_id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL"
    ),
    postgres: invitation_text!(
        "i.id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($2::jsonb) AS rows (value))
         AND i.scope_id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL"
    ),
};

/// The state of an email address before it is invited to a scope.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, read from one row")]
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Addressee {
    pub email: String,
    pub is_member: bool,
    pub is_invited: bool,
    pub has_account: bool,
    pub was_here: bool,
}

/// One row for each email address, in no particular order.
pub async fn list_addressees(
    on: impl Into<On<'_>>,
    scope_id: i64,
    emails: impl IntoIterator<Item = &str>,
) -> Result<Vec<Addressee>, sqlx::Error> {
    sql("SELECT e.email,
                EXISTS (SELECT 1 FROM member m WHERE m.scope_id = $1 AND m.user_id = u.id) AS is_member,
                EXISTS (SELECT 1 FROM invitation i WHERE i.scope_id = $1 AND i.email = e.email
                        AND i.accepted_at IS NULL AND i.revoked_at IS NULL) AS is_invited,
                EXISTS (SELECT 1 FROM member a WHERE a.scope_id = 1 AND a.user_id = u.id) AS has_account,
                (u.id IS NOT NULL) AS was_here
         FROM (SELECT value ->> 0 AS email FROM json_each($2)) e LEFT JOIN user_account u ON u.email = e.email")
    .on_postgres(
        "SELECT e.email,
                EXISTS (SELECT 1 FROM member m WHERE m.scope_id = $1 AND m.user_id = u.id) AS is_member,
                EXISTS (SELECT 1 FROM invitation i WHERE i.scope_id = $1 AND i.email = e.email
                        AND i.accepted_at IS NULL AND i.revoked_at IS NULL) AS is_invited,
                EXISTS (SELECT 1 FROM member a WHERE a.scope_id = 1 AND a.user_id = u.id) AS has_account,
                (u.id IS NOT NULL) AS was_here
         FROM (SELECT value ->> 0 AS email FROM jsonb_array_elements($2::jsonb) AS rows (value)) e
         LEFT JOIN user_account u ON u.email = e.email",
    )
    .bind(scope_id)
    .bind(Rows::of(emails).to_json())
    .fetch_all(on)
    .await
}

/// How many invitations one mail server sent to each email address: the organization's server, or the account's with
/// `None`. Addresses without such a mail are left out.
pub async fn count_invitation_mails(
    on: impl Into<On<'_>>,
    emails: impl IntoIterator<Item = &str>,
    organization_id: Option<i64>,
    since: Time,
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sql("SELECT recipient, COUNT(*) FROM mail_message
         WHERE recipient IN (SELECT value ->> 0 FROM json_each($1)) AND kind = 'invitation' AND created_at > $2
             AND COALESCE(scope_id, 0) = COALESCE(CAST($3 AS BIGINT), 0)
         GROUP BY recipient")
    .on_postgres(
        "SELECT recipient, COUNT(*) FROM mail_message
         WHERE recipient IN (SELECT value ->> 0 FROM jsonb_array_elements($1::jsonb) AS rows (value))
             AND kind = 'invitation' AND created_at > $2
             AND COALESCE(scope_id, 0) = COALESCE(CAST($3 AS BIGINT), 0)
         GROUP BY recipient",
    )
    .bind(Rows::of(emails).to_json())
    .bind(since)
    .bind(organization_id)
    .fetch_all(on)
    .await
}

/// The open invitations to a scope with these ids, in no particular order.
pub async fn list_chosen_invitations(
    on: impl Into<On<'_>>,
    scope_id: i64,
    ids: &[i64],
) -> Result<Vec<Invitation>, sqlx::Error> {
    CHOSEN.query().bind(scope_id).bind(Rows::of(ids.iter().copied()).to_json()).fetch_all(on).await
}

/// As [`super::invitation::renew_invitation`], for many: each takes inviter, nonce and hashes of the invitation that is given.
pub async fn renew_invitations(
    tx: &mut Tx,
    invitations: &[Invitation],
    expires_at: Time,
) -> Result<(), sqlx::Error> {
    let mut rows = Rows::default();
    for it in invitations {
        let mailed = it.mail_token_hash.as_deref().unwrap_or_default();
        rows.push([
            it.id.into(),
            it.inviter_id.into(),
            bytes(&it.nonce),
            bytes(&it.token_hash),
            bytes(mailed),
        ]);
    }
    sql("UPDATE invitation SET invited_by = n.inviter, nonce = n.nonce, token_hash = n.hash, mail_token_hash = n.mailed,
                expires_at = $2, opened_at = NULL
         FROM (SELECT value ->> 0 AS id, value ->> 1 AS inviter, unhex(value ->> 2) AS nonce,
                      unhex(value ->> 3) AS hash, unhex(value ->> 4) AS mailed FROM json_each($1)) n
         WHERE invitation.id = n.id")
    .on_postgres(
        "UPDATE invitation SET invited_by = n.inviter, nonce = n.nonce, token_hash = n.hash,
                mail_token_hash = n.mailed, expires_at = $2, opened_at = NULL
         FROM (SELECT (value ->> 0)::bigint AS id, (value ->> 1)::bigint AS inviter,
                      decode(value ->> 2, 'hex') AS nonce, decode(value ->> 3, 'hex') AS hash,
                      decode(value ->> 4, 'hex') AS mailed FROM jsonb_array_elements($1::jsonb) AS rows (value)) n
         WHERE invitation.id = n.id",
    )
    .bind(rows.to_json())
    .bind(expires_at)
    .execute(tx)
    .await
    .map(drop)
}

/// Revokes the invitations with these ids.
pub async fn revoke_invitations(tx: &mut Tx, ids: &[i64], now: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE invitation SET revoked_at = $2
         WHERE id IN (SELECT value ->> 0 FROM json_each($1)) AND accepted_at IS NULL AND revoked_at IS NULL")
    .on_postgres(
        "UPDATE invitation SET revoked_at = $2
         WHERE id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))
           AND accepted_at IS NULL AND revoked_at IS NULL",
    )
    .bind(Rows::of(ids.iter().copied()).to_json())
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Revokes the open invitations of these email addresses to a scope. Returns how many there were.
pub async fn revoke_invitations_of(
    tx: &mut Tx,
    scope_id: i64,
    emails: impl IntoIterator<Item = &str>,
    now: Time,
) -> Result<u64, sqlx::Error> {
    sql("UPDATE invitation SET revoked_at = $3 WHERE scope_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL
         AND email IN (SELECT value ->> 0 FROM json_each($2))")
    .on_postgres(
        "UPDATE invitation SET revoked_at = $3 WHERE scope_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL
         AND email IN (SELECT value ->> 0 FROM jsonb_array_elements($2::jsonb) AS rows (value))",
    )
    .bind(scope_id)
    .bind(Rows::of(emails).to_json())
    .bind(now)
    .execute(tx)
    .await
}
