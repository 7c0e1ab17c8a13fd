//! The watcher: a second process of this program that cleans up when `run` is killed.
//!
//! `run` writes to it over a pipe which seat and which command it has, and at the end the word that dismisses it. If
//! the pipe closes without that word, `run` was killed: then the watcher ends the command with all its child processes
//! and returns the seat. This works the same on every system. Must never act while `run` lives.

use std::process::Stdio;
use std::time::Duration;

use clap::Args;
use testkeep_client::TrustedKeys;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use super::command;
use super::failure::{Failure, say};
use super::setup::ServerArguments;
use super::signals::Signals;
use super::tree::Tree;

/// The hidden subcommand.
pub(crate) const NAME: &str = "watch-run";
const DISMISSED: &str = "done";
/// Time for the watcher to end after it was dismissed.
const LEAVING: Duration = Duration::from_secs(2);

/// The watcher process, seen from `run`.
pub(crate) struct Watcher {
    process: Child,
    pipe: ChildStdin,
}

impl Watcher {
    /// `None`: the watcher could not be started; a message was printed. The command runs without it.
    pub(crate) fn start(server: &ServerArguments) -> Option<Self> {
        let started = std::env::current_exe().and_then(|program| {
            let mut command = Command::new(program);
            command.args(["license", NAME]).args(server.words());
            command.stdin(Stdio::piped()).stdout(Stdio::null());
            out_of_our_group(&mut command);
            command.spawn()
        });
        let watcher = started.map(|mut process| process.stdin.take().map(|pipe| Self { process, pipe }));
        watcher.unwrap_or_else(|error| {
            say(&format!("If testkeep is killed, the command will continue without a seat: its watcher cannot be started ({error})."));
            None
        })
    }

    pub(crate) async fn tell_seat(&mut self, lease: i64) {
        self.tell(&format!("seat {lease}")).await;
    }

    pub(crate) async fn tell_command(&mut self, number: u32) {
        self.tell(&format!("command {number}")).await;
    }

    pub(crate) async fn dismiss(mut self) {
        self.tell(DISMISSED).await;
        let Self { mut process, pipe } = self;
        drop(pipe);
        let _still_there = tokio::time::timeout(LEAVING, process.wait()).await;
    }

    async fn tell(&mut self, line: &str) {
        // A write fails if a person killed the watcher on purpose; that is not an error.
        let _gone = self.pipe.write_all(format!("{line}\n").as_bytes()).await;
    }
}

/// A signal that a terminal sends to the group of `run` must not end the watcher too.
fn out_of_our_group(command: &mut Command) {
    #[cfg(unix)]
    command.process_group(0);
    #[cfg(windows)]
    {
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
        command.creation_flags(CREATE_NEW_PROCESS_GROUP);
    }
}

#[derive(Args)]
pub(crate) struct WatchArguments {
    #[command(flatten)]
    server: ServerArguments,
}

/// What `run` has written to the pipe until now.
#[derive(Default)]
struct Told {
    seat: Option<i64>,
    /// Looked up when the message arrives, so that a later process with the same number is not mistaken for the
    /// command.
    command: Option<Tree>,
    dismissed: bool,
}

impl Told {
    fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [DISMISSED] => self.dismissed = true,
            ["seat", id] => self.seat = id.parse().ok(),
            ["command", number] => self.command = number.parse().ok().and_then(Tree::below),
            _ => {}
        }
    }
}

/// Runs in the watcher process, until `run` dismisses it or ends.
pub(crate) async fn watch(arguments: WatchArguments) -> Result<i32, Failure> {
    rename();
    let mut signals = Signals::watch().map_err(|error| Failure::here(error.to_string()))?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut told = Told::default();
    while !told.dismissed {
        tokio::select! {
            line = lines.next_line() => match line {
                Ok(Some(line)) => told.hear(&line),
                Ok(None) | Err(_) => break,
            },
            // The signal is meant for `run`; the watcher ignores it.
            _ = signals.next() => {}
        }
    }
    if !told.dismissed {
        clean_up(told, &arguments.server).await;
    }
    Ok(0)
}

async fn clean_up(told: Told, server: &ServerArguments) {
    if let Some(tree) = told.command {
        say("testkeep was killed. The command would continue without a seat, so it is stopped.");
        command::stop_strangers(tree).await;
    }
    if let (Some(seat), Ok(Some(url))) = (told.seat, server.server()) {
        let given_back = match server.client(url, TrustedKeys::default()) {
            Ok(client) => client.release(seat).await.map_err(Failure::from),
            Err(failure) => Err(failure),
        };
        if let Err(failure) = given_back {
            say(&format!(
                "The seat was not given back: {} The server frees it when it is not renewed.",
                failure.message
            ));
        }
    }
}

/// Renames the process, so that killing every process called `testkeep` does not kill the watcher.
fn rename() {
    #[cfg(target_os = "linux")]
    {
        let _keeps_its_name = std::fs::write("/proc/self/comm", "seat-watch");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hears_what_run_tells() {
        let mut told = Told::default();
        for line in ["seat 7", &format!("command {}", std::process::id()), "", "rubbish 1"] {
            told.hear(line);
        }
        assert_eq!((told.seat, told.dismissed), (Some(7), false));
        assert!(told.command.as_mut().unwrap().is_alive());
        told.hear(DISMISSED);
        assert!(told.dismissed);
    }
}
