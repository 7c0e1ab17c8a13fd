//! Counts the events that a reader sends. Must never use the totals that a report states itself.

use crate::model::{Event, Outcome};

/// The counts of a report. `cases` is always the sum of the five outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub suites: u64,
    pub cases: u64,
    pub passed: u64,
    pub failed: u64,
    pub errored: u64,
    pub skipped: u64,
    pub other: u64,
    /// Cases that passed after failed attempts; they are also counted in `passed`.
    pub flaky: u64,
    /// Failures outside of all cases.
    pub run_errors: u64,
}

impl Counts {
    /// Adds the counts of another report.
    pub fn add_all(&mut self, other: &Self) {
        self.suites += other.suites;
        self.cases += other.cases;
        self.passed += other.passed;
        self.failed += other.failed;
        self.errored += other.errored;
        self.skipped += other.skipped;
        self.other += other.other;
        self.flaky += other.flaky;
        self.run_errors += other.run_errors;
    }

    pub fn add(&mut self, event: &Event) {
        match event {
            Event::Suite(_) => self.suites += 1,
            Event::RunError(_) => self.run_errors += 1,
            Event::Case(case) => self.add_case(case.outcome, case.flaky),
        }
    }

    pub(crate) fn add_case(&mut self, outcome: Outcome, flaky: bool) {
        self.cases += 1;
        self.flaky += u64::from(flaky);
        *match outcome {
            Outcome::Passed => &mut self.passed,
            Outcome::Failed => &mut self.failed,
            Outcome::Errored => &mut self.errored,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Other => &mut self.other,
        } += 1;
    }
}
