//! How the mail of the installation, or of some scopes, stands: numbers for pages that show it. Must never change a mail.

use crate::mail_setting::LIMIT;
use crate::on::On;
use crate::rows::Rows;
use crate::{Time, sql};

/// Scopes as a value of a statement; `None`: the whole installation.
fn json(scopes: Option<&[i64]>) -> Option<String> {
    scopes.map(|ids| Rows::of(ids.iter().copied()).to_json())
}

/// Mails that are not sent yet and would use these settings: for the account (1) also those of organizations without
/// settings of their own.
pub async fn count_waiting_mails(on: impl Into<On<'_>>, setting: i64) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM mail_message m
         WHERE m.state IN ('queued', 'handing_over')
           AND $1 = CASE WHEN m.route = 'organization'
                              AND EXISTS (SELECT 1 FROM mail_setting s WHERE s.scope_id = m.scope_id)
                         THEN m.scope_id ELSE 1 END")
    .bind(setting)
    .fetch_one(on)
    .await?;
    Ok(count)
}

/// Mails that are not sent yet.
pub async fn count_open_mails(on: impl Into<On<'_>>, scopes: Option<&[i64]>) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM mail_message
         WHERE state IN ('queued', 'handing_over')
           AND (CAST($1 AS TEXT) IS NULL OR scope_id IN (SELECT value ->> 0 FROM json_each($1)))")
    .on_postgres(
        "SELECT COUNT(*) FROM mail_message
         WHERE state IN ('queued', 'handing_over') AND (CAST($1 AS TEXT) IS NULL OR scope_id IN
               (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value)))",
    )
    .bind(json(scopes))
    .fetch_one(on)
    .await?;
    Ok(count)
}

/// How many mails that were written since `since` are in each state.
pub async fn count_mails_by_state(
    on: impl Into<On<'_>>,
    scopes: Option<&[i64]>,
    since: Time,
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sql("SELECT state, COUNT(*) FROM mail_message
         WHERE created_at >= $2
           AND (CAST($1 AS TEXT) IS NULL OR scope_id IN (SELECT value ->> 0 FROM json_each($1)))
         GROUP BY state")
    .on_postgres(
        "SELECT state, COUNT(*) FROM mail_message
         WHERE created_at >= $2 AND (CAST($1 AS TEXT) IS NULL OR scope_id IN
               (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value)))
         GROUP BY state",
    )
    .bind(json(scopes))
    .bind(since)
    .fetch_all(on)
    .await
}

/// Mails that were written since `since` and given up.
pub async fn count_failed_mails(
    on: impl Into<On<'_>>,
    scopes: Option<&[i64]>,
    since: Time,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM mail_message
         WHERE state = 'failed' AND created_at >= $2
           AND (CAST($1 AS TEXT) IS NULL OR scope_id IN (SELECT value ->> 0 FROM json_each($1)))")
    .on_postgres(
        "SELECT COUNT(*) FROM mail_message
         WHERE state = 'failed' AND created_at >= $2 AND (CAST($1 AS TEXT) IS NULL OR scope_id IN
               (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value)))",
    )
    .bind(json(scopes))
    .bind(since)
    .fetch_one(on)
    .await?;
    Ok(count)
}

/// Mail settings with which no mail can be sent now, or only slowly.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StuckSetting {
    /// 1: the account's settings.
    pub scope_id: i64,
    pub since: Time,
    /// `CONFIGURATION` or `LIMIT` of `mail_setting`.
    pub kind: Option<String>,
    pub reason: Option<String>,
}

impl StuckSetting {
    /// Mails are sent, but only slowly.
    pub fn is_limited(&self) -> bool {
        self.kind.as_deref() == Some(LIMIT)
    }
}

pub async fn list_stuck_settings(
    on: impl Into<On<'_>>,
    scopes: Option<&[i64]>,
) -> Result<Vec<StuckSetting>, sqlx::Error> {
    sql("SELECT scope_id, stuck_since AS since, stuck_kind AS kind, stuck_reason AS reason FROM mail_setting
         WHERE stuck_since IS NOT NULL
           AND (CAST($1 AS TEXT) IS NULL OR scope_id IN (SELECT value ->> 0 FROM json_each($1)))
         ORDER BY stuck_since LIMIT 20")
    .on_postgres(
        "SELECT scope_id, stuck_since AS since, stuck_kind AS kind, stuck_reason AS reason FROM mail_setting
         WHERE stuck_since IS NOT NULL AND (CAST($1 AS TEXT) IS NULL OR scope_id IN
               (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value)))
         ORDER BY stuck_since LIMIT 20",
    )
    .bind(json(scopes))
    .fetch_all(on)
    .await
}

/// Open invitations of these scopes whose latest mail was given up: pairs of scope and number.
pub async fn count_bounced_invitations(
    on: impl Into<On<'_>>,
    scopes: &[i64],
    since: Time,
    now: Time,
) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    sql("SELECT i.scope_id, COUNT(*)
         FROM (SELECT recipient, COALESCE(scope_id, 1) AS scope_id, MAX(created_at) AS at FROM mail_message
               WHERE state = 'failed' AND kind = 'invitation' AND created_at >= $2
               GROUP BY recipient, COALESCE(scope_id, 1)) b
         JOIN invitation i ON i.email = b.recipient AND i.scope_id = b.scope_id
         WHERE i.scope_id IN (SELECT value ->> 0 FROM json_each($1)) AND i.accepted_at IS NULL
           AND i.revoked_at IS NULL AND i.expires_at > $3
           AND NOT EXISTS (SELECT 1 FROM mail_message n
                           WHERE n.recipient = b.recipient AND n.created_at > b.at AND n.kind = 'invitation'
                             AND n.state <> 'failed' AND COALESCE(n.scope_id, 1) = b.scope_id)
         GROUP BY i.scope_id ORDER BY i.scope_id")
    .on_postgres(
        "SELECT i.scope_id, COUNT(*)
         FROM (SELECT recipient, COALESCE(scope_id, 1) AS scope_id, MAX(created_at) AS at FROM mail_message
               WHERE state = 'failed' AND kind = 'invitation' AND created_at >= $2
               GROUP BY recipient, COALESCE(scope_id, 1)) b
         JOIN invitation i ON i.email = b.recipient AND i.scope_id = b.scope_id
         WHERE i.scope_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))
           AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $3
           AND NOT EXISTS (SELECT 1 FROM mail_message n
                           WHERE n.recipient = b.recipient AND n.created_at > b.at AND n.kind = 'invitation'
                             AND n.state <> 'failed' AND COALESCE(n.scope_id, 1) = b.scope_id)
         GROUP BY i.scope_id ORDER BY i.scope_id",
    )
    .bind(Rows::of(scopes.iter().copied()).to_json())
    .bind(since)
    .bind(now)
    .fetch_all(on)
    .await
}
