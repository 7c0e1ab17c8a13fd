//! `testkeep report inspect`: prints what test reports contain, without a server.
//!
//! One line per report on standard output; an archive has a line of its own before its reports. The keys of the JSON
//! form are a contract that scripts rely on (`docs/formats.md`).

mod lines;

use std::fs::File;
use std::io::{BufReader, Read, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;
use testkeep_reports::{
    FolderFile, Packing, Report, State, coverage, is_result, limits, read, read_archive, read_folder,
};

/// At least one file is not a report.
const NOT_ALL_REPORTS: i32 = 2;

#[derive(Args)]
pub(crate) struct InspectArguments {
    /// Report files, archives of them (zip, tar, tar.gz), or folders of results (Allure, Katalon)
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
        let (lines, state) = inspected(file);
        all_are_reports &= matches!(state, State::Ok | State::Empty);
        let printed = lines.iter().try_for_each(|line| print(line, arguments.json));
        if printed.is_err() {
            // The program that reads our output has ended.
            break;
        }
    }
    if all_are_reports { 0 } else { NOT_ALL_REPORTS }
}

fn print(line: &Value, as_json: bool) -> std::io::Result<()> {
    let line = if as_json { line.to_string() } else { lines::words(line) };
    writeln!(std::io::stdout(), "{line}")
}

/// The lines of output for a file, and its state.
fn inspected(file: &Path) -> (Vec<Value>, State) {
    let read = if file.is_dir() {
        folder(file).map(|report| (vec![lines::of_report(file, None, &report)], report.state))
    } else {
        content(file)
    };
    read.unwrap_or_else(|error| (vec![lines::unreadable(file, &error)], State::NotAReport))
}

fn content(path: &Path) -> std::io::Result<(Vec<Value>, State)> {
    let mut file = open(path)?;
    let mut prefix = Vec::new();
    Read::take(&mut file, limits::PREFIX as u64).read_to_end(&mut prefix)?;
    file.rewind()?;
    if let Some(packing) = Packing::of(&prefix) {
        let archive = read_archive(file, packing, &mut |_name, _event| Ok(())).map_err(|_| stopped())?;
        return Ok((lines::of_archive(path, &archive), archive.state));
    }
    let input = Box::new(BufReader::new(file));
    if coverage::is_coverage(&prefix) {
        let coverage = coverage::read(input);
        return Ok((vec![lines::of_coverage(path, None, &coverage)], coverage.state));
    }
    let report = read(input, &mut |_event| Ok(())).map_err(|_| stopped())?;
    Ok((vec![lines::of_report(path, None, &report)], report.state))
}

fn stopped() -> std::io::Error {
    std::io::Error::other("reading was stopped")
}

fn folder(path: &Path) -> std::io::Result<Report> {
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
    read_folder(files, &mut |_event| Ok(())).map_err(|_| stopped())
}

/// Opens ordinary files only: reading a pipe or a device may never end.
fn open(path: &Path) -> std::io::Result<File> {
    if !path.metadata()?.is_file() {
        return Err(std::io::Error::other("it is not an ordinary file"));
    }
    File::open(path)
}
