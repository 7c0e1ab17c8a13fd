//! `install` and `uninstall`: show the install engine's events as readable lines or as JSON.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use testkeep_domain::Clock;
use testkeep_domain::answers::Answers;
use testkeep_domain::encoding::{Lines, with_line_feeds};
use testkeep_domain::progress::{Event, Outcome, StepState};
use testkeep_domain::user_file::{self, SMALL};
use testkeep_local::place;
use testkeep_setup::{InstallOptions, Upgrade};
use tokio::sync::watch;

use super::{Failure, say};
use crate::VERSION;

#[derive(clap::Args)]
pub(super) struct InstallArguments {
    /// The answer file. `-`: read it from standard input, up to a line `---`; a line `cancel` after it cancels.
    #[arg(long, required_unless_present = "upgrade")]
    answers: Option<PathBuf>,
    /// Folder of an installation: replace its program by this one and keep everything else.
    #[arg(long, value_name = "DESTINATION", conflicts_with = "answers")]
    upgrade: Option<PathBuf>,
    /// Check everything, change nothing.
    #[arg(long)]
    dry_run: bool,
    #[arg(long, value_enum, default_value_t = Progress::Text)]
    progress: Progress,
}

#[derive(clap::Args)]
pub(super) struct UninstallArguments {
    #[arg(long)]
    destination: PathBuf,
    /// Also delete the database, uploads, licenses and backups. This cannot be undone.
    #[arg(long)]
    delete_data: bool,
    #[arg(long, value_enum, default_value_t = Progress::Text)]
    progress: Progress,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Progress {
    Text,
    /// One event per line, as JSON.
    Json,
}

pub(super) async fn install(arguments: InstallArguments) -> Result<ExitCode, Failure> {
    let (cancel, cancelled) = watch::channel(false);
    let upgrade = match &arguments.upgrade {
        Some(destination) => Some(Upgrade::of(destination).await.map_err(Failure::Refused)?),
        None => None,
    };
    let answers = match (&upgrade, &arguments.answers) {
        (Some(upgrade), _) => upgrade.answers.clone(),
        (None, Some(file)) => answers_of(file, cancel.clone()).await?,
        (None, None) => return Err(Failure::Refused("--answers is missing.".into())),
    };
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            cancel.send_replace(true);
        }
    });
    let options = InstallOptions {
        dry_run: arguments.dry_run,
        starts: upgrade.as_ref().is_none_or(|upgrade| upgrade.starts),
        program: std::env::current_exe().map_err(|error| Failure::Failed(error.to_string()))?,
        version: VERSION.into(),
        clock: Clock::system(),
    };
    let show = |event| show(&event, arguments.progress);
    let outcome = testkeep_setup::install(&answers, &options, &show, cancelled).await;
    if let (Some(upgrade), Outcome::Installed { .. }) = (&upgrade, &outcome) {
        upgrade.restore().await.map_err(Failure::Failed)?;
    }
    Ok(finish(outcome, arguments.progress))
}

async fn answers_of(file: &Path, cancel: watch::Sender<bool>) -> Result<Answers, Failure> {
    let text = read_answers(file, cancel).await?;
    let answers = Answers::parse(&text).map_err(|error| Failure::Refused(format!("Answer file: {error}")))?;
    if answers.holds_secret()
        && let Some(warning) = place::warn_if_open(file)
    {
        say(&warning);
    }
    Ok(answers)
}

pub(super) async fn uninstall(arguments: UninstallArguments) -> Result<ExitCode, Failure> {
    let show = |event| show(&event, arguments.progress);
    let outcome = testkeep_setup::uninstall(&arguments.destination, arguments.delete_data, &show).await;
    Ok(finish(outcome, arguments.progress))
}

fn finish(outcome: Outcome, progress: Progress) -> ExitCode {
    let code = testkeep_setup::exit_code(&outcome);
    show(&Event::Result(outcome), progress);
    ExitCode::from(code)
}

/// With standard input, the lines after the answers are watched for the word `cancel`.
async fn read_answers(file: &Path, cancel: watch::Sender<bool>) -> Result<String, Failure> {
    if file.as_os_str() != "-" {
        return user_file::read_text(file, SMALL).map_err(|error| Failure::Refused(error.to_string()));
    }
    let (text, answers) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut lines = Lines::new(std::io::stdin().lock(), SMALL);
        let mut next = || lines.next_line().transpose();
        let answers: Result<Vec<String>, _> = std::iter::from_fn(&mut next)
            .take_while(|line| line.as_ref().map_or(true, |line| line.trim() != "---"))
            .collect();
        if text.send(answers.map(|lines| in_one(&lines))).is_err() {
            return;
        }
        if std::iter::from_fn(next).map_while(Result::ok).any(|line| line.trim() == "cancel") {
            cancel.send_replace(true);
        }
    });
    let answers = answers.await.map_err(|error| Failure::Failed(error.to_string()))?;
    answers.map_err(|error| {
        Failure::Refused(format!("The answer file on standard input was not taken. {error}"))
    })
}

/// Text with old Mac line ends (`\r`) arrives as one line, so it is split here.
fn in_one(lines: &[String]) -> String {
    let text = with_line_feeds(Cow::Owned(lines.join("\n")));
    text.lines().take_while(|line| line.trim() != "---").collect::<Vec<_>>().join("\n")
}

fn show(event: &Event, progress: Progress) {
    let line = match progress {
        Progress::Json => serde_json::to_string(event).ok(),
        Progress::Text => in_words(event),
    };
    if let Some(line) = line {
        // The output may be closed; the installation continues.
        let mut out = std::io::stdout().lock();
        let _closed = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}

fn in_words(event: &Event) -> Option<String> {
    match event {
        Event::Plan { steps } => {
            let titles: Vec<&str> = steps.iter().map(|step| step.title.as_str()).collect();
            Some(format!("Steps: {}", titles.join(" · ")))
        }
        Event::Findings { findings } => {
            let lines: Vec<String> = findings
                .iter()
                .map(|finding| format!("  {:?} {}: {}", finding.level, finding.field, finding.message))
                .collect();
            (!lines.is_empty()).then(|| lines.join("\n"))
        }
        Event::Step { state: StepState::Running, .. } => None,
        Event::Step { name, state, percent, elapsed_ms, message } => {
            let message = message.as_deref().map(|message| format!(" {message}")).unwrap_or_default();
            let state = format!("{state:?}").to_lowercase();
            Some(format!("{percent:>3} % {name} {state} ({elapsed_ms} ms){message}"))
        }
        Event::Log { line } => Some(format!("  {line}")),
        Event::Result(outcome) => Some(outcome_in_words(outcome)),
    }
}

fn outcome_in_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Installed { destination, server_url, next_url } => {
            let next = next_url.as_deref().unwrap_or("Start it with testkeep-server start.");
            format!("Installed in {destination}. Server URL: {server_url}\nNext: {next}")
        }
        Outcome::Planned => "Nothing was changed.".into(),
        Outcome::Uninstalled { destination, kept } if kept.is_empty() => format!("Removed {destination}."),
        Outcome::Uninstalled { destination, kept } => {
            format!("Removed Testkeep from {destination}. Kept: {}", kept.join(", "))
        }
        Outcome::Refused { message } | Outcome::Failed { message } | Outcome::Cancelled { message } => {
            message.clone()
        }
    }
}
