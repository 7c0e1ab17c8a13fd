//! Whether this server can do its work: its database answers and takes writes.
//!
//! Tested by a small real write on request, at most once a second, so that requests cannot keep the disk busy. Must never
//! write without a request.

use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use testkeep_store::{Db, StoreError, Trouble, setting};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::App;
use crate::http::error::words;

/// An answer is good for so long.
const FRESH: Duration = Duration::from_secs(1);
/// A write that takes longer waits for others, or for an answer that does not come.
const WITHIN: Duration = Duration::from_secs(5);
/// More than what a full disk may still have in the last block of some file.
const BYTES: usize = 256 * 1024;
/// Names the row that is written.
const SETTING: &str = "readiness";

type Answer = Result<(), &'static str>;

#[derive(Debug, Default)]
pub struct Readiness {
    /// The last answer and when it was found.
    last: Mutex<Option<(Instant, Answer)>>,
    /// A request or a job failed because of the database, and no write has succeeded since.
    in_doubt: AtomicBool,
}

impl Readiness {
    /// For a failure that the database may have caused. Cheap; the next [`trouble`] tests whether it lasts.
    pub(crate) fn doubt(&self) {
        self.in_doubt.store(true, Ordering::Relaxed);
    }
}

/// What keeps the server from writing, in words for people. Writes nothing unless something failed before.
pub(crate) async fn trouble(app: &App) -> Option<&'static str> {
    if !app.readiness.in_doubt.load(Ordering::Relaxed) {
        return None;
    }
    check(app).await.err()
}

/// # Errors
/// The problem, in words for people.
pub(crate) async fn check(app: &App) -> Answer {
    let app = app.clone();
    // A task of its own: a client that hangs up must not leave a write half done.
    let found = tokio::spawn(async move {
        let mut last = app.readiness.last.lock().await;
        if let Some((at, answer)) = *last
            && at.elapsed() < FRESH
        {
            return answer;
        }
        let answer = find(&app).await;
        app.readiness.in_doubt.store(answer.is_err(), Ordering::Relaxed);
        *last = Some((Instant::now(), answer));
        answer
    });
    found.await.unwrap_or(Err("Whether the server is ready could not be found out. Its log says why."))
}

async fn find(app: &App) -> Answer {
    match tokio::time::timeout(WITHIN, write(app)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(explain(&error)),
        // The embedded database has one writer at a time: another write runs, so the database takes writes.
        Err(_) if matches!(app.db, Db::Sqlite { .. }) => app.db.ping().await.map_err(|error| explain(&error)),
        Err(_) => {
            tracing::warn!(seconds = WITHIN.as_secs(), "not ready: the database does not answer");
            Err(words(Trouble::Unreachable))
        }
    }
}

fn explain(error: &StoreError) -> &'static str {
    tracing::warn!(%error, "not ready");
    Trouble::of(error).map_or("The database refuses to be written. The server's log says why.", words)
}

async fn write(app: &App) -> Result<(), StoreError> {
    if let Db::Sqlite { .. } = app.db {
        let folder = app.layout.data();
        let owned = folder.clone();
        app.disk.run(&folder, move || fill(&owned)).await.map_err(|error| StoreError::Io(error.into()))?;
    }
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    setting::put_setting(&mut tx, SETTING, &now.to_rfc3339(), now).await?;
    tx.commit().await
}

/// The database's own files may have room left where the disk has none; the next larger write would fail.
fn fill(folder: &Path) -> Result<(), std::io::Error> {
    let file = folder.join("readiness.tmp");
    // Left by a killed server, or something else that somebody put there: never written to.
    if let Err(error) = std::fs::remove_file(&file)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let written = std::fs::File::create_new(&file).and_then(|mut file| file.write_all(&vec![0x5a; BYTES]));
    let removed = std::fs::remove_file(&file);
    written.and(removed)
}
