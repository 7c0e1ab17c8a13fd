//! Reads a run that is a folder of files: Allure 2 results.
//!
//! The caller lists and opens the files; this crate must never open one. Files other than results (containers,
//! attachments) are ignored. Of several results with the same history id, the last one to end counts, and the others
//! are its attempts.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde_json::Value;

use crate::count::Counts;
use crate::detect::Format;
use crate::formats::allure2;
use crate::limits::TOKEN;
use crate::model::{Attempt, Case, Event, Outcome, Suite};
use crate::read::{Report, State};
use crate::sink::{Sink, Stop};

/// One file of a folder.
pub struct FolderFile<'a> {
    pub name: String,
    pub content: Box<dyn BufRead + 'a>,
}

/// Whether a file with this name is a result of Allure 2.
pub fn is_result(name: &str) -> bool {
    name.ends_with("-result.json")
}

/// Reads the results among `files` and sends their cases, then their suites.
///
/// # Errors
/// [`Stop`] when `receive` returned it.
pub fn read_folder<'a>(
    files: impl Iterator<Item = FolderFile<'a>>,
    receive: &mut dyn FnMut(Event) -> Result<(), Stop>,
) -> Result<Report, Stop> {
    let mut sink = Sink::new(receive);
    let mut latest: BTreeMap<String, (i64, Case)> = BTreeMap::new();
    let (mut suites, mut found) = (std::collections::BTreeSet::new(), 0_u64);
    for file in files.filter(|file| is_result(&file.name)) {
        found += 1;
        match result(file.content) {
            Ok(result) => {
                let key =
                    result["historyId"].as_str().map_or_else(|| format!("file {}", file.name), str::to_owned);
                let ended = result["stop"].as_i64().unwrap_or_default();
                add(&mut latest, key, ended, allure2::case(&result));
            }
            Err(error) => sink.note(format!("{} cannot be read: {error}.", file.name)),
        }
    }
    for (_, (_, case)) in latest {
        if !case.suite.is_empty() {
            suites.insert(case.suite.clone());
        }
        sink.send(Event::Case(Box::new(case)))?;
    }
    for path in suites {
        sink.send(Event::Suite(Suite { path, ..Suite::default() }))?;
    }
    let format = (found > 0).then_some(Format::Allure2);
    Ok(sink.into_report(format, |counts: &Counts| match counts.cases {
        _ if found == 0 => State::NotAReport,
        0 => State::Empty,
        _ => State::Ok,
    }))
}

fn result(content: Box<dyn BufRead + '_>) -> Result<Value, serde_json::Error> {
    serde_json::from_reader(std::io::Read::take(content, TOKEN as u64))
}

fn add(latest: &mut BTreeMap<String, (i64, Case)>, key: String, ended: i64, case: Case) {
    let Some((known_end, known)) = latest.remove(&key) else {
        latest.insert(key, (ended, case));
        return;
    };
    let (end, mut last, mut earlier) =
        if ended >= known_end { (ended, case, known) } else { (known_end, known, case) };
    let mut attempts = std::mem::take(&mut earlier.attempts);
    attempts.extend(std::mem::take(&mut last.attempts));
    let Case { outcome, seconds, failures, output, .. } = earlier;
    attempts.push(Attempt { outcome, seconds, failures, output });
    last.flaky =
        last.outcome == Outcome::Passed && attempts.iter().any(|attempt| attempt.outcome != Outcome::Passed);
    last.attempts = attempts;
    latest.insert(key, (end, last));
}
