//! `testkeep report inspect`: prints what test reports contain, without a server.
//!
//! One line per file on standard output. The keys of the JSON form are a contract that scripts rely on
//! (`docs/formats.md`).

use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use testkeep_reports::{FolderFile, Format, Report, State, is_result, read, read_folder};

/// At least one file is not a report.
const NOT_ALL_REPORTS: i32 = 2;

#[derive(Args)]
pub(crate) struct InspectArguments {
    /// Report files, or folders with Allure results
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
}

/// Returns the exit code.
pub(crate) fn inspect(arguments: &InspectArguments) -> i32 {
    let mut all_are_reports = true;
    for file in &arguments.files {
        let (line, is_report) = line(file);
        all_are_reports &= is_report;
        let line = if arguments.json { line.to_string() } else { words(&line) };
        if writeln!(std::io::stdout(), "{line}").is_err() {
            // The program that reads our output has ended.
            break;
        }
    }
    if all_are_reports { 0 } else { NOT_ALL_REPORTS }
}

/// One line of output for a file, and whether the file is a report.
fn line(file: &Path) -> (Value, bool) {
    match report(file) {
        Ok(report) => {
            let is_report = matches!(report.state, State::Ok | State::Empty);
            (shown(file, &report), is_report)
        }
        Err(error) => {
            let note = format!("The file cannot be read: {error}.");
            (
                json!({ "file": file, "format": null, "dialect": null, "state": "not_a_report", "notes": [note] }),
                false,
            )
        }
    }
}

fn report(path: &Path) -> std::io::Result<Report> {
    let mut receive = |_event| Ok(());
    let stopped = || std::io::Error::other("reading was stopped");
    if !path.is_dir() {
        return read(Box::new(BufReader::new(open(path)?)), &mut receive).map_err(|_| stopped());
    }
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if is_result(&name) {
            names.push(name);
        }
    }
    names.sort();
    // A file that cannot be opened is skipped, as if the test run had not written it.
    let files = names.into_iter().filter_map(|name| {
        let file = open(&path.join(&name)).ok()?;
        Some(FolderFile { name, content: Box::new(BufReader::new(file)) })
    });
    read_folder(files, &mut receive).map_err(|_| stopped())
}

/// Opens ordinary files only: reading a pipe or a device may never end.
fn open(path: &Path) -> std::io::Result<File> {
    if !path.metadata()?.is_file() {
        return Err(std::io::Error::other("it is not an ordinary file"));
    }
    File::open(path)
}

fn shown(file: &Path, report: &Report) -> Value {
    let counts = report.counts;
    let mut notes = report.notes.clone();
    if report.format.is_none() {
        notes.extend(
            report.tried.iter().map(|tried| format!("Not {}: {}.", tried.format.as_str(), tried.reason)),
        );
    }
    json!({
        "file": file,
        "format": report.format.map(Format::as_str),
        "dialect": report.dialect,
        "state": report.state.as_str(),
        "suites": counts.suites,
        "cases": counts.cases,
        "passed": counts.passed,
        "failed": counts.failed,
        "errored": counts.errored,
        "skipped": counts.skipped,
        "flaky": counts.flaky,
        "other": counts.other,
        "notes": notes,
    })
}

fn words(line: &Value) -> String {
    let text = |key: &str| line[key].as_str().unwrap_or("-").to_owned();
    let mut words = format!("{}: {} ({})", text("file"), text("format"), text("state"));
    for key in ["suites", "cases", "passed", "failed", "errored", "skipped", "flaky", "other"] {
        if let Some(count) = line[key].as_u64() {
            words.push_str(", ");
            words.push_str(&count.to_string());
            words.push(' ');
            words.push_str(key);
        }
    }
    for note in line["notes"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        words.push_str("\n  ");
        words.push_str(note);
    }
    words
}
