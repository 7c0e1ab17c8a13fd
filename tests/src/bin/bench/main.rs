//! `cargo xtask bench`: speed of the programs on both databases, as medians of several runs with their spread.
//!
//! Measures release builds from outside, as an admin uses them; only migrations and license verification are called
//! directly. Must never measure a debug build: xtask passes the folder of the release programs.

mod background;
mod hostile;
mod ingest;
mod installation;
mod latency;
mod leases;
mod lists;
mod memory;
mod people;
mod search;
mod series;
mod start;
mod ui;
mod window;

use std::path::PathBuf;

use installation::Database;
use series::Table;
use testkeep_tests::postgres::Postgres;

/// Paths that every measurement needs.
pub(crate) struct Bench {
    /// Folder of `testkeep-server`, `testkeep-license` and `testkeep-desktop`.
    pub(crate) programs: PathBuf,
    pub(crate) demo_key: PathBuf,
    pub(crate) machine_id: String,
    pub(crate) client: reqwest::Client,
}

const PERMISSION_QUERY: &str = "permission query";
const USERS_LIST: &str = "users list of 10,000";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (bench, only) = from_arguments();
    let only_ui = only.as_deref() == Some(ui::NAME);
    let mut table = Table::new(only);
    if only_ui {
        return ui::measure(&mut table, &bench).await;
    }
    let postgres = Postgres::start();
    for database in [Database::BuiltIn, Database::Postgresql(&postgres)] {
        let on_sqlite = matches!(database, Database::BuiltIn);
        let name = database.name();
        let ready = if on_sqlite { 150.0 } else { 1000.0 };
        table.row("start to /readyz", name, "ms", Some(ready), start::to_ready(&bench, database)).await;
        let migrations = Box::pin(start::migrations(database));
        table.row("migrations from empty", name, "ms", None, migrations).await;
        table
            .row("silent install to signed-in", name, "ms", Some(3000.0), start::install(&bench, database))
            .await;
        table.row("sign-in", name, "ms", None, latency::sign_in(&bench, database)).await;
        Box::pin(measure_people(&mut table, &bench, database)).await;
        Box::pin(search::measure(&mut table, &bench, database)).await;
        leases::measure(&mut table, &bench, database).await;
        hostile::measure(&mut table, &bench, database).await;
        background::measure(&mut table, &bench, database).await;
        Box::pin(ingest::measure(&mut table, &bench, database)).await;
        Box::pin(lists::measure(&mut table, &bench, database)).await;
        let memory_target = on_sqlite.then_some(30.0);
        table.row("idle memory", name, "MB", memory_target, memory::idle(&bench, database)).await;
    }
    table.row("permission rule", "", "µs", Some(1.0), async { Some(people::permission_rule()) }).await;
    table.row("license verification", "", "µs", None, async { Some(latency::license(&bench)) }).await;
    table.row("window to first page", "", "ms", Some(1000.0), async { window::to_first_page(&bench) }).await;
    ui::measure(&mut table, &bench).await;
}

async fn measure_people(table: &mut Table, bench: &Bench, database: Database<'_>) {
    let name = database.name();
    if table.wants(USERS_LIST) {
        let people::ListTimes { half, slowest } = people::list(bench, database).await;
        table.row(&format!("{USERS_LIST}, p50"), name, "ms", None, async { Some(half) }).await;
        table.row(&format!("{USERS_LIST}, p95"), name, "ms", Some(30.0), async { Some(slowest) }).await;
    }
    if table.wants(PERMISSION_QUERY) {
        let people::QueryTimes { within, alone } = people::permission_query(database).await;
        table.row(PERMISSION_QUERY, name, "µs", Some(20.0), async { Some(alone) }).await;
        table.row(&format!("{PERMISSION_QUERY} in a write"), name, "µs", None, async { Some(within) }).await;
    }
    let invitations = Box::pin(people::invitations(bench, database));
    table.row("1,000 invitations in one go", name, "ms", Some(1000.0), invitations).await;
}

/// `--programs DIR --demo-key FILE [NAME]`, always from xtask.
fn from_arguments() -> (Bench, Option<String>) {
    let mut arguments = std::env::args().skip(1);
    let (mut programs, mut demo_key, mut only) = (None, None, None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--programs" => programs = arguments.next().map(PathBuf::from),
            "--demo-key" => demo_key = arguments.next().map(PathBuf::from),
            _ => only = Some(argument),
        }
    }
    let programs = programs.expect("--programs DIR; run `cargo xtask bench`");
    let demo_key = demo_key.expect("--demo-key FILE; run `cargo xtask bench`");
    let machine_id = installation::output(&programs, "testkeep-server", &["machine-id"]);
    (Bench { programs, demo_key, machine_id, client: reqwest::Client::new() }, only)
}
