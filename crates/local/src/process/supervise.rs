//! The supervisor: starts the server and starts it again after a crash, on machines without a service manager.
//!
//! It has a session of its own, so it survives the end of the terminal, SSH or CI session that started it. It ends with
//! its server when that was asked to stop. Must never restart a server whose start was refused.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, setsid};
use testkeep_domain::Layout;
use tokio::process::Child;
use tokio::signal::unix::{SignalKind, signal};

use super::launch;
use super::table::SERVER;

/// A first run that fails within this time is a failed start, which the command that started it reports.
const FIRST_RUN: Duration = Duration::from_secs(10);
/// Pauses before a restart double from the first to the longest; a run this long starts them anew.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// The server stops within 10 seconds after it was asked.
const STOPPED_WITHIN: Duration = Duration::from_secs(15);
/// Exit code of a server that was refused: its configuration or its place is wrong, and another start would not help.
const REFUSED: i32 = 2;

/// Runs the server until it is stopped; returns the exit code of its last run.
///
/// # Errors
/// The program cannot be started, or signals cannot be received.
pub async fn supervise(layout: &Layout, arguments: &[&str]) -> std::io::Result<u8> {
    // Fails only for the first process of a group, which a shell started in a group of its own.
    let _already_first = setsid();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut pauses = Pauses::default();
    loop {
        let began = Instant::now();
        let mut server =
            tokio::process::Command::from(launch::command(layout, SERVER, arguments)?).spawn()?;
        let ended = tokio::select! {
            ended = server.wait() => ended?,
            _ = terminate.recv() => return stop(server).await,
            _ = interrupt.recv() => return stop(server).await,
        };
        let Some(pause) = pauses.after(ended, began.elapsed()) else { return Ok(code_of(ended)) };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = terminate.recv() => return Ok(0),
            _ = interrupt.recv() => return Ok(0),
        }
    }
}

/// Asks the server to stop; it finishes running requests first.
async fn stop(mut server: Child) -> std::io::Result<u8> {
    if let Some(pid) = server.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw) {
        let _gone = kill_process(pid, Signal::TERM);
    }
    match tokio::time::timeout(STOPPED_WITHIN, server.wait()).await {
        Ok(ended) => ended.map(code_of),
        Err(_) => server.kill().await.map(|()| 1),
    }
}

/// 1 for a run that a signal ended.
fn code_of(ended: ExitStatus) -> u8 {
    ended.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// Decides after each run whether there is another one, and when.
#[derive(Default)]
struct Pauses {
    runs: u32,
    next: Option<Duration>,
}

impl Pauses {
    /// `None`: no further run.
    fn after(&mut self, ended: ExitStatus, lived: Duration) -> Option<Duration> {
        self.runs = self.runs.saturating_add(1);
        let failed_to_start = self.runs == 1 && ended.code().is_some() && lived < FIRST_RUN;
        if ended.success() || ended.code() == Some(REFUSED) || failed_to_start {
            return None;
        }
        let pause = self.next.filter(|_| lived < LONGEST_PAUSE).unwrap_or(FIRST_PAUSE);
        self.next = Some((pause * 2).min(LONGEST_PAUSE));
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    const KILLED: i32 = 9;
    const BRIEF: Duration = Duration::from_secs(1);

    fn exit(code: i32) -> ExitStatus {
        ExitStatus::from_raw(code << 8)
    }

    #[test]
    fn crashes_are_repaired_and_refusals_are_not() {
        let mut pauses = Pauses::default();
        assert_eq!(pauses.after(ExitStatus::from_raw(KILLED), BRIEF), Some(FIRST_PAUSE));
        assert_eq!(pauses.after(exit(1), BRIEF), Some(FIRST_PAUSE * 2), "it had run before");
        assert_eq!(pauses.after(exit(0), BRIEF), None);
        assert_eq!(pauses.after(exit(REFUSED), BRIEF), None);
    }

    #[test]
    fn a_failed_first_start_is_reported() {
        assert_eq!(Pauses::default().after(exit(1), BRIEF), None);
        assert_eq!(Pauses::default().after(exit(1), FIRST_RUN), Some(FIRST_PAUSE));
    }

    #[test]
    fn pauses_grow_and_begin_anew_after_a_long_run() {
        let mut pauses = Pauses::default();
        let crash = ExitStatus::from_raw(KILLED);
        let grown = (0..12).filter_map(|_| pauses.after(crash, BRIEF)).last();
        assert_eq!(grown, Some(LONGEST_PAUSE));
        assert_eq!(pauses.after(crash, LONGEST_PAUSE), Some(FIRST_PAUSE));
    }
}
