//! `execution` and `execution_counter`: one run of tests, its state and its counts. Lists are in
//! [`super::execution_list`].

use testkeep_domain::text::fold;

use crate::on::On;
use crate::{Time, Tx, sql};

/// What a client says about a run.
#[derive(Clone, Debug, Default)]
pub struct About {
    pub name: String,
    pub build: Option<String>,
    pub build_url: Option<String>,
    pub branch: Option<String>,
    pub commit: Option<String>,
    pub environment: Option<String>,
}

impl About {
    fn folded(&self) -> String {
        let parts = [&self.build, &self.branch, &self.commit, &self.environment];
        let parts = parts.into_iter().flatten().map(String::as_str);
        fold(&std::iter::once(self.name.as_str()).chain(parts).collect::<Vec<_>>().join(" "))
    }
}

/// An execution that begins.
#[derive(Clone, Debug)]
pub struct NewExecution<'a> {
    pub project_id: i64,
    pub user_id: Option<i64>,
    pub state: &'a str,
    pub upload_key: Option<&'a str>,
    pub session_key: Option<&'a str>,
    pub about: &'a About,
}

/// The key of an execution, as clients use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Numbered {
    pub id: i64,
    pub number: i64,
}

/// Locks the executions of a project until the transaction ends. Returns the highest number so far.
pub async fn lock_executions(tx: &mut Tx, project_id: i64) -> Result<i64, sqlx::Error> {
    let (last,): (i64,) = sql("INSERT INTO execution_counter (project_id, last_number) VALUES ($1, 0)
         ON CONFLICT (project_id) DO UPDATE SET last_number = execution_counter.last_number RETURNING last_number")
    .bind(project_id)
    .fetch_one(tx)
    .await?;
    Ok(last)
}

/// Creates an execution with the next number. Call [`lock_executions`] before.
///
/// # Errors
/// A unique violation when the project has an execution with this upload key.
pub async fn create_execution(
    tx: &mut Tx,
    new: NewExecution<'_>,
    now: Time,
) -> Result<Numbered, sqlx::Error> {
    let (number,): (i64,) =
        sql("UPDATE execution_counter SET last_number = last_number + 1 WHERE project_id = $1 RETURNING last_number")
            .bind(new.project_id)
            .fetch_one(&mut *tx)
            .await?;
    let about = new.about;
    sql("INSERT INTO execution (project_id, number, name, folded_text, state, upload_key, session_key, user_id, build,
                                build_url, branch, commit_hash, environment, created_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) RETURNING id, number")
    .bind(new.project_id)
    .bind(number)
    .bind(about.name.as_str())
    .bind(about.folded())
    .bind(new.state)
    .bind(new.upload_key.map(str::to_owned))
    .bind(new.session_key.map(str::to_owned))
    .bind(new.user_id)
    .bind(about.build.clone())
    .bind(about.build_url.clone())
    .bind(about.branch.clone())
    .bind(about.commit.clone())
    .bind(about.environment.clone())
    .bind(now)
    .fetch_one(tx)
    .await
}

/// Replaces what is known about a run.
pub async fn update_about(tx: &mut Tx, id: i64, about: &About) -> Result<(), sqlx::Error> {
    sql("UPDATE execution SET name = $2, folded_text = $3, build = $4, build_url = $5, branch = $6, commit_hash = $7,
                environment = $8 WHERE id = $1")
    .bind(id)
    .bind(about.name.as_str())
    .bind(about.folded())
    .bind(about.build.clone())
    .bind(about.build_url.clone())
    .bind(about.branch.clone())
    .bind(about.commit.clone())
    .bind(about.environment.clone())
    .execute(tx)
    .await
    .map(drop)
}

#[derive(sqlx::FromRow)]
struct AboutRow {
    name: String,
    build: Option<String>,
    build_url: Option<String>,
    branch: Option<String>,
    commit_hash: Option<String>,
    environment: Option<String>,
    is_batch: i64,
}

/// What is known about a run, and whether it was uploaded as a batch of files (client protocol, section 3).
pub async fn find_about(on: impl Into<On<'_>>, id: i64) -> Result<Option<(About, bool)>, sqlx::Error> {
    let row: Option<AboutRow> = sql("SELECT name, build, build_url, branch, commit_hash, environment,
                CAST(CASE WHEN upload_key LIKE 'batch %' THEN 1 ELSE 0 END AS BIGINT) AS is_batch
         FROM execution WHERE id = $1")
    .bind(id)
    .fetch_optional(on)
    .await?;
    Ok(row.map(|row| {
        let AboutRow { name, build, build_url, branch, commit_hash: commit, environment, is_batch } = row;
        (About { name, build, build_url, branch, commit, environment }, is_batch == 1)
    }))
}

pub async fn update_session_key(tx: &mut Tx, id: i64, session_key: &str) -> Result<(), sqlx::Error> {
    sql("UPDATE execution SET session_key = $2 WHERE id = $1")
        .bind(id)
        .bind(session_key)
        .execute(tx)
        .await
        .map(drop)
}

/// The executions of a session that have progress and no file.
pub async fn list_live_of_session(
    tx: &mut Tx,
    project_id: i64,
    session_key: &str,
) -> Result<Vec<i64>, sqlx::Error> {
    let rows: Vec<(i64,)> = sql("SELECT e.id FROM execution e
         WHERE e.project_id = $1 AND e.session_key = $2 AND e.session_key IS NOT NULL AND e.upload_key IS NULL
           AND e.state <> 'deleting' AND NOT EXISTS (SELECT 1 FROM execution_file f WHERE f.execution_id = e.id)
         ORDER BY e.id")
    .bind(project_id)
    .bind(session_key)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The execution that an earlier upload with this key began.
pub async fn find_execution_by_key(
    on: impl Into<On<'_>>,
    project_id: i64,
    upload_key: &str,
) -> Result<Option<Numbered>, sqlx::Error> {
    sql("SELECT id, number FROM execution WHERE project_id = $1 AND upload_key = $2 AND upload_key IS NOT NULL")
        .bind(project_id)
        .bind(upload_key)
        .fetch_optional(on)
        .await
}

/// The newest execution of this session that still runs.
pub async fn find_running_by_session(
    on: impl Into<On<'_>>,
    project_id: i64,
    session_key: &str,
) -> Result<Option<Numbered>, sqlx::Error> {
    sql("SELECT id, number FROM execution WHERE project_id = $1 AND session_key = $2 AND session_key IS NOT NULL
         AND state = 'running' ORDER BY id DESC LIMIT 1")
    .bind(project_id)
    .bind(session_key)
    .fetch_optional(on)
    .await
}

/// The project and the state of an execution.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ExecutionState {
    pub id: i64,
    pub project_id: i64,
    pub number: i64,
    pub name: String,
    pub state: String,
    pub texts: Option<String>,
    pub reading: i64,
    pub created_at: Time,
}

pub async fn find_execution_state(
    on: impl Into<On<'_>>,
    id: i64,
) -> Result<Option<ExecutionState>, sqlx::Error> {
    sql("SELECT id, project_id, number, name, state, texts, reading, created_at FROM execution WHERE id = $1")
        .bind(id)
        .fetch_optional(on)
        .await
}

pub async fn update_execution_state(tx: &mut Tx, id: i64, state: &str, now: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE execution SET state = $2, changed_at = $3 WHERE id = $1")
        .bind(id)
        .bind(state)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// Begins a reading. The counts stay until the results of the reading before are deleted. Returns the number of the
/// reading; `None`: the execution no longer exists, or it is being deleted.
pub async fn begin_reading(tx: &mut Tx, id: i64, texts: &str, now: Time) -> Result<Option<i64>, sqlx::Error> {
    let row: Option<(i64,)> =
        sql("UPDATE execution SET state = 'reading', notes = '[]', format = NULL, run_errors = 0, started_at = NULL,
                finished_at = NULL, duration_ms = NULL, texts = $2, reading = reading + 1, changed_at = $3
             WHERE id = $1 AND state <> 'deleting' RETURNING reading")
            .bind(id)
            .bind(texts)
            .bind(now)
            .fetch_optional(tx)
            .await?;
    Ok(row.map(|(reading,)| reading))
}

/// Numbers of results, added to the counts of an execution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: i64,
    pub failed: i64,
    pub errored: i64,
    pub skipped: i64,
    pub other: i64,
    pub flaky: i64,
    pub run_errors: i64,
    pub newly_failing: i64,
    pub fixed: i64,
}

/// Returns `false` when another reading has begun: then nothing may be written.
pub async fn add_counts(
    tx: &mut Tx,
    id: i64,
    reading: i64,
    add: &Counts,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let changed =
        sql("UPDATE execution SET passed = passed + $3, failed = failed + $4, errored = errored + $5,
                skipped = skipped + $6, other = other + $7, flaky = flaky + $8, run_errors = run_errors + $9,
                newly_failing = newly_failing + $10, fixed = fixed + $11, changed_at = $12
         WHERE id = $1 AND reading = $2 AND state IN ('reading', 'running')")
        .bind(id)
        .bind(reading)
        .bind(add.passed)
        .bind(add.failed)
        .bind(add.errored)
        .bind(add.skipped)
        .bind(add.other)
        .bind(add.flaky)
        .bind(add.run_errors)
        .bind(add.newly_failing)
        .bind(add.fixed)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(changed == 1)
}

/// For results that were deleted.
pub async fn subtract_counts(tx: &mut Tx, id: i64, less: &Counts) -> Result<(), sqlx::Error> {
    sql("UPDATE execution SET passed = passed - $2, failed = failed - $3, errored = errored - $4, skipped = skipped - $5,
                other = other - $6, flaky = flaky - $7, newly_failing = newly_failing - $8, fixed = fixed - $9
         WHERE id = $1")
    .bind(id)
    .bind(less.passed)
    .bind(less.failed)
    .bind(less.errored)
    .bind(less.skipped)
    .bind(less.other)
    .bind(less.flaky)
    .bind(less.newly_failing)
    .bind(less.fixed)
    .execute(tx)
    .await
    .map(drop)
}

/// The end of a reading.
#[derive(Clone, Debug, Default)]
pub struct ReadEnd<'a> {
    /// `done` or `unreadable`.
    pub state: &'a str,
    pub format: Option<&'a str>,
    /// JSON: sentences for people.
    pub notes: &'a str,
    pub started_at: Option<Time>,
    pub finished_at: Option<Time>,
    pub duration_ms: Option<i64>,
}

pub async fn end_reading(
    tx: &mut Tx,
    id: i64,
    reading: i64,
    end: ReadEnd<'_>,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let changed =
        sql("UPDATE execution SET state = $3, format = $4, notes = $5, started_at = $6, finished_at = $7,
                duration_ms = $8, changed_at = $9
         WHERE id = $1 AND reading = $2 AND state = 'reading'")
        .bind(id)
        .bind(reading)
        .bind(end.state)
        .bind(end.format.map(str::to_owned))
        .bind(end.notes)
        .bind(end.started_at)
        .bind(end.finished_at)
        .bind(end.duration_ms)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(changed == 1)
}

/// Executions in this state that have not changed since `before`, oldest first.
pub async fn list_silent_executions(
    on: impl Into<On<'_>>,
    state: &str,
    before: Time,
    limit: i64,
) -> Result<Vec<ExecutionState>, sqlx::Error> {
    sql("SELECT id, project_id, number, name, state, texts, reading, created_at FROM execution
         WHERE state = $1 AND state IN ('waiting', 'reading', 'running') AND changed_at < $2 ORDER BY changed_at LIMIT $3")
    .bind(state)
    .bind(before)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// The row alone. Its results and files must be deleted before, in pieces.
pub async fn delete_execution(tx: &mut Tx, id: i64) -> Result<(), sqlx::Error> {
    sql("DELETE FROM execution WHERE id = $1").bind(id).execute(tx).await.map(drop)
}
