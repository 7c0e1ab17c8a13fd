//! `execution_file`: the files of executions. Their content is stored elsewhere, at `place`.

use crate::on::On;
use crate::rows::Rows;
use crate::{Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ExecutionFile {
    pub id: i64,
    pub execution_id: i64,
    pub name: String,
    pub media_type: String,
    pub size: i64,
    pub hash: String,
    pub place: String,
    pub kind: String,
}

#[derive(Clone, Debug)]
pub struct NewFile<'a> {
    pub execution_id: i64,
    pub name: &'a str,
    pub media_type: &'a str,
    pub size: i64,
    /// SHA-256, hexadecimal.
    pub hash: &'a str,
    pub place: &'a str,
    pub kind: &'a str,
}

pub async fn create_file(tx: &mut Tx, new: NewFile<'_>) -> Result<i64, sqlx::Error> {
    let (id,): (i64,) =
        sql("INSERT INTO execution_file (execution_id, name, media_type, size, hash, place, kind)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id")
        .bind(new.execution_id)
        .bind(new.name)
        .bind(new.media_type)
        .bind(new.size)
        .bind(new.hash)
        .bind(new.place)
        .bind(new.kind)
        .fetch_one(tx)
        .await?;
    Ok(id)
}

/// Files after the id `after`, in the order in which they arrived.
pub async fn list_files(
    on: impl Into<On<'_>>,
    execution_id: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<ExecutionFile>, sqlx::Error> {
    sql("SELECT id, execution_id, name, media_type, size, hash, place, kind FROM execution_file
         WHERE execution_id = $1 AND id > $2 ORDER BY id LIMIT $3")
    .bind(execution_id)
    .bind(after)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// A file, with its project.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FileOfProject {
    pub project_id: i64,
    pub name: String,
    pub media_type: String,
    pub size: i64,
    pub place: String,
}

pub async fn find_file(on: impl Into<On<'_>>, id: i64) -> Result<Option<FileOfProject>, sqlx::Error> {
    sql("SELECT e.project_id, f.name, f.media_type, f.size, f.place
         FROM execution_file f JOIN execution e ON e.id = f.execution_id WHERE f.id = $1 AND e.state <> 'deleting'")
    .bind(id)
    .fetch_optional(on)
    .await
}

pub async fn update_file_kind(tx: &mut Tx, id: i64, kind: &str) -> Result<(), sqlx::Error> {
    sql("UPDATE execution_file SET kind = $2 WHERE id = $1").bind(id).bind(kind).execute(tx).await.map(drop)
}

/// Bytes of all files of a project.
pub async fn sum_sizes(on: impl Into<On<'_>>, project_id: i64) -> Result<i64, sqlx::Error> {
    let (sum,): (i64,) = sql("SELECT CAST(COALESCE(SUM(f.size), 0) AS BIGINT) FROM execution e
         JOIN execution_file f ON f.execution_id = e.id WHERE e.project_id = $1")
    .bind(project_id)
    .fetch_one(on)
    .await?;
    Ok(sum)
}

/// Deletes the rows with these ids.
pub async fn delete_files(tx: &mut Tx, ids: &Rows) -> Result<(), sqlx::Error> {
    sql("DELETE FROM execution_file WHERE id IN (SELECT value ->> 0 FROM json_each($1))")
        .on_postgres(
            "DELETE FROM execution_file
             WHERE id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))",
        )
        .bind(ids.to_json())
        .execute(tx)
        .await
        .map(drop)
}
