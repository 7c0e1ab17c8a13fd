//! The files of the embedded database: checks that they are whole and belong together, and copies them while in use.
//!
//! A database in use has two files: the last writes are in `…-wal` and move to the main file from time to time. Copying
//! or restoring only one of them gives a database that looks correct but is not. Must never change a file that fails
//! its checks.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};

pub(crate) mod files;

use crate::Trouble;

/// A problem of the files, and what to do; text for admins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FileProblem(pub(crate) String);

/// Steps of SQLite between two checks of the time limit.
const STEPS: i32 = 10_000;

/// Checks the files before their first use: none may be missing, damaged or of another database. Stops after `limit`;
/// a large database is then checked in part.
///
/// # Errors
/// A file fails a check; the database must not be used.
pub async fn examine(file: &Path, limit: Duration) -> Result<(), FileProblem> {
    let owned = file.to_owned();
    let looked = tokio::task::spawn_blocking(move || files::check(&owned)).await;
    looked.map_err(|error| FileProblem(format!("{}: {error}", file.display())))??;
    if !file.exists() {
        return Ok(());
    }
    match quick_check(file, limit).await {
        Ok(None) => Ok(()),
        Ok(Some(words)) => Err(damaged(file, &words)),
        Err(error) if Trouble::of(&error) == Some(Trouble::Damaged) => Err(damaged(file, &error.to_string())),
        Err(error) if Trouble::of(&error) == Some(Trouble::Busy) => {
            tracing::info!(seconds = limit.as_secs(), "the database is large; its check was ended early");
            Ok(())
        }
        // The next step opens the database and reports this problem in more detail.
        Err(error) => {
            tracing::warn!(%error, "the database could not be checked");
            Ok(())
        }
    }
}

/// Checks, before the files are opened, that each is a regular file or missing.
///
/// # Errors
/// One is a folder, a pipe or a device.
pub async fn require_regular(file: &Path) -> Result<(), FileProblem> {
    let owned = file.to_owned();
    let looked = tokio::task::spawn_blocking(move || files::require_regular(&owned)).await;
    looked.map_err(|error| FileProblem(format!("{}: {error}", file.display())))?
}

fn damaged(file: &Path, words: &str) -> FileProblem {
    FileProblem(format!(
        "The database {} is damaged ({words}). Nothing was changed. Keep a copy of the whole folder, then restore a backup: \
         put its file in place of this one and remove the files of the same name that end in -wal and -shm.",
        file.display()
    ))
}

/// The first fault that SQLite finds, if any. The error is [`Trouble::Busy`] when `limit` has passed.
async fn quick_check(file: &Path, limit: Duration) -> Result<Option<String>, sqlx::Error> {
    let mut connection = SqliteConnectOptions::new().filename(file).read_only(true).connect().await?;
    let until = Instant::now() + limit;
    connection.lock_handle().await?.set_progress_handler(STEPS, move || Instant::now() < until);
    let found = sqlx::raw_sql("PRAGMA quick_check(1)").fetch_one(&mut connection).await;
    connection.close().await?;
    let words: String = found?.try_get(0)?;
    Ok((words != "ok").then_some(words))
}

#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error("There is no database {0}. Start the server once, or correct --config.")]
    Missing(String),
    #[error("{0} exists already. Name a file that does not: a copy never replaces anything.")]
    Exists(String),
    #[error("{file} cannot be written: {error}. Check the folder, its rights and its free space.")]
    Write { file: String, error: std::io::Error },
    #[error(
        "The database could not be copied: {0}. Check free space at both places; nothing is left at the target."
    )]
    Database(#[from] sqlx::Error),
    #[error("The copy is not whole ({0}), so it was removed. Check both disks.")]
    NotWhole(String),
}

/// Copies the database, as it is at one moment, into one file; returns the bytes. A server may use the database
/// meanwhile.
///
/// # Errors
/// There is no database, the target exists or cannot be written, or the copy is not whole. Nothing is left at the
/// target then.
pub async fn copy(file: &Path, target: &Path) -> Result<u64, CopyError> {
    if !file.is_file() {
        return Err(CopyError::Missing(file.display().to_string()));
    }
    if target.exists() {
        return Err(CopyError::Exists(target.display().to_string()));
    }
    let unfinished = unfinished(target);
    let write = |error| CopyError::Write { file: target.display().to_string(), error };
    // Created first, readable by its owner only: the copy holds the same secrets as the original.
    create_private(&unfinished).map_err(write)?;
    let copied = copy_to(file, &unfinished).await;
    let placed = match copied {
        Ok(bytes) => place(&unfinished, target).map(|()| bytes),
        Err(error) => Err(error),
    };
    let _removed = std::fs::remove_file(&unfinished);
    placed
}

/// Moves the finished copy to its name. A hard link does not replace a file that was created meanwhile, a rename does.
/// The rename is for file systems without links.
fn place(unfinished: &Path, target: &Path) -> Result<(), CopyError> {
    let shown = || target.display().to_string();
    match std::fs::hard_link(unfinished, target) {
        Ok(()) => Ok(()),
        Err(_) if target.exists() => Err(CopyError::Exists(shown())),
        Err(_) => {
            std::fs::rename(unfinished, target).map_err(|error| CopyError::Write { file: shown(), error })
        }
    }
}

fn unfinished(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    target.with_file_name(name)
}

fn create_private(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

async fn copy_to(file: &Path, target: &Path) -> Result<u64, CopyError> {
    let options = SqliteConnectOptions::new().filename(file).busy_timeout(Duration::from_secs(30));
    let mut connection = options.read_only(true).connect().await?;
    let name = target.display().to_string();
    let copied = sqlx::query("VACUUM INTO $1").bind(name.clone()).execute(&mut connection).await;
    connection.close().await?;
    copied?;
    give_own_mark(target).await?;
    if let Some(words) = quick_check(target, Duration::from_mins(10)).await? {
        return Err(CopyError::NotWhole(words));
    }
    let file = std::fs::OpenOptions::new().write(true).open(target);
    let synced = file.and_then(|file| file.sync_all().and_then(|()| file.metadata()));
    Ok(synced.map_err(|error| CopyError::Write { file: name, error })?.len())
}

/// The pages of a copy are in another order, so a log of last writes of the original must never be used with it.
/// Another mark prevents that.
async fn give_own_mark(copy: &Path) -> Result<(), sqlx::Error> {
    let mut connection = SqliteConnectOptions::new().filename(copy).connect().await?;
    let text = format!("PRAGMA application_id = 0; PRAGMA user_version = {}", new_mark()?);
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await?;
    connection.close().await
}

/// A random mark; never 0, because 0 means no mark.
pub(crate) fn new_mark() -> Result<u32, sqlx::Error> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))?;
    Ok((u32::from_ne_bytes(bytes) >> 1).max(1))
}
