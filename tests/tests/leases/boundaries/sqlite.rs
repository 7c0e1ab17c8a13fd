//! The built-in database: `strace` kills the server when it enters a system call, so that the call does not happen.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use testkeep_domain::config::DatabaseConfig;
use testkeep_tests::programs::{RunningServer, ServerFolder};

use super::Victim;
use super::story::STEPS;

/// Traces a server until it is dropped.
struct Trap(Child);

impl Trap {
    /// Kills the server when one of its threads enters one of `calls` for the `number`th time.
    fn set(server: &RunningServer, calls: &str, number: usize) -> Self {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-o", "/dev/null", "-e", &format!("trace={calls}"), "-e"]);
        strace.arg(format!("inject={calls}:signal=KILL:when={number}"));
        strace.args(["-p", &server.pid().to_string()]).stdin(Stdio::null()).stderr(Stdio::piped());
        let mut strace = strace.spawn().expect("strace is missing: cargo xtask test installs it");
        let mut says = BufReader::new(strace.stderr.take().unwrap()).lines();
        let first = says.next().and_then(Result::ok).unwrap_or_default();
        assert!(first.contains("attached"), "strace cannot hold on to a process of this account: {first}");
        // strace's output about new threads must be read, or strace would block.
        std::thread::spawn(move || says.count());
        Self(strace)
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

async fn victim() -> Victim {
    Victim::new(ServerFolder::new(DatabaseConfig::BuiltIn), DatabaseConfig::BuiltIn).await
}

#[tokio::test(flavor = "multi_thread")]
async fn before_every_write() {
    let mut victim = victim().await;
    let mut number = 1;
    while victim.dies(async |server| Trap::set(server, "pwrite64", number)).await {
        number += 1;
    }
    println!("{} writes; {:?}", number - 1, victim.cut);
    victim.was_cut_everywhere();
}

#[tokio::test(flavor = "multi_thread")]
async fn before_every_sync() {
    let mut victim = victim().await;
    let mut syncs = 0;
    for (place, step) in STEPS.into_iter().enumerate() {
        let mut number = 1;
        // The log file is synced once more when it starts from its beginning.
        while victim.dies_in(place, async |server| Trap::set(server, "fsync,fdatasync", number)).await
            == Some(step)
        {
            number += 1;
        }
        syncs += number - 1;
    }
    println!("{syncs} syncs; {:?}", victim.cut);
    victim.was_cut_everywhere();
}

/// A committed step is kept even if no answer was sent.
#[tokio::test(flavor = "multi_thread")]
async fn before_every_answer() {
    let mut victim = victim().await;
    for (place, step) in STEPS.into_iter().enumerate() {
        let cut = victim.dies_in(place, async |server| Trap::set(server, "sendto,writev,sendmsg", 1)).await;
        assert_eq!(cut, Some(step));
    }
    println!("{:?}", victim.cut);
    victim.was_cut_everywhere();
    let lost: Vec<_> = victim.cut.iter().filter(|(_, happened)| !happened).map(|(step, _)| *step).collect();
    // A keep-alive changes nothing that is compared. The other steps begin with a read, whose answer was lost.
    let expected = ["keep-alive", "remove machine", "revoke", "transfer"];
    assert!(lost.iter().all(|step| expected.contains(step)), "{lost:?}");
}
