//! Fills the `folded_…` columns of rows that were written before these columns existed. SQL cannot fold text.
//!
//! Works in parts of [`PART`] rows and commits each part, so an interrupted start continues where it stopped. On
//! PostgreSQL the lock of the migrations lets one server at a time do this. Names and email addresses must be folded
//! before the first request, because they decide uniqueness. Text that is only searched may be folded later.

use testkeep_domain::account::EmailAddress;
use testkeep_domain::text::fold;

use crate::audit::{create_audit_event_texts, list_audit_events_without_text};
use crate::mail::folded_text;
use crate::migrate::{LOCK, run};
use crate::people::user::{copy_to_members, copy_to_removed_members, folded_name};
use crate::query::Query;
use crate::{Db, Tx, sql};

/// Rows of each table in one transaction.
const PART: i64 = 500;

/// A row and its texts.
type Row = (i64, String, String);

/// Folds names of people, scopes and groups, and email addresses. Returns how many rows were folded.
pub async fn fold_names(db: &Db) -> Result<u64, sqlx::Error> {
    let mut rows = 0;
    loop {
        let mut tx = begin(db).await?;
        let part = fold_people(&mut tx).await?
            + fold_places(&mut tx).await?
            + fold_groups(&mut tx).await?
            + fold_invitations(&mut tx).await?;
        tx.commit().await?;
        rows += part;
        if part == 0 {
            return Ok(rows);
        }
    }
}

/// Folds mails, audit events, machines and offline licenses. Returns how many rows were folded.
pub async fn fold_texts(db: &Db) -> Result<u64, sqlx::Error> {
    let mut rows = 0;
    loop {
        let mut tx = begin(db).await?;
        let part = fold_mails(&mut tx).await? + fold_events(&mut tx).await? + fold_licenses(&mut tx).await?;
        tx.commit().await?;
        rows += part;
        if part == 0 {
            return Ok(rows);
        }
    }
}

async fn begin(db: &Db) -> Result<Tx, sqlx::Error> {
    let mut tx = db.begin().await?;
    if matches!(tx, Tx::Postgres(..)) {
        run(&mut tx, LOCK).await?;
    }
    Ok(tx)
}

/// Also writes each email address in its one spelling, unless another person already has that address.
async fn fold_people(tx: &mut Tx) -> Result<u64, sqlx::Error> {
    let rows: Vec<(i64, String, String, String)> =
        sql("SELECT id, email, first_name, last_name FROM user_account
             WHERE folded_name IS NULL OR folded_email IS NULL ORDER BY id LIMIT $1")
        .bind(PART)
        .fetch_all(&mut *tx)
        .await?;
    for (id, email, first_name, last_name) in &rows {
        let spelled = spelled(email);
        sql("UPDATE user_account SET folded_name = $2, folded_email = $3,
                 email = CASE WHEN EXISTS (SELECT 1 FROM user_account o WHERE o.email = $4 AND o.id <> $1)
                              THEN email ELSE $4 END
             WHERE id = $1")
        .bind(*id)
        .bind(folded_name(first_name, last_name))
        .bind(fold(email))
        .bind(spelled)
        .execute(&mut *tx)
        .await?;
        copy_to_members(tx, *id).await?;
        copy_to_removed_members(tx, *id).await?;
    }
    Ok(rows.len() as u64)
}

/// The one spelling of an email address. Text that is not a valid address is returned unchanged.
fn spelled(email: &str) -> String {
    EmailAddress::of_sign_in(email).map_or_else(|_| email.to_owned(), Into::into)
}

/// When two names become equal by folding, the later scope keeps its name, and its folded name gets a mark at the end.
async fn fold_places(tx: &mut Tx) -> Result<u64, sqlx::Error> {
    let rows: Vec<Row> = sql("SELECT id, name, description FROM scope
         WHERE folded_name IS NULL OR folded_description IS NULL ORDER BY id LIMIT $1")
    .bind(PART)
    .fetch_all(&mut *tx)
    .await?;
    for (id, name, description) in &rows {
        sql("UPDATE scope SET folded_description = $4, folded_name = CASE WHEN EXISTS (
                 SELECT 1 FROM scope o WHERE o.id <> scope.id AND o.level = scope.level
                   AND COALESCE(o.organization_id, 0) = COALESCE(scope.organization_id, 0)
                   AND COALESCE(o.team_id, 0) = COALESCE(scope.team_id, 0) AND o.folded_name = $2)
                 THEN $3 ELSE $2 END
             WHERE id = $1")
        .bind(*id)
        .bind(fold(name))
        .bind(marked(name, *id))
        .bind(fold(description))
        .execute(tx)
        .await?;
    }
    Ok(rows.len() as u64)
}

async fn fold_groups(tx: &mut Tx) -> Result<u64, sqlx::Error> {
    let rows: Vec<Row> = sql("SELECT id, name, description FROM user_group
         WHERE folded_name IS NULL OR folded_description IS NULL ORDER BY id LIMIT $1")
    .bind(PART)
    .fetch_all(&mut *tx)
    .await?;
    for (id, name, description) in &rows {
        sql("UPDATE user_group SET folded_description = $4, folded_name = CASE WHEN EXISTS (
                 SELECT 1 FROM user_group o WHERE o.id <> user_group.id
                   AND o.organization_id = user_group.organization_id AND o.folded_name = $2)
                 THEN $3 ELSE $2 END
             WHERE id = $1")
        .bind(*id)
        .bind(fold(name))
        .bind(marked(name, *id))
        .bind(fold(description))
        .execute(tx)
        .await?;
    }
    Ok(rows.len() as u64)
}

/// The folded name with the id behind a control character that no name contains, so it is unique.
fn marked(name: &str, id: i64) -> String {
    format!("{}\u{1}{id}", fold(name))
}

async fn fold_invitations(tx: &mut Tx) -> Result<u64, sqlx::Error> {
    let rows: Vec<(i64, String)> =
        sql("SELECT id, email FROM invitation WHERE folded_email IS NULL ORDER BY id LIMIT $1")
            .bind(PART)
            .fetch_all(&mut *tx)
            .await?;
    for (id, email) in &rows {
        sql("UPDATE invitation SET folded_email = $2,
                 email = CASE WHEN EXISTS (SELECT 1 FROM invitation o WHERE o.email = $3 AND o.id <> $1
                                           AND o.scope_id = invitation.scope_id) THEN email ELSE $3 END
             WHERE id = $1")
        .bind(*id)
        .bind(fold(email))
        .bind(spelled(email))
        .execute(tx)
        .await?;
    }
    Ok(rows.len() as u64)
}

async fn fold_mails(tx: &mut Tx) -> Result<u64, sqlx::Error> {
    let rows: Vec<Row> = sql("SELECT id, recipient, subject FROM mail_message WHERE folded_text IS NULL
         ORDER BY id LIMIT $1")
    .bind(PART)
    .fetch_all(&mut *tx)
    .await?;
    for (id, recipient, subject) in &rows {
        sql("UPDATE mail_message SET folded_text = $2 WHERE id = $1")
            .bind(*id)
            .bind(folded_text(recipient, subject))
            .execute(tx)
            .await?;
    }
    Ok(rows.len() as u64)
}

async fn fold_events(tx: &mut Tx) -> Result<u64, sqlx::Error> {
    let events = list_audit_events_without_text(&mut *tx, PART).await?;
    create_audit_event_texts(tx, &events).await?;
    Ok(events.len() as u64)
}

async fn fold_licenses(tx: &mut Tx) -> Result<u64, sqlx::Error> {
    let machines =
        sql("SELECT id, hostname FROM license_machine WHERE folded_hostname IS NULL ORDER BY id LIMIT $1");
    let update = || sql("UPDATE license_machine SET folded_hostname = $2 WHERE id = $1");
    let folded = fold_one_text(tx, machines, update).await?;
    let files =
        sql("SELECT id, holder FROM license_offline WHERE folded_holder IS NULL ORDER BY id LIMIT $1");
    let update = || sql("UPDATE license_offline SET folded_holder = $2 WHERE id = $1");
    Ok(folded + fold_one_text(tx, files, update).await?)
}

/// `rows` selects ids and texts; `update` writes the folded text of an id.
async fn fold_one_text(tx: &mut Tx, rows: Query, update: impl Fn() -> Query) -> Result<u64, sqlx::Error> {
    let rows: Vec<(i64, String)> = rows.bind(PART).fetch_all(&mut *tx).await?;
    for (id, text) in &rows {
        update().bind(*id).bind(fold(text)).execute(tx).await?;
    }
    Ok(rows.len() as u64)
}
