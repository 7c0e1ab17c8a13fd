//! Measures starts: process start, migrations, silent installation.

use std::time::Instant;

use testkeep_domain::Clock;
use testkeep_store::migrate;

use crate::Bench;
use crate::installation::{Database, Installation};
use crate::series::{RUNS, Samples};

pub(crate) async fn to_ready(bench: &Bench, database: Database<'_>) -> Option<Samples> {
    let installation = Installation::prepare(bench, database, "none");
    installation.install();
    let mut samples = Samples::new();
    // The first start only fills the disk cache.
    for run in 0..=RUNS {
        let started = Instant::now();
        let mut server = installation.run();
        installation.wait_until_ready().await;
        let elapsed = milliseconds(started);
        installation.stop();
        server.wait().expect("the server ends");
        if run > 0 {
            samples.push(elapsed);
        }
    }
    Some(samples)
}

/// Without opening the database, which `start to /readyz` contains.
pub(crate) async fn migrations(database: Database<'_>) -> Option<Samples> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut samples = Samples::new();
    for run in 0..RUNS {
        let db = database.create().open(&folder.path().join(format!("{run}.db"))).await;
        let started = Instant::now();
        migrate::migrate(&db, Clock::system().now()).await.expect("migrations run on an empty database");
        samples.push(milliseconds(started));
        db.close().await;
    }
    Some(samples)
}

/// From the command to a signed-in owner, server started in the background.
pub(crate) async fn install(bench: &Bench, database: Database<'_>) -> Option<Samples> {
    let mut samples = Samples::new();
    for _ in 0..RUNS {
        let installation = Installation::prepare(bench, database, "background");
        let started = Instant::now();
        installation.install();
        installation.sign_in().await;
        samples.push(milliseconds(started));
        installation.stop();
    }
    Some(samples)
}

pub(crate) fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
