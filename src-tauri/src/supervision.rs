//! Observes, starts and stops the server process of the installation in use.
//!
//! Owns what this window stores between two observations: the last state, the last request, the last process number.
//! Must never conclude health from a process number alone: it sends a request over HTTP. `server_state` decides the
//! state.

use std::time::{Duration, Instant};
use testkeep_domain::desktop::{ServerReport, ServerState};
use testkeep_domain::log_tail::LogLines;

use serde_json::Value;
use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};
use tauri::AppHandle;
use testkeep_local::control::{Control, ControlError};
use testkeep_local::installation::Installation;
use testkeep_local::{http, log_file};
use tokio::sync::Mutex;

use crate::error::CommandError;
use crate::server_state::{self, Asked, Observation, next};
use crate::{program, remembered};

/// The server ends within 10 s of a stop request; a slow disk gets more time.
const STOPPED_WITHIN: Duration = Duration::from_secs(20);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(200);
/// The start command waits until the server is ready; a migration may take long.
const STARTED_WITHIN: Duration = Duration::from_mins(2);
const LAST_WORDS: usize = 5;

pub(crate) struct Supervision {
    memory: Mutex<Memory>,
}

struct Memory {
    state: ServerState,
    asked: Request,
    pid: Option<Pid>,
    /// `None` if the system does not list processes.
    system: Option<System>,
}

/// As [`Asked`], but with the moment of the request instead of the time since then.
enum Request {
    Nothing,
    Start,
    Started(Instant),
    StartFailed(String),
    Stop,
}

impl Default for Supervision {
    fn default() -> Self {
        let memory = Memory {
            state: ServerState::default(),
            asked: Request::Nothing,
            pid: None,
            system: System::new().ok(),
        };
        Self { memory: Mutex::new(memory) }
    }
}

impl Supervision {
    /// Observes the server and returns its state.
    pub(crate) async fn look(&self, installation: Option<&Installation>) -> ServerReport {
        let Some(installation) = installation else {
            let mut memory = self.memory.lock().await;
            memory.state = next(&memory.state, None);
            return report(memory.state.clone(), None);
        };
        let asked = Control::of_installation(installation).whole_status().await;
        let live = match asked {
            Ok(_) => is_live(installation).await,
            Err(_) => false,
        };
        self.memory.lock().await.conclude(installation, asked, live)
    }

    /// Starts the installed server; it continues to run without this window.
    pub(crate) async fn start(
        &self,
        app: &AppHandle,
        installation: &Installation,
    ) -> Result<(), CommandError> {
        self.memory.lock().await.asked = Request::Start;
        let started = run_start(app, installation).await;
        self.memory.lock().await.asked = match &started {
            Ok(()) => Request::Started(Instant::now()),
            Err(error) => Request::StartFailed(error.to_string()),
        };
        started
    }

    /// Requests a stop and waits until the server has ended.
    pub(crate) async fn stop(&self, installation: &Installation) -> Result<(), CommandError> {
        Control::of_installation(installation).stop().await?;
        self.memory.lock().await.asked = Request::Stop;
        let asked_at = Instant::now();
        let mut stopped = false;
        while !stopped && asked_at.elapsed() < STOPPED_WITHIN {
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
            stopped = matches!(self.look(Some(installation)).await.state, ServerState::Stopped);
        }
        self.memory.lock().await.asked = Request::Nothing;
        if stopped {
            return Ok(());
        }
        Err(CommandError::Failed(format!(
            "The server did not stop within {} seconds. Look into its log, or end its process.",
            STOPPED_WITHIN.as_secs()
        )))
    }
}

/// Log lines after `after`: from the server, or from its file when it does not answer.
pub(crate) async fn log(installation: &Installation, after: Option<u64>) -> Result<LogLines, CommandError> {
    if let Ok(log) = Control::of_installation(installation).logs(after).await {
        return Ok(log);
    }
    let path = installation.layout().log_file();
    log_file::read(&path, after).map_err(|source| CommandError::File { path, action: "read", source })
}

impl Memory {
    fn conclude(
        &mut self,
        installation: &Installation,
        asked: Result<Value, ControlError>,
        live: bool,
    ) -> ServerReport {
        if let Ok(status) = &asked {
            self.pid = status["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok()).map(Pid::from_u32);
        }
        let resources = self.measure();
        let last_words = match &asked {
            Ok(_) => String::new(),
            Err(_) => log_file::last_words(&installation.layout().log_file(), LAST_WORDS),
        };
        let seen = Observation {
            control: control_of(&asked),
            live,
            process_alive: resources.is_some(),
            stopped_in_order: last_words.lines().last().is_some_and(says_goodbye),
            asked: self.asked.so_far(),
            last_words,
        };
        self.state = next(&self.state, Some(&seen));
        if self.state == ServerState::Running && !matches!(self.asked, Request::Stop) {
            self.asked = Request::Nothing;
        }
        let resources = if asked.is_ok() { resources } else { None };
        ServerReport { status: asked.ok(), ..report(self.state.clone(), resources) }
    }

    /// Process number, share of the machine's processors and memory of the last process, while it exists.
    fn measure(&mut self) -> Option<(u32, Option<f32>, u64)> {
        let pid = self.pid?;
        let kind = ProcessRefreshKind::nothing().with_cpu().with_memory();
        let system = self.system.as_mut()?;
        let known_before = system.process(pid).is_some();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
        // A dead process stays listed until its parent reads its exit code.
        let process = system.process(pid).filter(|process| process.status() != ProcessStatus::Zombie)?;
        // The share is measured between two observations.
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let processors = f32::from(u16::try_from(processors).unwrap_or(1));
        let cpu = known_before.then(|| process.cpu_usage() / processors);
        Some((pid.as_u32(), cpu, process.memory()))
    }
}

impl Request {
    fn so_far(&self) -> Asked {
        match self {
            Self::Nothing => Asked::Nothing,
            Self::Start => Asked::Start,
            Self::Started(at) => Asked::Started { since: at.elapsed() },
            Self::StartFailed(reason) => Asked::StartFailed { reason: reason.clone() },
            Self::Stop => Asked::Stop,
        }
    }
}

fn report(state: ServerState, resources: Option<(u32, Option<f32>, u64)>) -> ServerReport {
    ServerReport {
        state,
        pid: resources.map(|(pid, ..)| pid),
        cpu_percent: resources.and_then(|(_, cpu, _)| cpu),
        memory_bytes: resources.map(|(.., memory)| memory),
        status: None,
    }
}

/// Whether the HTTP connector answers.
async fn is_live(installation: &Installation) -> bool {
    let answer = http::get(http::own_address(&installation.config), "/livez").await;
    answer.is_ok_and(|status| (200..300).contains(&status))
}

fn control_of(asked: &Result<Value, ControlError>) -> server_state::Control {
    use server_state::Control;
    match asked {
        Ok(status) => {
            Control::Answers { uptime: Duration::from_secs(status["uptime_seconds"].as_u64().unwrap_or(0)) }
        }
        Err(ControlError::SomebodyElse(port)) => Control::Refuses { port: *port },
        Err(_) => Control::Silent,
    }
}

/// Whether this is the server's last line of an orderly stop.
fn says_goodbye(line: &str) -> bool {
    line.trim_end().ends_with(" stopped")
}

async fn run_start(app: &AppHandle, installation: &Installation) -> Result<(), CommandError> {
    let program = installation.layout().server_program();
    let command =
        program::installed(app, &program).arg("start").arg("--config").arg(&installation.config_file);
    let finished = program::run(command, &program, None, program::Until::FirstLine, STARTED_WITHIN).await?;
    if finished.code == Some(0) {
        return Ok(());
    }
    let reason = program::reason(&finished.stderr);
    let last_words = log_file::last_words(&installation.layout().log_file(), LAST_WORDS);
    Err(CommandError::Failed(match (reason.is_empty(), last_words.is_empty()) {
        (false, _) => reason.to_owned(),
        (true, false) => format!("The server did not start. The end of its log:\n{last_words}"),
        (true, true) => {
            "The server did not start and left no log. Reinstall it to repair its files.".to_owned()
        }
    }))
}

/// As [`Supervision::look`], for the installation in use.
pub(crate) async fn look(app: &AppHandle, supervision: &Supervision) -> Result<ServerReport, CommandError> {
    Ok(supervision.look(remembered::current(app)?.as_ref()).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_in_order_is_the_last_word() {
        assert!(says_goodbye("2026-01-02T03:04:05.678901Z  INFO stopped"));
        assert!(!says_goodbye("2026-01-02T03:04:05.678901Z  INFO stopping"));
    }

    #[test]
    fn the_own_process_is_measured_and_a_dead_one_is_not() {
        let mut memory = Memory {
            state: ServerState::Stopped,
            asked: Request::Nothing,
            pid: Some(Pid::from_u32(std::process::id())),
            system: System::new().ok(),
        };
        let (_, cpu, bytes) = memory.measure().unwrap();
        assert!(cpu.is_none() && bytes > 100_000);
        assert!(memory.measure().unwrap().1.is_some());
        memory.pid = Some(Pid::from_u32(u32::MAX - 7));
        assert!(memory.measure().is_none());
    }
}
