//! `mail_setting`: the settings of mail servers, and what is known about their failures.

use crate::on::On;
use crate::{Time, Tx, sql};

/// The settings, the mail server or the network is wrong: no mail is sent.
pub const CONFIGURATION: &str = "configuration";
/// The mail server limits the number of mails: they are sent slowly.
pub const LIMIT: &str = "limit";

#[derive(Clone, Debug, Default, sqlx::FromRow)]
pub struct MailSetting {
    pub scope_id: i64,
    pub host: String,
    pub port: i64,
    pub protocol: String,
    pub username: String,
    pub password_sealed: Option<Vec<u8>>,
    pub sender: String,
    pub updated_at: Time,
    /// An Owner saved these settings. Password reset links of people with a role above Member are mailed only through
    /// such settings, because an admin of the mail server could read the links. Only used in the account's settings.
    pub by_owner: bool,
    /// Since when no mail can be sent with these settings; `None`: mail can be sent.
    pub stuck_since: Option<Time>,
    /// Why: [`CONFIGURATION`] or [`LIMIT`].
    pub stuck_kind: Option<String>,
    pub stuck_reason: Option<String>,
    /// How many attempts have failed in a row.
    pub stuck_times: i64,
    /// The next attempt must not begin before this time.
    pub not_before: Option<Time>,
}

impl MailSetting {
    /// Mails are sent, but only slowly.
    pub fn is_limited(&self) -> bool {
        self.stuck_kind.as_deref() == Some(LIMIT)
    }
}

/// The scope's own settings.
pub async fn find_mail_setting(
    on: impl Into<On<'_>>,
    scope_id: i64,
) -> Result<Option<MailSetting>, sqlx::Error> {
    sql("SELECT scope_id, host, port, protocol, username, password_sealed, sender, updated_at, by_owner, stuck_since,
                stuck_kind, stuck_reason, stuck_times, not_before
         FROM mail_setting WHERE scope_id = $1")
    .bind(scope_id)
    .fetch_optional(on)
    .await
}

/// The organization's own settings, or else the account's. Only for mails of this organization.
pub async fn find_mail_setting_of_organization(
    on: impl Into<On<'_>>,
    organization_id: i64,
) -> Result<Option<MailSetting>, sqlx::Error> {
    sql("SELECT scope_id, host, port, protocol, username, password_sealed, sender, updated_at, by_owner, stuck_since,
                stuck_kind, stuck_reason, stuck_times, not_before
         FROM mail_setting WHERE scope_id = $1 OR scope_id = 1 ORDER BY scope_id DESC LIMIT 1")
    .bind(organization_id)
    .fetch_optional(on)
    .await
}

/// The scope and the sealed password of all settings with a password.
pub async fn list_sealed_passwords(on: impl Into<On<'_>>) -> Result<Vec<(i64, Vec<u8>)>, sqlx::Error> {
    sql("SELECT scope_id, password_sealed FROM mail_setting WHERE password_sealed IS NOT NULL ORDER BY scope_id")
        .fetch_all(on)
        .await
}

/// Stores settings and clears the notes about earlier failures.
pub async fn put_mail_setting(tx: &mut Tx, setting: &MailSetting) -> Result<(), sqlx::Error> {
    sql("INSERT INTO mail_setting (scope_id, host, port, protocol, username, password_sealed, sender, updated_at,
            by_owner)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (scope_id) DO UPDATE SET host = excluded.host, port = excluded.port,
            protocol = excluded.protocol, username = excluded.username, password_sealed = excluded.password_sealed,
            sender = excluded.sender, updated_at = excluded.updated_at, by_owner = excluded.by_owner,
            stuck_since = NULL, stuck_kind = NULL, stuck_reason = NULL, stuck_times = 0, not_before = NULL")
    .bind(setting.scope_id)
    .bind(setting.host.as_str())
    .bind(setting.port)
    .bind(setting.protocol.as_str())
    .bind(setting.username.as_str())
    .bind(setting.password_sealed.clone())
    .bind(setting.sender.as_str())
    .bind(setting.updated_at)
    .bind(setting.by_owner)
    .execute(tx)
    .await
    .map(drop)
}

/// Why no mail can be sent with some settings, as it is stored with them.
#[derive(Clone, Copy, Debug)]
pub struct Stuck<'a> {
    /// Why: [`CONFIGURATION`] or [`LIMIT`].
    pub kind: &'a str,
    pub reason: &'a str,
    pub now: Time,
    pub not_before: Time,
}

/// Stores that sending failed. Returns `false` and stores nothing when the settings have changed since `read` was read,
/// or another worker stored a failure first.
pub async fn note_mail_stuck(tx: &mut Tx, read: &MailSetting, stuck: Stuck<'_>) -> Result<bool, sqlx::Error> {
    let noted = sql("UPDATE mail_setting SET
            stuck_since = CASE WHEN stuck_kind = $2 THEN stuck_since ELSE $3 END,
            stuck_times = CASE WHEN stuck_kind = $2 THEN stuck_times + 1 ELSE 1 END,
            stuck_kind = $2, stuck_reason = $4, not_before = $5
         WHERE scope_id = $1 AND updated_at = $6 AND stuck_times = $7")
    .bind(read.scope_id)
    .bind(stuck.kind)
    .bind(stuck.now)
    .bind(stuck.reason)
    .bind(stuck.not_before)
    .bind(read.updated_at)
    .bind(read.stuck_times)
    .execute(tx)
    .await?;
    Ok(noted == 1)
}

/// Claims the next attempt with failing settings until `until`. `false`: another worker has claimed it, or it is too
/// early.
pub async fn claim_mail_setting(
    tx: &mut Tx,
    scope_id: i64,
    now: Time,
    until: Time,
) -> Result<bool, sqlx::Error> {
    let claimed = sql("UPDATE mail_setting SET not_before = $3
         WHERE scope_id = $1 AND (not_before IS NULL OR not_before <= $2)")
    .bind(scope_id)
    .bind(now)
    .bind(until)
    .execute(tx)
    .await?;
    Ok(claimed == 1)
}

/// Stores that a mail was sent: the count of failures is 0 and the next attempt may begin.
pub async fn note_mail_flows(tx: &mut Tx, scope_id: i64, now: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE mail_setting SET stuck_times = 0, not_before = $2 WHERE scope_id = $1")
        .bind(scope_id)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// Clears all notes about failures: the settings work.
pub async fn clear_mail_stuck(tx: &mut Tx, scope_id: i64) -> Result<(), sqlx::Error> {
    sql("UPDATE mail_setting SET stuck_since = NULL, stuck_kind = NULL, stuck_reason = NULL, stuck_times = 0,
            not_before = NULL WHERE scope_id = $1")
    .bind(scope_id)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn delete_mail_setting(tx: &mut Tx, scope_id: i64) -> Result<bool, sqlx::Error> {
    Ok(sql("DELETE FROM mail_setting WHERE scope_id = $1").bind(scope_id).execute(tx).await? == 1)
}

/// Locks the settings of a scope until the transaction ends. Functions that change the jobs waiting for these settings
/// take this lock first.
pub async fn lock_mail_setting(tx: &mut Tx, scope_id: i64) -> Result<(), sqlx::Error> {
    sql("UPDATE mail_setting SET stuck_times = stuck_times WHERE scope_id = $1")
        .bind(scope_id)
        .execute(tx)
        .await
        .map(drop)
}
