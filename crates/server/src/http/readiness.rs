//! Whether this server can do its work: its database answers and accepts writes.
//!
//! The test is a small real write, made on request and at most once a second, so that requests cannot keep the disk
//! busy. Must never write without a request.

use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use testkeep_store::installation::setting;
use testkeep_store::{Db, StoreError, Trouble};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::App;
use crate::http::error::words;

/// A result is reused for this time.
const FRESH: Duration = Duration::from_secs(1);
/// A write that takes longer waits for other writes, or for a database that does not answer.
const WITHIN: Duration = Duration::from_secs(5);
/// More than the free space that a full disk may still have in the last block of a file.
const BYTES: usize = 256 * 1024;
/// The name of the row that is written.
const SETTING: &str = "readiness";

type Answer = Result<(), &'static str>;

/// The state between two tests.
#[derive(Debug, Default)]
pub struct Readiness {
    /// The last result, and the time of its test.
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
/// The problem, as a text for people.
pub(crate) async fn check(app: &App) -> Answer {
    let app = app.clone();
    // A task of its own, because a client that hangs up must not leave a write unfinished.
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
    found.await.unwrap_or(Err("The server could not check whether it is ready. Its log says why."))
}

async fn find(app: &App) -> Answer {
    match tokio::time::timeout(WITHIN, write(app)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(explain(&error)),
        // The embedded database has one writer at a time: another write runs, so the database accepts writes.
        Err(_) if matches!(app.db, Db::Sqlite { .. }) => app.db.ping().await.map_err(|error| explain(&error)),
        Err(_) => {
            tracing::warn!(seconds = WITHIN.as_secs(), "not ready: the database does not answer");
            Err(words(Trouble::Unreachable))
        }
    }
}

fn explain(error: &StoreError) -> &'static str {
    tracing::warn!(%error, "not ready");
    Trouble::of(error).map_or("The database refuses writes. The server's log says why.", words)
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

/// Writes a file to find a full disk: the database's own files may still have free room, and its next larger write
/// would fail.
fn fill(folder: &Path) -> Result<(), std::io::Error> {
    let file = folder.join("readiness.tmp");
    // The file may be left from a killed server, or somebody put another file there. An existing file is deleted, not
    // written.
    if let Err(error) = std::fs::remove_file(&file)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let written = std::fs::File::create_new(&file).and_then(|mut file| file.write_all(&vec![0x5a; BYTES]));
    let removed = std::fs::remove_file(&file);
    written.and(removed)
}
