//! Hostile peers against the built server program: it keeps its memory and its handles, and honest clients are answered.
#![cfg(target_os = "linux")]

mod connections;
mod flood;
mod memory;

use testkeep_domain::config::DatabaseConfig;
use testkeep_tests::programs::{RunningServer, ServerFolder};

/// On the built-in database: what is tested here comes before any database.
fn server() -> (ServerFolder, RunningServer) {
    let folder = ServerFolder::new(DatabaseConfig::BuiltIn);
    let running = folder.start();
    (folder, running)
}
