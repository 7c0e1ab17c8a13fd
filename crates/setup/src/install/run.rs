//! State that the steps of one run share.

use std::fs::File;

use testkeep_domain::answers::Answers;
use testkeep_domain::progress::{Event, StepState};
use testkeep_domain::{Layout, ServerUrl};
use testkeep_local::{process, service};

use super::journal::{Journal, Undo};
use super::plan::Step;
use super::preflight::Accepted;
use super::{Events, InstallOptions};

pub(super) struct Run<'a> {
    pub(super) answers: &'a Answers,
    pub(super) options: &'a InstallOptions,
    pub(super) layout: Layout,
    pub(super) url: ServerUrl,
    pub(super) accepted: Accepted,
    pub(super) journal: Journal,
    /// Held while this run works in the destination; the system releases it when the process dies.
    pub(super) lock: Option<File>,
    pub(super) next_url: Option<String>,
    events: Events<'a>,
}

/// Result of a step that did not fail.
#[derive(Debug)]
pub(super) enum Done {
    Done(Option<String>),
    /// Nothing to do, with the reason.
    Skipped(String),
}

#[derive(Debug, thiserror::Error)]
pub(super) enum StepError {
    #[error("{0}")]
    Failed(String),
    #[error("Cancelled.")]
    Cancelled,
}

impl Done {
    pub(super) fn with(message: impl Into<String>) -> Self {
        Self::Done(Some(message.into()))
    }

    pub(super) fn skipped(why: impl Into<String>) -> Self {
        Self::Skipped(why.into())
    }

    pub(super) fn state(&self) -> StepState {
        match self {
            Self::Done(_) => StepState::Done,
            Self::Skipped(_) => StepState::Skipped,
        }
    }

    pub(super) fn message(self) -> Option<String> {
        match self {
            Self::Done(message) => message,
            Self::Skipped(why) => Some(why),
        }
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(
        answers: &'a Answers,
        options: &'a InstallOptions,
        accepted: Accepted,
        events: Events<'a>,
    ) -> Self {
        Self {
            answers,
            options,
            layout: accepted.layout.clone(),
            url: accepted.url.clone(),
            accepted,
            journal: Journal::default(),
            lock: None,
            next_url: None,
            events,
        }
    }

    pub(super) fn log(&self, line: impl Into<String>) {
        (self.events)(Event::Log { line: line.into() });
    }

    /// Called before a program or a configuration is replaced. The start step starts the server again.
    pub(super) async fn stop_running_server(&mut self) -> Result<(), StepError> {
        if process::nothing_runs(&self.layout) {
            return Ok(());
        }
        self.log("Stopping the running server");
        self.journal.note(Undo::StartServer(self.layout.clone()));
        match service::stop_server(&self.layout).await {
            Ok(_) => Ok(()),
            Err(error) => Err(StepError::Failed(error.to_string())),
        }
    }

    /// Undoes everything, newest first; returns what could not be undone.
    pub(super) async fn undo(&mut self, events: Events<'_>) -> Vec<String> {
        if cfg!(windows) {
            // On Windows a folder cannot be removed while a file in it is open.
            self.lock = None;
        }
        let mut troubles = Vec::new();
        let mut current: Option<Step> = None;
        while let Some((step, undo)) = self.journal.take_newest() {
            if let Some(finished) = current.replace(step).filter(|current| *current != step) {
                report_undone(events, finished);
            }
            if let Err(trouble) = undo.perform().await {
                events(Event::Log { line: format!("Not undone: {trouble}") });
                troubles.push(trouble);
            }
        }
        if let Some(finished) = current {
            report_undone(events, finished);
        }
        troubles
    }
}

fn report_undone(events: Events<'_>, step: Step) {
    let percent = step.percent_before();
    events(Event::Step {
        name: step.name().into(),
        state: StepState::Undone,
        percent,
        elapsed_ms: 0,
        message: None,
    });
}
