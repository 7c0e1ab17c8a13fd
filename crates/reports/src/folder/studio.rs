//! A report folder of Katalon Studio: the log counts, and `JUnit_Report.xml` only if the log has no readable case.
//!
//! A log may be several files. Their numbers do not tell their order, because tools that roll files rename them; so the
//! time of the first record decides.

use super::FolderFile;
use super::choose::{is_junit, is_log};
use crate::detect::Start;
use crate::formats::katalon::log;
use crate::input::{self, Source};
use crate::model::Event;
use crate::read::{Report, State, read, read_log};
use crate::sink::{Sink, Stop};

/// Files of one log.
const FILES: usize = 100;

/// Receives the events of a run, each with the name of the file that counts.
type Receive<'r> = dyn FnMut(&str, Event) -> Result<(), Stop> + 'r;

/// Reads the run that these files of one folder tell. Returns the name of the file that counts, and its report.
///
/// # Errors
/// [`Stop`] when `receive` returned it.
pub(crate) fn read_studio(
    files: Vec<FolderFile<'_>>,
    receive: &mut Receive<'_>,
) -> Result<(String, Report), Stop> {
    let (logs, junit): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| is_log(&file.name));
    let junit = junit.into_iter().find(|file| is_junit(&file.name));
    let (mut parts, mut others) = (Vec::new(), Vec::new());
    for file in logs.into_iter().take(FILES) {
        match Part::open(file) {
            Ok(part) => parts.push(part),
            Err(name) => others.push(name),
        }
    }
    let mut notes: Vec<String> = others
        .iter()
        .map(|name| format!("{name} is not a log of Katalon Studio that can be read."))
        .collect();
    let Some(main) = parts.iter().map(|part| &part.name).min().cloned() else {
        return read_junit(junit, notes, receive);
    };
    parts.sort_by(|one, other| one.order().cmp(&other.order()));
    // A log without a case may be replaced, so what it sends waits for the first case.
    let mut waiting = Vec::new();
    let mut has_case = false;
    let sources = parts.into_iter().map(|part| part.source).collect();
    let mut log = read_log(sources, &mut |event| {
        has_case |= matches!(event, Event::Case(_));
        waiting.push(event);
        if !has_case && waiting.len() < FILES {
            return Ok(());
        }
        waiting.drain(..).try_for_each(|event| receive(&main, event))
    })?;
    if !has_case && junit.is_some() {
        notes.push(format!("{main} has no test case that can be read."));
        notes.extend(log.notes);
        return read_junit(junit, notes, receive);
    }
    waiting.into_iter().try_for_each(|event| receive(&main, event))?;
    log.notes.extend(notes);
    Ok((main, log))
}

/// Reads the JUnit report instead of a log. `notes`: why the log cannot be read.
fn read_junit(
    junit: Option<FolderFile<'_>>,
    notes: Vec<String>,
    receive: &mut Receive<'_>,
) -> Result<(String, Report), Stop> {
    let Some(FolderFile { name, content }) = junit else {
        let mut nothing = |_event| Ok(());
        let mut sink = Sink::new(&mut nothing);
        for note in notes {
            sink.note(note);
        }
        return Ok((String::new(), sink.into_report(None, |_| State::NotAReport)));
    };
    let mut report = read(content, &mut |event| receive(&name, event))?;
    if !notes.is_empty() {
        report.notes.extend(notes);
        report.notes.push(format!("{name} was read instead."));
    }
    Ok((name, report))
}

/// One file of a log.
struct Part<'a> {
    name: String,
    /// When its first record was written, in milliseconds since 1970.
    at: Option<i64>,
    source: Source<'a>,
}

impl<'a> Part<'a> {
    /// # Errors
    /// The name of a file that cannot be read, or is no log of Katalon Studio.
    fn open(file: FolderFile<'a>) -> Result<Self, String> {
        let FolderFile { name, content } = file;
        match input::open(content) {
            Ok((prefix, source)) if log::recognize(&Start::of(&prefix)).is_ok() => {
                Ok(Self { at: first_time(&prefix), name, source })
            }
            _ => Err(name),
        }
    }

    fn order(&self) -> (Option<i64>, usize, &str) {
        (self.at, self.name.len(), &self.name)
    }
}

fn first_time(prefix: &[u8]) -> Option<i64> {
    let text = String::from_utf8_lossy(prefix);
    let (_, after) = text.split_once("<millis>")?;
    after.split_once('<')?.0.trim().parse().ok()
}
