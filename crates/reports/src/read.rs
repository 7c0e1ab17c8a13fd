//! Reads one report from its first byte to its last: recognizes it, runs its reader, counts what it sends.

use std::io::BufRead;

use crate::count::Counts;
use crate::detect::{Format, Start, Tried};
use crate::input;
use crate::limits::NOTES;
use crate::model::Event;

/// How a report could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Ok,
    /// Well formed, and without a case.
    Empty,
    /// Damaged; what could be read was sent.
    Malformed,
    /// Of no known format.
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

/// What came of reading a report.
#[derive(Clone, Debug)]
pub struct Report {
    pub format: Option<Format>,
    /// The tool that wrote it, as far as the content shows.
    pub dialect: Option<&'static str>,
    pub state: State,
    pub counts: Counts,
    /// What a person should know, in sentences.
    pub notes: Vec<String>,
    /// Why it is none of the known formats; empty when it is one.
    pub tried: Vec<Tried>,
}

/// Why reading ended before the end of the report.
#[derive(Debug)]
pub enum Problem {
    /// The report is damaged from here on, in words.
    Malformed(String),
    /// The receiver of the events wants no more.
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

/// The receiver of the events cannot go on.
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

    /// What came of a run whose format is known; `state` judges what was counted.
    pub(crate) fn into_report(self, format: Option<Format>, state: impl FnOnce(&Counts) -> State) -> Report {
        let state = state(&self.counts);
        report(self, format, state, Vec::new())
    }

    pub(crate) fn send(&mut self, event: Event) -> Result<(), Stop> {
        self.counts.add(&event);
        (self.receive)(event)
    }

    /// A sentence for people. The same one is kept once.
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

/// Reads a report and sends every suite and case to `receive`, in order.
///
/// # Errors
/// [`Stop`] when `receive` returned it. A damaged report is not an error: [`Report::state`] says so.
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
