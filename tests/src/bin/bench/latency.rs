//! Latency of a running server: sign-in (mostly Argon2id), and verifying a license file.

use std::hint::black_box;
use std::time::Instant;

use testkeep_domain::Clock;
use testkeep_domain::license::{LicenseFile, PublicKey, TrustedKeys};
use testkeep_domain::machine::MachineId;

use crate::Bench;
use crate::installation::{self, Database, Installation};
use crate::series::{RUNS, Samples};
use crate::start::milliseconds;

pub(crate) async fn sign_in(bench: &Bench, database: Database<'_>) -> Option<Samples> {
    let installation = Installation::prepare(bench, database, "background");
    installation.install();
    installation.sign_in().await;
    let mut samples = Samples::new();
    for _ in 0..2 * RUNS {
        let started = Instant::now();
        installation.sign_in().await;
        samples.push(milliseconds(started));
    }
    installation.stop();
    Some(samples)
}

/// Parse, verify the signature, compare with this machine: microseconds per license, measured in batches.
pub(crate) fn license(bench: &Bench) -> Samples {
    const BATCH: u32 = 500;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = std::fs::read(installation::issue_license(bench, folder.path(), 5)).expect("just written");
    let key = std::fs::read_to_string(bench.demo_key.with_extension("pub")).expect("beside the private one");
    let trusted = TrustedKeys::new(vec![PublicKey::from_pem(&key).expect("the demo key")]);
    let machine = MachineId::parse(&bench.machine_id).expect("from the server");
    let now = Clock::system().now();
    let once = || {
        let license = LicenseFile::read(black_box(&file), &trusted).expect("a genuine license");
        black_box(license.check(&machine, now));
    };
    let mut samples = Samples::new();
    for _ in 0..RUNS {
        let started = Instant::now();
        (0..BATCH).for_each(|_| once());
        samples.push(milliseconds(started) * 1000.0 / f64::from(BATCH));
    }
    samples
}
