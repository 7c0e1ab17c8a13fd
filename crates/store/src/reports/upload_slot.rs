//! `upload_slot`: places for files that clients send before they say what the files are.

use crate::on::On;
use crate::rows::{Rows, bytes};
use crate::{Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct UploadSlot {
    pub id: i64,
    pub project_id: i64,
    /// `None`: the file has not arrived.
    pub place: Option<String>,
    pub size: i64,
    pub hash: String,
    pub file_id: Option<i64>,
}

/// Creates a slot for each token hash.
pub async fn create_slots(
    tx: &mut Tx,
    project_id: i64,
    user_id: i64,
    token_hashes: &[[u8; 32]],
    now: Time,
    expires_at: Time,
) -> Result<(), sqlx::Error> {
    let mut rows = Rows::default();
    for hash in token_hashes {
        rows.push([bytes(hash)]);
    }
    sql("INSERT INTO upload_slot (project_id, user_id, token_hash, created_at, expires_at)
         SELECT $1, $2, unhex(value ->> 0), $4, $5 FROM json_each($3)")
    .on_postgres(
        "INSERT INTO upload_slot (project_id, user_id, token_hash, created_at, expires_at)
         SELECT $1, $2, decode(value ->> 0, 'hex'), $4, $5 FROM jsonb_array_elements($3::jsonb) AS rows (value)",
    )
    .bind(project_id)
    .bind(user_id)
    .bind(rows.to_json())
    .bind(now)
    .bind(expires_at)
    .execute(tx)
    .await
    .map(drop)
}

/// A slot that has not expired.
pub async fn find_slot(
    on: impl Into<On<'_>>,
    token_hash: &[u8],
    now: Time,
) -> Result<Option<UploadSlot>, sqlx::Error> {
    sql("SELECT id, project_id, place, size, hash, file_id FROM upload_slot WHERE token_hash = $1 AND expires_at > $2")
        .bind(token_hash)
        .bind(now)
        .fetch_optional(on)
        .await
}

/// The execution of a file, and how many of its files have not arrived.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Arrival {
    pub execution_id: i64,
    pub state: String,
    pub missing: i64,
}

pub async fn find_arrival(tx: &mut Tx, file_id: i64) -> Result<Option<Arrival>, sqlx::Error> {
    sql("SELECT e.id AS execution_id, e.state,
                (SELECT COUNT(*) FROM execution_file m WHERE m.execution_id = e.id AND m.place = '') AS missing
         FROM execution_file f JOIN execution e ON e.id = f.execution_id WHERE f.id = $1")
    .bind(file_id)
    .fetch_optional(tx)
    .await
}

/// Number of files of an execution that have not arrived.
pub async fn count_missing(tx: &mut Tx, execution_id: i64) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) =
        sql("SELECT COUNT(*) FROM execution_file f WHERE f.execution_id = $1 AND f.place = ''")
            .bind(execution_id)
            .fetch_one(tx)
            .await?;
    Ok(count)
}

pub async fn fill_slot(tx: &mut Tx, id: i64, place: &str, size: i64, hash: &str) -> Result<(), sqlx::Error> {
    sql("UPDATE upload_slot SET place = $2, size = $3, hash = $4 WHERE id = $1")
        .bind(id)
        .bind(place)
        .bind(size)
        .bind(hash)
        .execute(&mut *tx)
        .await?;
    // The file was registered before it arrived.
    sql("UPDATE execution_file SET place = $2, size = $3, hash = $4
         WHERE id = (SELECT s.file_id FROM upload_slot s WHERE s.id = $1)")
    .bind(id)
    .bind(place)
    .bind(size)
    .bind(hash)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn use_slot(tx: &mut Tx, id: i64, file_id: i64) -> Result<(), sqlx::Error> {
    sql("UPDATE upload_slot SET file_id = $2 WHERE id = $1")
        .bind(id)
        .bind(file_id)
        .execute(tx)
        .await
        .map(drop)
}

/// The file that the upload of a slot became.
pub async fn find_file_of_slot(tx: &mut Tx, id: i64) -> Result<Option<i64>, sqlx::Error> {
    let row: Option<(Option<i64>,)> =
        sql("SELECT file_id FROM upload_slot WHERE id = $1").bind(id).fetch_optional(tx).await?;
    Ok(row.and_then(|(file_id,)| file_id))
}

pub async fn list_expired_slots(
    on: impl Into<On<'_>>,
    before: Time,
    limit: i64,
) -> Result<Vec<UploadSlot>, sqlx::Error> {
    sql("SELECT id, project_id, place, size, hash, file_id FROM upload_slot
         WHERE expires_at < $1 ORDER BY expires_at LIMIT $2")
    .bind(before)
    .bind(limit)
    .fetch_all(on)
    .await
}

pub async fn delete_slot(tx: &mut Tx, id: i64) -> Result<(), sqlx::Error> {
    sql("DELETE FROM upload_slot WHERE id = $1").bind(id).execute(tx).await.map(drop)
}
