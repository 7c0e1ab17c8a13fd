//! Installation: pre-flight checks, then named steps. Each step notes how to undo it before it acts.
//!
//! Idempotent: every step checks what is there and does only what is missing, so the next run completes a killed one.
//! After a failure or a cancel, everything that this run did is undone, newest first. Must never undo what was there
//! before.

mod child;
mod journal;
mod plan;
mod preflight;
mod run;
mod steps;
mod version;

use std::path::PathBuf;
use std::time::Instant;

use testkeep_domain::answers::Answers;
use testkeep_domain::progress::{Event, Outcome, StepState};
use testkeep_domain::{Clock, Finding, Level};
use tokio::sync::watch;

use run::{Run, StepError};

pub use plan::Step;

/// Options that the caller sets; the answers come from the admin.
#[derive(Clone, Debug)]
pub struct InstallOptions {
    /// Check and plan; change nothing.
    pub dry_run: bool,
    /// Start the server if the answers ask for it. An upgrade leaves a stopped server stopped.
    pub starts: bool,
    /// The server program to install: normally the running one.
    pub program: PathBuf,
    /// Version of that program.
    pub version: String,
    pub clock: Clock,
}

/// Receives every [`Event`] except the last, which is the returned [`Outcome`].
pub type Events<'a> = &'a (dyn Fn(Event) + Send + Sync);

/// Installs, or returns why not. When `cancel` becomes true, everything is undone; dropping its sender does not cancel.
pub async fn install(
    answers: &Answers,
    options: &InstallOptions,
    events: Events<'_>,
    cancel: watch::Receiver<bool>,
) -> Outcome {
    events(Event::Plan { steps: plan::planned() });
    let preflight = tokio::select! {
        preflight = preflight::check(answers, options) => preflight,
        () = cancelled(cancel.clone()) => {
            return Outcome::Cancelled { message: "Cancelled before anything was changed.".into() };
        }
    };
    events(Event::Findings { findings: preflight.findings.clone() });
    let Some(accepted) = preflight.accepted else {
        return Outcome::Refused { message: refusal(&preflight.findings) };
    };
    if options.dry_run {
        return Outcome::Planned;
    }
    let mut run = Run::new(answers, options, accepted, events);
    match all_steps(&mut run, events, &cancel).await {
        Ok(()) => Outcome::Installed {
            destination: run.layout.destination().display().to_string(),
            server_url: run.url.as_str().to_owned(),
            next_url: run.next_url,
        },
        Err(error) => undone(run, events, error).await,
    }
}

async fn all_steps(
    run: &mut Run<'_>,
    events: Events<'_>,
    cancel: &watch::Receiver<bool>,
) -> Result<(), StepError> {
    for step in Step::ALL {
        let began = Instant::now();
        let report = |state, percent, message| {
            let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            events(Event::Step { name: step.name().into(), state, percent, elapsed_ms, message });
        };
        report(StepState::Running, step.percent_before(), None);
        run.journal.enter(step);
        let result = tokio::select! {
            biased;
            () = cancelled(cancel.clone()) => Err(StepError::Cancelled),
            result = steps::perform(step, run) => result,
        };
        match result {
            Ok(done) => report(done.state(), step.percent_after(), done.message()),
            Err(error) => {
                report(StepState::Failed, step.percent_before(), Some(error.to_string()));
                return Err(error);
            }
        }
    }
    Ok(())
}

async fn undone(mut run: Run<'_>, events: Events<'_>, error: StepError) -> Outcome {
    let troubles = run.undo(events).await;
    let after = if troubles.is_empty() {
        "Everything this run had done was undone.".to_owned()
    } else {
        format!("Not everything could be undone: {}", troubles.join(" "))
    };
    match error {
        StepError::Cancelled => Outcome::Cancelled { message: format!("Cancelled. {after}") },
        StepError::Failed(why) => Outcome::Failed { message: format!("{why} {after}") },
    }
}

/// Returns when a cancel is requested; never returns after the sender was dropped.
async fn cancelled(mut cancel: watch::Receiver<bool>) {
    if cancel.wait_for(|cancel| *cancel).await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn refusal(findings: &[Finding]) -> String {
    let errors = findings.iter().filter(|finding| finding.level == Level::Error);
    let messages: Vec<String> =
        errors.map(|finding| format!("{}: {}", finding.field, finding.message)).collect();
    format!("Nothing was changed. {}", messages.join("\n"))
}
