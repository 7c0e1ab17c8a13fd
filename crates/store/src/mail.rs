//! `mail_setting`, `mail_message`, `mail_refusal`: how mail is sent, what was, and who does not want which.

use crate::db::On;
use crate::list::List;
use crate::{Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MailSetting {
    pub scope_id: i64,
    pub host: String,
    pub port: i64,
    pub protocol: String,
    pub username: String,
    pub password_sealed: Option<Vec<u8>>,
    pub sender: String,
    pub updated_at: Time,
}

/// A place's own.
pub async fn find_mail_setting(
    on: impl Into<On<'_>>,
    scope_id: i64,
) -> Result<Option<MailSetting>, sqlx::Error> {
    sql("SELECT scope_id, host, port, protocol, username, password_sealed, sender, updated_at
         FROM mail_setting WHERE scope_id = $1")
    .bind(scope_id)
    .fetch_optional(on)
    .await
}

/// A place's own, else the account's.
pub async fn find_mail_setting_for(
    on: impl Into<On<'_>>,
    scope_id: Option<i64>,
) -> Result<Option<MailSetting>, sqlx::Error> {
    sql("SELECT scope_id, host, port, protocol, username, password_sealed, sender, updated_at
         FROM mail_setting WHERE scope_id = $1 OR scope_id = 1 ORDER BY scope_id DESC LIMIT 1")
    .bind(scope_id)
    .fetch_optional(on)
    .await
}

/// Any, to tell whether mail can be sent at all.
pub async fn is_mail_configured(on: impl Into<On<'_>>) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = sql("SELECT scope_id FROM mail_setting LIMIT 1").fetch_optional(on).await?;
    Ok(row.is_some())
}

/// Whose settings reach a person: the account's (`None`), else those of an organization they belong to.
pub async fn find_sending_scope(on: impl Into<On<'_>>, user_id: i64) -> Result<Option<i64>, sqlx::Error> {
    let row: Option<(i64,)> = sql("SELECT s.scope_id FROM mail_setting s
         WHERE s.scope_id = 1 OR EXISTS (SELECT 1 FROM member m WHERE m.scope_id = s.scope_id AND m.user_id = $1)
         ORDER BY s.scope_id LIMIT 1")
    .bind(user_id)
    .fetch_optional(on)
    .await?;
    Ok(row.map(|(id,)| id).filter(|id| *id != 1))
}

pub async fn put_mail_setting(tx: &mut Tx, setting: &MailSetting) -> Result<(), sqlx::Error> {
    sql("INSERT INTO mail_setting (scope_id, host, port, protocol, username, password_sealed, sender, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (scope_id) DO UPDATE SET host = excluded.host, port = excluded.port,
            protocol = excluded.protocol, username = excluded.username, password_sealed = excluded.password_sealed,
            sender = excluded.sender, updated_at = excluded.updated_at")
    .bind(setting.scope_id)
    .bind(setting.host.as_str())
    .bind(setting.port)
    .bind(setting.protocol.as_str())
    .bind(setting.username.as_str())
    .bind(setting.password_sealed.clone())
    .bind(setting.sender.as_str())
    .bind(setting.updated_at)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn delete_mail_setting(tx: &mut Tx, scope_id: i64) -> Result<bool, sqlx::Error> {
    Ok(sql("DELETE FROM mail_setting WHERE scope_id = $1").bind(scope_id).execute(tx).await? == 1)
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MailMessage {
    pub id: i64,
    pub scope_id: Option<i64>,
    pub kind: String,
    pub recipient: String,
    pub subject: String,
    /// JSON
    pub content: String,
    pub state: String,
    pub attempts: i64,
    pub last_error: Option<String>,
    pub created_at: Time,
    pub next_attempt_at: Option<Time>,
    pub sent_at: Option<Time>,
}

pub struct NewMailMessage<'a> {
    pub scope_id: Option<i64>,
    pub kind: &'a str,
    pub recipient: &'a str,
    pub subject: &'a str,
    pub content: &'a str,
}

pub async fn create_mail_message(
    tx: &mut Tx,
    message: NewMailMessage<'_>,
    now: Time,
) -> Result<i64, sqlx::Error> {
    let (id,): (i64,) =
        sql("INSERT INTO mail_message (scope_id, kind, recipient, subject, content, state, created_at, next_attempt_at)
         VALUES ($1, $2, $3, $4, $5, 'queued', $6, $6) RETURNING id")
        .bind(message.scope_id)
        .bind(message.kind)
        .bind(message.recipient)
        .bind(message.subject)
        .bind(message.content)
        .bind(now)
        .fetch_one(tx)
        .await?;
    Ok(id)
}

pub async fn find_mail_message(on: impl Into<On<'_>>, id: i64) -> Result<Option<MailMessage>, sqlx::Error> {
    sql("SELECT id, scope_id, kind, recipient, subject, content, state, attempts, last_error, created_at,
                next_attempt_at, sent_at
         FROM mail_message WHERE id = $1")
    .bind(id)
    .fetch_optional(on)
    .await
}

/// The log, newest first. `scope_id` `None`: the whole installation's.
pub async fn list_mail_messages(
    on: impl Into<On<'_>>,
    scope_id: Option<i64>,
    state: Option<&str>,
    list: &List,
) -> Result<Vec<MailMessage>, sqlx::Error> {
    sql("SELECT id, scope_id, kind, recipient, subject, content, state, attempts, last_error, created_at,
                next_attempt_at, sent_at
         FROM mail_message
         WHERE (CAST($1 AS BIGINT) IS NULL OR scope_id = $1) AND (CAST($2 AS TEXT) IS NULL OR state = $2)
           AND ($3 = '%' OR lower(recipient || ' ' || subject || ' ' || COALESCE(last_error, '')) LIKE $3 ESCAPE '!')
         ORDER BY id DESC LIMIT $4 OFFSET $5")
    .bind(scope_id)
    .bind(state.map(str::to_owned))
    .bind(list.pattern())
    .bind(list.limit)
    .bind(list.offset)
    .fetch_all(on)
    .await
}

pub async fn count_mail_messages(
    on: impl Into<On<'_>>,
    scope_id: Option<i64>,
    state: Option<&str>,
    list: &List,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM mail_message
         WHERE (CAST($1 AS BIGINT) IS NULL OR scope_id = $1) AND (CAST($2 AS TEXT) IS NULL OR state = $2)
           AND ($3 = '%' OR lower(recipient || ' ' || subject || ' ' || COALESCE(last_error, '')) LIKE $3 ESCAPE '!')")
    .bind(scope_id)
    .bind(state.map(str::to_owned))
    .bind(list.pattern())
    .fetch_one(on)
    .await?;
    Ok(count)
}

/// A new attempt begins.
pub async fn note_mail_attempt(tx: &mut Tx, id: i64) -> Result<(), sqlx::Error> {
    sql("UPDATE mail_message SET attempts = attempts + 1 WHERE id = $1").bind(id).execute(tx).await.map(drop)
}

/// `state`: where it stands now; `error`: why it is not sent.
pub async fn update_mail_state(
    tx: &mut Tx,
    id: i64,
    state: &str,
    error: Option<&str>,
    next_attempt_at: Option<Time>,
    sent_at: Option<Time>,
) -> Result<(), sqlx::Error> {
    sql("UPDATE mail_message SET state = $2, last_error = $3, next_attempt_at = $4, sent_at = $5 WHERE id = $1")
        .bind(id)
        .bind(state)
        .bind(error.map(str::to_owned))
        .bind(next_attempt_at)
        .bind(sent_at)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn delete_old_mail_messages(tx: &mut Tx, before: Time) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM mail_message WHERE created_at < $1 AND state <> 'queued'").bind(before).execute(tx).await
}

/// The kinds that somebody does not want.
pub async fn list_mail_refusals(on: impl Into<On<'_>>, user_id: i64) -> Result<Vec<String>, sqlx::Error> {
    let rows: Vec<(String,)> = sql("SELECT kind FROM mail_refusal WHERE user_id = $1 ORDER BY kind")
        .bind(user_id)
        .fetch_all(on)
        .await?;
    Ok(rows.into_iter().map(|(kind,)| kind).collect())
}

/// Whether the person at an address does not want this kind.
pub async fn is_mail_refused(on: impl Into<On<'_>>, email: &str, kind: &str) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> =
        sql("SELECT r.user_id FROM mail_refusal r JOIN user_account u ON u.id = r.user_id
         WHERE u.email = $1 AND r.kind = $2")
        .bind(email)
        .bind(kind)
        .fetch_optional(on)
        .await?;
    Ok(row.is_some())
}

pub async fn put_mail_refusal(
    tx: &mut Tx,
    user_id: i64,
    kind: &str,
    refused: bool,
) -> Result<(), sqlx::Error> {
    let query = if refused {
        sql("INSERT INTO mail_refusal (user_id, kind) VALUES ($1, $2) ON CONFLICT (user_id, kind) DO NOTHING")
    } else {
        sql("DELETE FROM mail_refusal WHERE user_id = $1 AND kind = $2")
    };
    query.bind(user_id).bind(kind).execute(tx).await.map(drop)
}
