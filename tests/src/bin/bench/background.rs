//! Measures work beside requests: the queue of jobs, and housekeeping among many old rows.

use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::json;
use testkeep_domain::Clock;
use testkeep_server::testing::Job;
use testkeep_store::{Db, job, sql};

use crate::Bench;
use crate::installation::{Database, Installation};
use crate::series::{RUNS, Samples, Table, print_rate};
use crate::start::milliseconds;

const JOBS: usize = 10_000;
const OLD_ROWS: i64 = 5_000_000;
/// Longest time during which requests are sent while the housekeeping runs.
const BESIDE: Duration = Duration::from_mins(1);

pub(crate) async fn measure(table: &mut Table, bench: &Bench, database: Database<'_>) {
    let name = database.name();
    if table.wants("queue") {
        let at_least = if matches!(database, Database::BuiltIn) { 2000.0 } else { 1500.0 };
        print_rate("queue, jobs that do nothing", name, "/s", Some(at_least), drain(bench, database).await);
    }
    if table.wants("housekeeping") {
        let writes = Box::pin(housekeeping(bench, database)).await;
        let slowest = writes.iter().copied().fold(0.0, f64::max);
        table.row("housekeeping, a write beside", name, "ms", None, async { Some(writes) }).await;
        table
            .row("housekeeping, slowest write", name, "ms", Some(50.0), async { Some(vec![slowest; RUNS]) })
            .await;
    }
}

/// Jobs per second: one server on SQLite, two on PostgreSQL.
async fn drain(bench: &Bench, database: Database<'_>) -> Samples {
    let installation = Installation::prepare(bench, database, "none");
    installation.install();
    let mut servers: Vec<Child> = vec![installation.run()];
    installation.wait_until_ready().await;
    if let Database::Postgresql(_) = database {
        servers.push(installation.run_second().await);
    }
    let db = installation.open_database().await;
    let mut samples = Samples::new();
    for _ in 0..RUNS {
        samples.push(drain_once(&db).await);
    }
    db.close().await;
    for server in &mut servers {
        server.kill().expect("the server is ours");
        server.wait().expect("the server ends");
    }
    samples
}

async fn drain_once(db: &Db) -> f64 {
    let jobs = vec![Job::CheckQueue {}; JOBS];
    let mut tx = db.begin().await.expect("the database answers");
    Job::write(&jobs, &mut tx, Clock::system().now()).await.expect("written");
    tx.commit().await.expect("committed");
    // The servers look for jobs every few seconds; the time counts from the first finished job.
    let mut began = None;
    loop {
        let (waiting, parked) = job::count_jobs(db).await.expect("the database answers");
        assert_eq!(parked, 0);
        if usize::try_from(waiting).is_ok_and(|waiting| waiting < JOBS) && began.is_none() {
            began = Some((Instant::now(), waiting));
        }
        match began {
            Some((at, first)) if waiting == 0 => {
                return f64::from(u32::try_from(first).expect("a small number")) / at.elapsed().as_secs_f64();
            }
            _ => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

/// Times of writes while a server that has just started deletes millions of rows.
async fn housekeeping(bench: &Bench, database: Database<'_>) -> Samples {
    let installation = Installation::prepare(bench, database, "background");
    installation.install();
    let token = installation.sign_in().await;
    installation.stop();
    let db = installation.open_database().await;
    let mut tx = db.begin().await.expect("the database answers");
    let old = Clock::system().now() - chrono::TimeDelta::days(2);
    sql("INSERT INTO sign_in_attempt (subject, window_start, attempts)
         WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < $1)
         SELECT 'old ' || n, $2, 1 FROM number")
    .bind(OLD_ROWS)
    .bind(old)
    .execute(&mut tx)
    .await
    .expect("written");
    tx.commit().await.expect("committed");
    let mut server = installation.run();
    installation.wait_until_ready().await;
    let (began, mut samples) = (Instant::now(), Samples::new());
    while began.elapsed() < BESIDE && (samples.len() < RUNS || has_old_rows(&db).await) {
        let body = json!({ "first_name": format!("Bench {}", samples.len()) });
        let request = bench.client.patch(installation.url("/api/v2/me")).bearer_auth(&token).json(&body);
        let at = Instant::now();
        let answer = request.send().await.expect("an answer");
        samples.push(milliseconds(at));
        assert_eq!(answer.status(), 200);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    db.close().await;
    server.kill().expect("the server is ours");
    server.wait().expect("the server ends");
    samples
}

async fn has_old_rows(db: &Db) -> bool {
    let row: Option<(String,)> = sql("SELECT subject FROM sign_in_attempt WHERE subject > 'old ' LIMIT 1")
        .fetch_optional(db)
        .await
        .expect("the database answers");
    row.is_some()
}
