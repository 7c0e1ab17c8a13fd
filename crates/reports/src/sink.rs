//! Where a reader sends what it finds, and why it stops.

use crate::count::Counts;
use crate::limits::NOTES;
use crate::model::Event;
use crate::redact::hide_secrets;

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
    pub(crate) counts: Counts,
    pub(crate) notes: Vec<String>,
    pub(crate) dialect: Option<&'static str>,
    /// The number of cases that the report states itself.
    stated: Option<u64>,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(receive: &'a mut dyn FnMut(Event) -> Result<(), Stop>) -> Self {
        Self { receive, counts: Counts::default(), notes: Vec::new(), dialect: None, stated: None }
    }

    pub(crate) fn send(&mut self, mut event: Event) -> Result<(), Stop> {
        self.counts.add(&event);
        hide_secrets(&mut event);
        (self.receive)(event)
    }

    /// Adds a sentence for people. Equal sentences are kept once.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if self.notes.len() < NOTES && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Keeps the number of cases that the report states itself. It is never counted, only compared.
    pub(crate) fn states(&mut self, cases: Option<u64>) {
        self.stated = cases.or(self.stated);
    }

    /// Says quietly that the report's own total differs from its content.
    pub(crate) fn compare_stated(&mut self) {
        let contains = self.counts.cases;
        if let Some(stated) = self.stated.filter(|stated| *stated != contains) {
            self.note(format!("The report states {stated} test cases itself; it contains {contains}."));
        }
    }

    pub(crate) fn set_dialect(&mut self, dialect: &'static str) {
        self.dialect = Some(dialect);
    }
}
