//! Commands that run the bundled server program: check an answer, install, cancel, uninstall.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tauri::ipc::Channel;
use tauri::{AppHandle, State};
use testkeep_domain::progress::{Event, Outcome};

use super::answers_of;
use crate::error::CommandError;
use crate::install_run::InstallRun;
use crate::program::{self, Finished, Until, bundled, bundled_name};
use crate::remembered;

/// `testkeep-server check <kind>`.
const KINDS: [&str; 8] =
    ["destination", "upload-location", "ports", "database", "server-url", "license", "jdbc-url", "defaults"];
/// A database check may wait for several hosts in turn.
const CHECKED_WITHIN: Duration = Duration::from_mins(1);
const UNINSTALLED_WITHIN: Duration = Duration::from_mins(2);

#[tauri::command]
pub(crate) async fn check(
    app: AppHandle,
    kind: String,
    args: Vec<String>,
    password: Option<String>,
) -> Result<Value, CommandError> {
    if !KINDS.contains(&kind.as_str()) {
        return Err(CommandError::Invalid(format!("There is no check of “{kind}”.")));
    }
    let (args, input) = hidden(&kind, args, password);
    let command = bundled(&app)?.args(["check", &kind]).args(&args);
    report_of(&program::run(command, &bundled_name(), input.as_deref(), Until::End, CHECKED_WITHIN).await?)
}

/// Splits the arguments: every account of the machine may read arguments, so values with secrets become lines of
/// standard input. A JDBC URL may contain a password.
fn hidden(kind: &str, mut args: Vec<String>, password: Option<String>) -> (Vec<String>, Option<String>) {
    let mut lines = Vec::new();
    if let ("database" | "jdbc-url", Some(url)) = (kind, args.first_mut()) {
        // A line break would end the line. The URL is refused anyway, because of the tab that replaces it.
        lines.push(std::mem::replace(url, "-".into()).replace(['\r', '\n'], "\t"));
    }
    if let Some(password) = password {
        lines.push(password);
        if !args.iter().any(|argument| argument == "--password-stdin") {
            args.push("--password-stdin".into());
        }
    }
    (args, (!lines.is_empty()).then(|| lines.join("\n")))
}

/// A report with errors is an answer too; any other end of the program is a failure.
fn report_of(finished: &Finished) -> Result<Value, CommandError> {
    match (finished.code, serde_json::from_str(&finished.stdout)) {
        (Some(0 | 2), Ok(report)) => Ok(report),
        _ => Err(CommandError::Failed(first_of(&[
            program::reason(&finished.stderr),
            &finished.stdout,
            "The check ended without an answer. Try again; if it happens again, reinstall Testkeep.",
        ]))),
    }
}

#[tauri::command]
pub(crate) async fn install(
    app: AppHandle,
    run: State<'_, InstallRun>,
    answers: Value,
    on_event: Channel<Event>,
) -> Result<Event, CommandError> {
    let last = run.install(&app, &answers_of(answers)?, &on_event).await?;
    if let Event::Result(Outcome::Installed { destination, .. }) = &last {
        remembered::remember(&app, Path::new(destination))?;
    }
    Ok(last)
}

#[tauri::command]
pub(crate) async fn cancel_install(run: State<'_, InstallRun>) -> Result<(), CommandError> {
    run.cancel().await
}

#[tauri::command]
pub(crate) async fn uninstall(
    app: AppHandle,
    run: State<'_, InstallRun>,
    delete_data: bool,
) -> Result<(), CommandError> {
    run.exclusively(async {
        let installation = remembered::required(&app)?;
        let mut command = bundled(&app)?.args(["uninstall", "--destination"]).arg(&installation.destination);
        if delete_data {
            command = command.arg("--delete-data");
        }
        let finished = program::run(command, &bundled_name(), None, Until::End, UNINSTALLED_WITHIN).await?;
        if finished.code != Some(0) {
            return Err(CommandError::Failed(first_of(&[
                program::reason(&finished.stderr),
                "The removal ended without saying why. Run it again: it continues where it stopped.",
            ])));
        }
        remembered::forget(&app, &installation.destination)
    })
    .await
}

/// The first text that is not empty.
fn first_of(texts: &[&str]) -> String {
    texts.iter().map(|text| text.trim()).find(|text| !text.is_empty()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(code: i32, stdout: &str, stderr: &str) -> Finished {
        Finished { code: Some(code), stdout: stdout.into(), stderr: stderr.into() }
    }

    #[test]
    fn what_may_hold_a_password_is_no_argument() {
        let url = "jdbc:postgresql://db/kit?password=secret";
        let asked = |args: &[&str]| args.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (args, input) = hidden("database", asked(&[url, "--user", "ada"]), Some("pass".into()));
        assert_eq!(args, ["-", "--user", "ada", "--password-stdin"]);
        assert_eq!(input.unwrap(), format!("{url}\npass"));
        let (args, input) = hidden("jdbc-url", asked(&[url]), None);
        assert_eq!((args, input.as_deref()), (asked(&["-"]), Some(url)));
        let (args, input) = hidden("ports", asked(&["1", "2"]), None);
        assert_eq!((args, input), (asked(&["1", "2"]), None));
    }

    #[test]
    fn a_refusal_is_an_answer() {
        assert_eq!(report_of(&finished(2, "{\"ok\":false}\n", "")).unwrap()["ok"], false);
        assert_eq!(report_of(&finished(0, "{\"ok\":true}\n", "noise")).unwrap()["ok"], true);
    }

    #[test]
    fn a_broken_check_says_why() {
        let message = |finished| report_of(&finished).unwrap_err().to_string();
        assert_eq!(message(finished(1, "", "no such thing\n")), "no such thing");
        assert_eq!(message(finished(2, "not JSON", "")), "not JSON");
        assert!(message(finished(101, "", "")).contains("without an answer"));
    }
}
