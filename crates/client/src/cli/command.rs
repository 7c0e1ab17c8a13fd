//! The command that `run` runs: started with our own streams, told of signals, stopped when its seat is lost.

use std::ffi::OsString;
use std::io;
use std::process::ExitStatus;
#[cfg(unix)]
use std::time::Duration;

use tokio::process::{Child, Command};

use super::failure::{Failure, say};
use super::signals::Signal;

/// From asking a command to end to ending it. Windows has no way to ask.
#[cfg(unix)]
const GRACE: Duration = Duration::from_secs(10);
const NOT_FOUND: i32 = 127;
const NOT_STARTED: i32 = 126;

/// Ended with this value, should it still run.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(words: &[OsString]) -> Result<Self, Failure> {
        let Some((program, arguments)) = words.split_first() else {
            return Err(Failure::usage("There is no command after --."));
        };
        let child = Command::new(program).args(arguments).kill_on_drop(true).spawn();
        child.map(Self).map_err(|error| {
            let code = if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_STARTED };
            Failure::new(code, format!("{} cannot be started: {error}.", program.to_string_lossy()))
        })
    }

    /// Its exit code, as shells report it. Safe to cancel.
    pub(crate) async fn wait(&mut self) -> Result<i32, Failure> {
        let status = self.0.wait().await;
        status.map(code_of).map_err(|error| Failure::here(format!("The command was lost: {error}.")))
    }

    /// Passes a signal on, unless the terminal already did.
    #[cfg(unix)]
    pub(crate) fn forward(&self, signal: Signal) {
        let sent_by_terminals = signal.number == 2 || signal.number == 3;
        if !(sent_by_terminals && is_in_the_foreground()) {
            self.signal(signal.number);
        }
    }

    /// The console has told the command as well.
    #[cfg(windows)]
    pub(crate) fn forward(&self, _: Signal) {}

    /// Asks the command to end (Unix), and ends it when it does not.
    pub(crate) async fn stop(&mut self) {
        #[cfg(unix)]
        {
            self.signal(rustix::process::Signal::TERM.as_raw());
            if tokio::time::timeout(GRACE, self.0.wait()).await.is_ok() {
                return;
            }
            say(&format!("The command did not end within {} seconds and is killed.", GRACE.as_secs()));
        }
        if let Err(error) = self.0.kill().await {
            say(&format!("The command cannot be ended: {error}."));
        }
    }

    #[cfg(unix)]
    fn signal(&self, number: i32) {
        use rustix::process::{Pid, Signal, kill_process};
        // Without a number it has ended and was waited for.
        let pid = self.0.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let (Some(pid), Some(signal)) = (pid, Signal::from_named_raw(number)) {
            let _ended_meanwhile = kill_process(pid, signal);
        }
    }
}

/// Whether keys pressed at a terminal reach us, and so the command in our group too.
#[cfg(unix)]
fn is_in_the_foreground() -> bool {
    let terminal = std::fs::File::open("/dev/tty").ok();
    let group = terminal.and_then(|terminal| rustix::termios::tcgetpgrp(terminal).ok());
    group == Some(rustix::process::getpgrp())
}

#[cfg(unix)]
fn code_of(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    status.code().or_else(|| status.signal().map(|number| 128 + number)).unwrap_or(1)
}

#[cfg(windows)]
fn code_of(status: ExitStatus) -> i32 {
    status.code().unwrap_or(1)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn start(script: &str) -> Running {
        Running::start(&["sh", "-c", script].map(OsString::from)).unwrap()
    }

    #[tokio::test]
    async fn passes_codes_and_signals_through() {
        assert_eq!(start("exit 0").wait().await.unwrap(), 0);
        assert_eq!(start("exit 75").wait().await.unwrap(), 75);
        assert_eq!(start("kill -9 $$").wait().await.unwrap(), 137);
        let mut sleeping = start("exec sleep 60");
        sleeping.forward(Signal { number: 15 });
        assert_eq!(sleeping.wait().await.unwrap(), 143);
    }

    #[tokio::test]
    async fn stops_at_once_what_ends_when_asked() {
        let started = Instant::now();
        let mut sleeping = start("exec sleep 60");
        sleeping.stop().await;
        assert_eq!(sleeping.wait().await.unwrap(), 143);
        assert!(started.elapsed() < GRACE);
    }

    #[tokio::test]
    async fn says_what_cannot_be_started() {
        let code = |program: &str| Running::start(&[program.into()]).err().map(|failure| failure.code);
        assert_eq!(code("/nowhere/at/all"), Some(127));
        assert_eq!(code("/"), Some(126));
        assert!(Running::start(&[]).is_err());
    }
}
