//! Reads one report completely: recognizes its format, runs the reader of the format, counts the events.

use std::io::BufRead;

use crate::count::Counts;
use crate::detect::{Format, Start, Tried};
use crate::formats::katalon;
use crate::input;
use crate::model::Event;
use crate::sink::{Problem, Sink, Stop};

/// The result of reading a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Ok,
    /// The report is well formed but contains no case.
    Empty,
    /// The report is damaged; everything before the damage was sent.
    Malformed,
    /// The format is unknown.
    NotAReport,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Empty => "empty",
            Self::Malformed => "malformed",
            Self::NotAReport => "not_a_report",
        }
    }
}

/// The summary of a report that was read.
#[derive(Clone, Debug)]
pub struct Report {
    pub format: Option<Format>,
    /// The tool that wrote the report, if the content shows it.
    pub dialect: Option<&'static str>,
    pub state: State,
    pub counts: Counts,
    /// Notes for people, in sentences.
    pub notes: Vec<String>,
    /// All formats with the reason against each; empty if the format is known.
    pub tried: Vec<Tried>,
}

impl Sink<'_> {
    /// The summary of a run whose format is known. `state` derives the state from the counts.
    pub(crate) fn into_report(self, format: Option<Format>, state: impl FnOnce(&Counts) -> State) -> Report {
        let state = state(&self.counts);
        report(self, format, state, Vec::new())
    }
}

/// Reads a report and sends all suites and cases to `receive`, in order.
///
/// # Errors
/// [`Stop`] when `receive` returned it. A damaged report is not an error; [`Report::state`] is then `Malformed`.
pub fn read<'a>(
    input: Box<dyn BufRead + 'a>,
    receive: &'a mut dyn FnMut(Event) -> Result<(), Stop>,
) -> Result<Report, Stop> {
    let mut sink = Sink::new(receive);
    let (prefix, source) = match input::open(input) {
        Ok(opened) => opened,
        Err(error) => {
            sink.note(format!("The report cannot be read: {error}."));
            return Ok(report(sink, None, State::Malformed, Vec::new()));
        }
    };
    let start = Start::of(&prefix);
    let mut tried = Vec::new();
    for &format in Format::ALL {
        match format.recognize(&start) {
            Ok(()) => return finish(format, source, sink),
            Err(reason) => tried.push(Tried { format, reason }),
        }
    }
    let state = if start.is_broken() { State::Malformed } else { State::NotAReport };
    Ok(report(sink, None, state, tried))
}

/// Reads a report as this format, whatever its content is. A report of another format is damaged or empty.
///
/// # Errors
/// As [`read`].
pub fn read_as<'a>(
    format: Format,
    input: Box<dyn BufRead + 'a>,
    receive: &'a mut dyn FnMut(Event) -> Result<(), Stop>,
) -> Result<Report, Stop> {
    let mut sink = Sink::new(receive);
    match input::open(input) {
        Ok((_, source)) => finish(format, source, sink),
        Err(error) => {
            sink.note(format!("The report cannot be read: {error}."));
            Ok(report(sink, Some(format), State::Malformed, Vec::new()))
        }
    }
}

/// Reads a log of Katalon Studio that is several files, in their order.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_log(
    sources: Vec<input::Source<'_>>,
    receive: &mut dyn FnMut(Event) -> Result<(), Stop>,
) -> Result<Report, Stop> {
    let mut sink = Sink::new(receive);
    let ended = katalon::log::read_all(sources, &mut sink);
    ended_as(ended, Format::KatalonLog, sink)
}

fn finish(format: Format, source: input::Source<'_>, mut sink: Sink<'_>) -> Result<Report, Stop> {
    let ended = format.read(source, &mut sink);
    ended_as(ended, format, sink)
}

fn ended_as(ended: Result<(), Problem>, format: Format, mut sink: Sink<'_>) -> Result<Report, Stop> {
    let state = match ended {
        Ok(()) if sink.counts.cases == 0 => State::Empty,
        Ok(()) => State::Ok,
        Err(Problem::Stopped) => return Err(Stop),
        Err(Problem::Malformed(words)) => {
            sink.note(format!("The report is damaged: {words}. What comes before that was read."));
            State::Malformed
        }
    };
    Ok(report(sink, Some(format), state, Vec::new()))
}

fn report(mut sink: Sink<'_>, format: Option<Format>, state: State, tried: Vec<Tried>) -> Report {
    sink.compare_stated();
    Report { format, dialect: sink.dialect, state, counts: sink.counts, notes: sink.notes, tried }
}
