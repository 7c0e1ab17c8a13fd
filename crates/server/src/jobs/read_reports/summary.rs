//! What a whole reading says about its execution: format, notes, times.

use chrono::{DateTime, TimeDelta, Utc};

use testkeep_reports::RunDetails;

use super::parse::Finished;

/// Maximum number of notes of an execution.
const NOTES: usize = 100;

#[derive(Debug, Default)]
pub(super) struct Summary {
    formats: Vec<&'static str>,
    notes: Vec<String>,
    reports: Vec<i64>,
    others: usize,
    pub details: RunDetails,
    pub started_at: Option<DateTime<Utc>>,
    milliseconds: i64,
}

impl Summary {
    pub(super) fn add(&mut self, file: Finished) {
        if file.formats.is_empty() {
            self.others += file.files.len();
        } else {
            self.reports.extend(file.files);
        }
        for format in file.formats {
            if !self.formats.contains(&format) {
                self.formats.push(format);
            }
        }
        self.notes.extend(file.notes.into_iter().take(NOTES));
        self.notes.truncate(NOTES);
        self.started_at = match (self.started_at, file.started_at) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.milliseconds = self.milliseconds.saturating_add(file.milliseconds);
    }

    pub(super) fn note(&mut self, note: String) {
        if self.notes.len() < NOTES {
            self.notes.push(note);
        }
    }

    pub(super) fn is_report(&self) -> bool {
        !self.reports.is_empty()
    }

    pub(super) fn reports(&self) -> &[i64] {
        &self.reports
    }

    pub(super) fn format(&self) -> Option<&'static str> {
        self.formats.first().copied()
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        if !self.is_report() {
            let none = match self.others {
                0 => "No file arrived. Upload the report again.",
                1 => {
                    "The file is not a test report of a known format. docs/formats.md lists the known formats."
                }
                _ => {
                    "None of the files is a test report of a known format. docs/formats.md lists the known formats."
                }
            };
            notes.insert(0, none.into());
        }
        notes
    }

    /// The sum of the durations of all test cases. `None`: the report gives none.
    pub(super) fn duration_ms(&self) -> Option<i64> {
        Some(self.milliseconds).filter(|milliseconds| *milliseconds > 0)
    }

    pub(super) fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.started_at?.checked_add_signed(TimeDelta::try_milliseconds(self.milliseconds)?)
    }
}
