//! Reads one report completely: recognizes its format, runs the reader of the format, counts the events.

use std::io::BufRead;

use crate::count::Counts;
use crate::detect::{Format, Start, Tried};
use crate::input;
use crate::limits::NOTES;
use crate::model::Event;

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

/// Why reading ended before the end of the report.
#[derive(Debug)]
pub enum Problem {
    /// The report is damaged from here on; the text says how.
    Malformed(String),
    /// The receiver of the events returned [`Stop`].
    Stopped,
}

impl From<String> for Problem {
    fn from(words: String) -> Self {
        Self::Malformed(words)
    }
}

impl From<Stop> for Problem {
    fn from(Stop: Stop) -> Self {
        Self::Stopped
    }
}

/// Returned by the receiver of the events to end the reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop;

/// Where a reader sends its events and notes.
pub struct Sink<'a> {
    receive: &'a mut dyn FnMut(Event) -> Result<(), Stop>,
    counts: Counts,
    notes: Vec<String>,
    dialect: Option<&'static str>,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(receive: &'a mut dyn FnMut(Event) -> Result<(), Stop>) -> Self {
        Self { receive, counts: Counts::default(), notes: Vec::new(), dialect: None }
    }

    /// The summary of a run whose format is known. `state` derives the state from the counts.
    pub(crate) fn into_report(self, format: Option<Format>, state: impl FnOnce(&Counts) -> State) -> Report {
        let state = state(&self.counts);
        report(self, format, state, Vec::new())
    }

    pub(crate) fn send(&mut self, event: Event) -> Result<(), Stop> {
        self.counts.add(&event);
        (self.receive)(event)
    }

    /// Adds a sentence for people. Equal sentences are kept once.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if self.notes.len() < NOTES && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    pub(crate) fn set_dialect(&mut self, dialect: &'static str) {
        self.dialect = Some(dialect);
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

fn finish(format: Format, source: input::Source<'_>, mut sink: Sink<'_>) -> Result<Report, Stop> {
    let state = match format.read(source, &mut sink) {
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

fn report(sink: Sink<'_>, format: Option<Format>, state: State, tried: Vec<Tried>) -> Report {
    Report { format, dialect: sink.dialect, state, counts: sink.counts, notes: sink.notes, tried }
}
