//! Hostile peers against the built server program: memory and file handles stay within limits, and honest clients are
//! answered.
#![cfg(target_os = "linux")]

mod connections;
mod flood;
mod memory;

use testkeep_domain::config::DatabaseConfig;
use testkeep_tests::programs::{RunningServer, ServerFolder};

/// Uses the built-in database: these limits apply before any database is used.
fn server() -> (ServerFolder, RunningServer) {
    let folder = ServerFolder::new(DatabaseConfig::BuiltIn);
    let running = folder.start();
    (folder, running)
}
