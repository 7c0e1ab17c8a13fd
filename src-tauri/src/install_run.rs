//! The running install engine, seen from outside its process. At most one runs at a time.
//!
//! Owns the engine's standard input (answers, then `cancel`) and the reading of its events. Must never decide anything
//! about an installation: the engine does.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use tauri::AppHandle;
use tauri::async_runtime::Receiver;
use tauri::ipc::Channel;
use tauri_plugin_shell::process::{CommandChild, CommandEvent};
use testkeep_domain::answers::Answers;
use testkeep_domain::progress::{Event, Outcome};
use tokio::sync::Mutex;

use crate::error::CommandError;
use crate::program::{self, bundled, bundled_name, cannot_start};

/// Number of lines of standard error that are shown when the result is missing.
const COMPLAINT_LINES: usize = 5;

#[derive(Default)]
pub(crate) struct InstallRun {
    running: AtomicBool,
    engine: Mutex<Option<CommandChild>>,
}

/// Marks that a run is under way; dropping it allows the next run, on every way out.
struct Place<'a>(&'a InstallRun);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.running.store(false, Ordering::SeqCst);
    }
}

impl InstallRun {
    pub(crate) fn is_running(&self) -> bool {
        self.running.load(Ordering::SeqCst)
    }

    fn take_place(&self) -> Result<Place<'_>, CommandError> {
        if self.running.swap(true, Ordering::SeqCst) { Err(CommandError::Busy) } else { Ok(Place(self)) }
    }

    /// Runs the engine to its end and sends each event to the page.
    ///
    /// # Errors
    /// A run is already under way, or the engine cannot be started. A failure found by the engine itself is its last
    /// event, not an error.
    pub(crate) async fn install(
        &self,
        app: &AppHandle,
        answers: &Answers,
        page: &Channel<Event>,
    ) -> Result<Event, CommandError> {
        let _place = self.take_place()?;
        let command = bundled(app)?.args(["install", "--answers", "-", "--progress", "json"]);
        let name = bundled_name();
        let (events, mut engine) = command.spawn().map_err(|error| cannot_start(&name, &error))?;
        engine
            .write(format!("{}\n---\n", answers.to_toml()).as_bytes())
            .map_err(|error| cannot_start(&name, &error))?;
        *self.engine.lock().await = Some(engine);
        let last = follow(events, page).await;
        *self.engine.lock().await = None;
        Ok(last)
    }

    /// Requests that the engine cancels and undoes; does nothing when none is running.
    ///
    /// # Errors
    /// The engine runs but cannot be reached.
    pub(crate) async fn cancel(&self) -> Result<(), CommandError> {
        match self.engine.lock().await.as_mut() {
            Some(engine) => engine.write(b"cancel\n").map_err(|error| {
                CommandError::Failed(format!(
                    "The installation cannot be cancelled: {error}. Wait until it ends, then uninstall."
                ))
            }),
            None => Ok(()),
        }
    }

    /// Blocks runs while `work` changes the installation.
    ///
    /// # Errors
    /// A run is under way, or `work` fails.
    pub(crate) async fn exclusively<T>(
        &self,
        work: impl Future<Output = Result<T, CommandError>>,
    ) -> Result<T, CommandError> {
        let _place = self.take_place()?;
        work.await
    }
}

async fn follow(mut events: Receiver<CommandEvent>, page: &Channel<Event>) -> Event {
    let mut complaint = VecDeque::new();
    let mut code = None;
    while let Some(event) = events.recv().await {
        let event = match event {
            CommandEvent::Stdout(line) => event_of(&program::text(&line)),
            CommandEvent::Stderr(line) => {
                let line = program::text(&line);
                if complaint.len() == COMPLAINT_LINES {
                    complaint.pop_front();
                }
                complaint.push_back(line.clone());
                Some(Event::Log { line })
            }
            CommandEvent::Terminated(ended) => {
                code = ended.code;
                None
            }
            _ => None,
        };
        if let Some(event) = event {
            let is_last = matches!(event, Event::Result(_));
            // A reloaded page no longer listens; the engine continues.
            let _ = page.send(event.clone());
            // The last event ends the loop, not the end of the output: on Windows the new server inherits the pipe and
            // holds it open.
            if is_last {
                return event;
            }
        }
    }
    ended_without_result(code, program::reason(&complaint.make_contiguous().join("\n")))
}

/// Reads one line of standard output. A line that is not an event is shown as a log line, so that it is not lost.
fn event_of(line: &str) -> Option<Event> {
    if line.trim().is_empty() {
        return None;
    }
    Some(serde_json::from_str(line).unwrap_or_else(|_| Event::Log { line: line.to_owned() }))
}

/// If the engine printed no result, its exit code says what happened (docs/api-design.md).
fn ended_without_result(code: Option<i32>, complaint: &str) -> Event {
    let message = if complaint.is_empty() {
        "The installer ended before it said how it went. Run it again: it continues where it stopped."
            .to_owned()
    } else {
        complaint.to_owned()
    };
    Event::Result(match code {
        Some(2) => Outcome::Refused { message },
        Some(4) => Outcome::Cancelled { message },
        _ => Outcome::Failed { message },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_events_or_log() {
        let event = event_of(r#"{"event":"result","outcome":"refused","message":"no"}"#).unwrap();
        assert_eq!(event, Event::Result(Outcome::Refused { message: "no".into() }));
        assert_eq!(event_of("hello"), Some(Event::Log { line: "hello".into() }));
        assert_eq!(event_of("  "), None);
    }

    #[test]
    fn an_engine_that_died_is_a_failure() {
        let Event::Result(Outcome::Failed { message }) = ended_without_result(None, "") else { panic!() };
        assert!(message.contains("Run it again"));
        assert!(matches!(ended_without_result(Some(4), "x"), Event::Result(Outcome::Cancelled { .. })));
        assert!(matches!(ended_without_result(Some(2), "x"), Event::Result(Outcome::Refused { .. })));
    }

    #[test]
    fn one_run_at_a_time() {
        let run = InstallRun::default();
        let place = run.take_place().unwrap();
        assert!(matches!(run.take_place(), Err(CommandError::Busy)));
        drop(place);
        assert!(!run.is_running());
    }
}
