//! Resident memory of an idle server, 5 s after it became ready. Read from `/proc`, so on Linux only.

use std::time::Duration;

use crate::Bench;
use crate::installation::{Database, Installation};
use crate::series::Samples;

pub(crate) async fn idle(bench: &Bench, database: Database<'_>) -> Option<Samples> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let installation = Installation::prepare(bench, database, "none");
    installation.install();
    let mut samples = Samples::new();
    for _ in 0..7 {
        let mut server = installation.run();
        installation.wait_until_ready().await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        samples.push(resident_megabytes(server.id()));
        installation.stop();
        server.wait().expect("the server ends");
    }
    Some(samples)
}

/// # Panics
/// `/proc` does not report it.
pub(crate) fn resident_megabytes(process: u32) -> f64 {
    #[cfg(target_os = "linux")]
    return testkeep_tests::programs::resident_megabytes(process);
    #[cfg(not(target_os = "linux"))]
    panic!("the memory of process {process} cannot be read on this system");
}
