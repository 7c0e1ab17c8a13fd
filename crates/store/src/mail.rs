//! `mail_message`, `mail_refusal`: the mail log, and the kinds of mail that people refuse. The settings of mail servers are
//! in [`crate::mail_setting`].

use testkeep_domain::text::fold;

use crate::list::{List, Slice, Total, orders};
use crate::on::On;
use crate::query::Query;
use crate::rows::Rows;
use crate::{Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MailMessage {
    pub id: i64,
    pub scope_id: Option<i64>,
    /// `account` or `organization`: whose mail server sends the message.
    pub route: String,
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

/// The text in which a search looks for a message, besides its last error.
pub(crate) fn folded_text(recipient: &str, subject: &str) -> String {
    fold(&format!("{recipient} {subject}"))
}

pub struct NewMailMessage<'a> {
    pub scope_id: Option<i64>,
    pub route: &'a str,
    pub kind: &'a str,
    pub recipient: &'a str,
    pub subject: &'a str,
    pub content: &'a str,
    /// The invitation that the message brings.
    pub invitation_id: Option<i64>,
}

/// Stores messages as queued. The caller queues the jobs that send them. Returns their ids, in no particular order.
pub async fn create_mail_messages(
    tx: &mut Tx,
    messages: &[NewMailMessage<'_>],
    now: Time,
) -> Result<Vec<i64>, sqlx::Error> {
    let mut rows = Rows::default();
    for message in messages {
        rows.push([
            message.scope_id.into(),
            message.route.into(),
            message.kind.into(),
            message.recipient.into(),
            message.subject.into(),
            message.content.into(),
            folded_text(message.recipient, message.subject).into(),
            message.invitation_id.into(),
        ]);
    }
    let ids: Vec<(i64,)> = sql(
        "INSERT INTO mail_message (scope_id, route, kind, recipient, subject, content, folded_text,
            invitation_id, state, created_at, next_attempt_at)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
            'queued', $2, $2
         FROM json_each($1) ORDER BY key RETURNING id",
    )
    .on_postgres(
        "INSERT INTO mail_message (scope_id, route, kind, recipient, subject, content, folded_text,
            invitation_id, state, created_at, next_attempt_at)
         SELECT (value ->> 0)::bigint, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
            (value ->> 7)::bigint, 'queued', $2, $2
         FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS rows (value, key) ORDER BY key RETURNING id",
    )
    .bind(rows.to_json())
    .bind(now)
    .fetch_all(tx)
    .await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

pub async fn find_mail_message(on: impl Into<On<'_>>, id: i64) -> Result<Option<MailMessage>, sqlx::Error> {
    sql("SELECT id, scope_id, route, kind, recipient, subject, content, state, attempts, last_error, created_at,
                next_attempt_at, sent_at
         FROM mail_message WHERE id = $1")
    .bind(id)
    .fetch_optional(on)
    .await
}

orders! {
    MAILS, MAILS_OF_SCOPE within "scope_id = $7",
    rows: "id, scope_id, route, kind, recipient, subject, content, state, attempts, last_error, created_at,
                next_attempt_at, sent_at",
    from: "mail_message",
    joins: "LEFT JOIN mail_message ON id = page.seek_id",
    only: "(CAST($5 AS TEXT) IS NULL OR state = $5) AND ($6 = '%' OR folded_text LIKE $6 ESCAPE '!'
                OR lower(replace(last_error, 'I', 'i')) LIKE $6 ESCAPE '!')",
    id: "id",
    "created_at" => Number "id",
}

/// The messages with these ids, in no particular order.
pub async fn list_chosen_mails(on: impl Into<On<'_>>, ids: &[i64]) -> Result<Vec<MailMessage>, sqlx::Error> {
    sql("SELECT id, scope_id, route, kind, recipient, subject, content, state, attempts, last_error, created_at,
                next_attempt_at, sent_at
         FROM mail_message WHERE id IN (SELECT value ->> 0 FROM json_each($1))")
    .on_postgres(
        "SELECT id, scope_id, route, kind, recipient, subject, content, state, attempts, last_error, created_at,
                next_attempt_at, sent_at
         FROM mail_message
         WHERE id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))",
    )
    .bind(Rows::of(ids.iter().copied()).to_json())
    .fetch_all(on)
    .await
}

/// Queues these messages again. The caller queues the jobs that send them.
pub async fn requeue_mails(tx: &mut Tx, ids: &[i64], now: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE mail_message SET state = 'queued', last_error = NULL, next_attempt_at = $2, sent_at = NULL
         WHERE id IN (SELECT value ->> 0 FROM json_each($1))")
    .on_postgres(
        "UPDATE mail_message SET state = 'queued', last_error = NULL, next_attempt_at = $2, sent_at = NULL
         WHERE id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))",
    )
    .bind(Rows::of(ids.iter().copied()).to_json())
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// The mail log of a scope; `None`: of the whole installation.
pub async fn list_mail_messages(
    on: impl Into<On<'_>>,
    scope_id: Option<i64>,
    state: Option<&str>,
    list: &List,
) -> Result<Slice<MailMessage>, sqlx::Error> {
    let bind = |query: Query| query.bind(state.map(str::to_owned)).bind(list.pattern());
    match scope_id {
        None => list.fetch(MAILS, bind, on).await,
        Some(id) => list.fetch(MAILS_OF_SCOPE, |query| bind(query).bind(id), on).await,
    }
}

pub async fn count_mail_messages(
    on: impl Into<On<'_>>,
    scope_id: Option<i64>,
    state: Option<&str>,
    list: &List,
) -> Result<Total, sqlx::Error> {
    let count = sql("SELECT COUNT(*) FROM (SELECT 1 FROM mail_message
         WHERE (CAST($1 AS BIGINT) IS NULL OR scope_id = $1) AND (CAST($2 AS TEXT) IS NULL OR state = $2)
           AND ($3 = '%' OR folded_text LIKE $3 ESCAPE '!'
                OR lower(replace(last_error, 'I', 'i')) LIKE $3 ESCAPE '!') LIMIT $4) counted")
    .bind(scope_id)
    .bind(state.map(str::to_owned))
    .bind(list.pattern());
    Total::fetch(count, on).await
}

/// Counts an attempt that begins now.
pub async fn note_mail_attempt(tx: &mut Tx, id: i64) -> Result<(), sqlx::Error> {
    sql("UPDATE mail_message SET attempts = attempts + 1 WHERE id = $1").bind(id).execute(tx).await.map(drop)
}

/// Stores the new state of a message. `error`: why it is not sent.
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

pub async fn delete_old_mail_messages(tx: &mut Tx, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM mail_message WHERE id IN (SELECT id FROM mail_message
             WHERE created_at < $1 AND state <> 'queued' ORDER BY created_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}

/// The kinds of mail that a person refuses.
pub async fn list_mail_refusals(on: impl Into<On<'_>>, user_id: i64) -> Result<Vec<String>, sqlx::Error> {
    let rows: Vec<(String,)> = sql("SELECT kind FROM mail_refusal WHERE user_id = $1 ORDER BY kind")
        .bind(user_id)
        .fetch_all(on)
        .await?;
    Ok(rows.into_iter().map(|(kind,)| kind).collect())
}

/// The email addresses, among those given, whose person refuses this kind of mail.
pub async fn list_refusing(
    on: impl Into<On<'_>>,
    emails: impl IntoIterator<Item = &str>,
    kind: &str,
) -> Result<Vec<(String,)>, sqlx::Error> {
    sql("SELECT u.email FROM mail_refusal r JOIN user_account u ON u.id = r.user_id
         WHERE r.kind = $2 AND u.email IN (SELECT value ->> 0 FROM json_each($1))")
    .on_postgres(
        "SELECT u.email FROM mail_refusal r JOIN user_account u ON u.id = r.user_id
         WHERE r.kind = $2
             AND u.email IN (SELECT value ->> 0 FROM jsonb_array_elements($1::jsonb) AS rows (value))",
    )
    .bind(Rows::of(emails).to_json())
    .bind(kind)
    .fetch_all(on)
    .await
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
