//! The command that `run` starts. It uses our own streams and receives our signals. When its seat is lost, the command
//! and all its child processes are stopped.

use std::ffi::OsString;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use super::failure::{Failure, say};
use super::setup::API_KEY;
use super::signals::Signal;
use super::tree::Tree;

/// Time between the request to end a command and killing it. Windows has no such request.
#[cfg(unix)]
const GRACE: Duration = Duration::from_secs(10);
/// Time for killed processes to end.
const GOING: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(50);
const NOT_FOUND: i32 = 127;
const NOT_STARTED: i32 = 126;

/// A command that runs. Dropping this value kills it if it still runs.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(words: &[OsString]) -> Result<Self, Failure> {
        let Some((program, arguments)) = words.split_first() else {
            return Err(Failure::usage("There is no command after --."));
        };
        let mut command = Command::new(program);
        // The API key is for requests to the server; the command must not receive it.
        command.args(arguments).env_remove(API_KEY).kill_on_drop(true);
        let child = command.spawn();
        child.map(Self).map_err(|error| {
            let code = if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_STARTED };
            Failure::new(code, format!("{} cannot be started: {error}.", program.to_string_lossy()))
        })
    }

    /// Waits for the command and returns its exit code, as shells report it. Safe to cancel.
    pub(crate) async fn wait(&mut self) -> Result<i32, Failure> {
        let status = self.0.wait().await;
        status.map(code_of).map_err(|error| Failure::here(format!("The command was lost: {error}.")))
    }

    /// The process number. `None`: the command has ended and its exit code was read.
    pub(crate) fn number(&self) -> Option<u32> {
        self.0.id()
    }

    /// Sends a signal to the command and its child processes, unless the terminal has already sent it to the whole
    /// group.
    #[cfg(unix)]
    pub(crate) fn forward(&self, signal: Signal) {
        let sent_by_terminals = signal.number == 2 || signal.number == 3;
        if !(sent_by_terminals && is_in_the_foreground())
            && let Some(tree) = self.tree()
        {
            tree.signal(signal.number);
        }
    }

    /// Does nothing: the console sends its events to the command as well.
    #[cfg(windows)]
    pub(crate) fn forward(&self, _: Signal) {}

    /// Sends a signal to end the command and its children (Unix), and kills those that do not end.
    pub(crate) async fn stop(&mut self) {
        let Some(mut tree) = self.tree() else {
            // The command has already ended, or the system cannot list processes: then kill at least the command
            // itself.
            let _ended = self.0.kill().await;
            return;
        };
        #[cfg(unix)]
        {
            tree.signal(rustix::process::Signal::TERM.as_raw());
            if self.ends_with(&mut tree, GRACE, false).await {
                return;
            }
            say(&format!("The command did not end within {} seconds and is killed.", GRACE.as_secs()));
        }
        if !self.ends_with(&mut tree, GOING, true).await {
            say("Something that the command started cannot be ended.");
        }
    }

    /// `None`: the command has ended and its exit code was read, or the system cannot list processes.
    fn tree(&self) -> Option<Tree> {
        self.0.id().and_then(Tree::below)
    }

    /// Waits up to `time`; returns whether all processes of the tree have ended, by themselves or because they were
    /// killed.
    async fn ends_with(&mut self, tree: &mut Tree, time: Duration, killed: bool) -> bool {
        let until = Instant::now() + time;
        loop {
            if killed {
                tree.kill();
            }
            // Unless its exit code is read, an ended command stays in the process list.
            let command_ended = matches!(self.0.try_wait(), Ok(Some(_)));
            if !tree.is_alive() && command_ended {
                return true;
            }
            if Instant::now() >= until {
                return false;
            }
            sleep(LOOK).await;
        }
    }
}

/// Stops processes that are not children of this process, because their parent was killed.
pub(crate) async fn stop_strangers(mut tree: Tree) {
    if !tree.is_alive() {
        return;
    }
    #[cfg(unix)]
    {
        tree.signal(rustix::process::Signal::TERM.as_raw());
        if ended_within(&mut tree, GRACE, false).await {
            return;
        }
    }
    if !ended_within(&mut tree, GOING, true).await {
        say("Something that the command started cannot be ended.");
    }
}

async fn ended_within(tree: &mut Tree, time: Duration, killed: bool) -> bool {
    let until = Instant::now() + time;
    loop {
        if killed {
            tree.kill();
        }
        if !tree.is_alive() {
            return true;
        }
        if Instant::now() >= until {
            return false;
        }
        sleep(LOOK).await;
    }
}

/// Whether this process gets the signals of keys pressed at a terminal; the command is in the same group and gets them
/// too.
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

    /// A shell that starts a second shell. The second one runs `ignoring` first (a trap for SIGTERM, or nothing) and
    /// writes its process number to a file.
    fn family(ignoring: &str) -> (Running, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("number").display().to_string();
        let child =
            format!("{ignoring} echo $$ >{file}.new; mv {file}.new {file}; while :; do sleep 0.1; done");
        (start(&format!("sh -c '{child}' & wait; sleep 60")), folder)
    }

    fn is_alive(number: u32) -> bool {
        Tree::below(number).unwrap().is_alive()
    }

    async fn number_in(folder: &tempfile::TempDir) -> u32 {
        loop {
            if let Ok(text) = std::fs::read_to_string(folder.path().join("number")) {
                return text.trim().parse().unwrap();
            }
            sleep(LOOK).await;
        }
    }

    #[tokio::test]
    async fn stops_what_the_command_started() {
        let (mut running, folder) = family("");
        let child = number_in(&folder).await;
        assert!(is_alive(child));
        running.stop().await;
        assert!(!is_alive(child), "it went on without a seat");
    }

    #[tokio::test]
    async fn kills_what_the_command_started_and_does_not_end() {
        let (mut running, folder) = family("trap \"\" TERM;");
        let child = number_in(&folder).await;
        let started = Instant::now();
        running.stop().await;
        assert!(!is_alive(child), "it went on without a seat");
        assert!(started.elapsed() >= GRACE, "it had its time");
    }

    #[tokio::test]
    async fn passes_signals_on_to_what_the_command_started() {
        let (mut running, folder) = family("");
        let child = number_in(&folder).await;
        running.forward(Signal { number: 15 });
        assert_eq!(running.wait().await.unwrap(), 143);
        let until = Instant::now() + GRACE;
        while is_alive(child) {
            assert!(Instant::now() < until, "it was not told");
            sleep(LOOK).await;
        }
    }

    #[tokio::test]
    async fn says_what_cannot_be_started() {
        let code = |program: &str| Running::start(&[program.into()]).err().map(|failure| failure.code);
        assert_eq!(code("/nowhere/at/all"), Some(127));
        assert_eq!(code("/"), Some(126));
        assert!(Running::start(&[]).is_err());
    }
}
