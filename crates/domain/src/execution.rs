//! Words about executions of tests: their states, the outcomes of results, and how a result compares with the one before.
//!
//! Owns the letters of a test case's history. Must never count anything: the server does that where it writes results.

words! {
    /// The state of an execution.
    ExecutionState {
        /// Files are registered, but not all have arrived.
        Waiting "waiting",
        /// A client reports progress; its report has not arrived.
        Running "running",
        /// Files are read, or wait to be read.
        Reading "reading",
        Done "done",
        /// No file is a report that can be read.
        Unreadable "unreadable",
        /// The execution disappears; nothing shows it.
        Deleting "deleting",
    }
}

words! {
    /// How a test case ended.
    TestOutcome {
        Passed "passed",
        Failed "failed",
        Errored "errored",
        Skipped "skipped",
        /// The report has another word, or none.
        Other "other",
    }
}

words! {
    /// A result against the last one of the same test case that passed or failed.
    ResultChange {
        /// The test failed. The result before it passed, or there is no result before it.
        NewFailure "new_failure",
        StillFailing "still_failing",
        /// The test passed. The result before it failed.
        Fixed "fixed",
        /// The test passed. There is no result before it.
        New "new",
    }
}

/// Maximum number of runs in the history of a test case.
pub const HISTORY: usize = 256;

impl TestOutcome {
    /// The letter in a history.
    pub fn letter(self) -> char {
        match self {
            Self::Passed => 'P',
            Self::Failed => 'F',
            Self::Errored => 'E',
            Self::Skipped => 'S',
            Self::Other => 'O',
        }
    }

    pub fn is_broken(self) -> bool {
        matches!(self, Self::Failed | Self::Errored)
    }

    /// Compares with a history, newest first. `None`: the test did not run.
    pub fn change_after(self, history: &str) -> Option<ResultChange> {
        let before = history.chars().find(|letter| matches!(letter, 'P' | 'F' | 'E'));
        let broke = before.map(|letter| letter != 'P');
        match (self, broke) {
            (Self::Skipped | Self::Other, _) | (Self::Passed, Some(false)) => None,
            (Self::Passed, None) => Some(ResultChange::New),
            (Self::Passed, Some(true)) => Some(ResultChange::Fixed),
            (Self::Failed | Self::Errored, Some(true)) => Some(ResultChange::StillFailing),
            (Self::Failed | Self::Errored, _) => Some(ResultChange::NewFailure),
        }
    }
}

/// Outcomes and durations of the last runs of a test case, newest first, as they are stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// One letter for each run.
    pub outcomes: String,
    /// Milliseconds, separated by commas; -1: not known.
    pub durations: String,
}

impl History {
    /// Adds the newest run. The oldest is dropped when there are more than [`HISTORY`].
    pub fn add(&mut self, outcome: TestOutcome, duration_ms: i64) {
        self.outcomes.insert(0, outcome.letter());
        // The letters are ASCII.
        self.outcomes.truncate(HISTORY);
        let older = std::mem::take(&mut self.durations);
        self.durations =
            if older.is_empty() { duration_ms.to_string() } else { format!("{duration_ms},{older}") };
        if let Some((at, _)) = self.durations.match_indices(',').nth(HISTORY - 1) {
            self.durations.truncate(at);
        }
    }

    /// The middle of the known durations, in milliseconds. `None`: none is known.
    pub fn usual_duration(&self) -> Option<i64> {
        let known = self.durations.split(',').filter_map(|text| text.parse().ok()).filter(|ms| *ms >= 0);
        median(known.collect())
    }
}

/// The middle of some numbers, the lower one of two. `None`: there are none.
pub fn median(mut numbers: Vec<i64>) -> Option<i64> {
    numbers.sort_unstable();
    numbers.get(numbers.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_compared_with_the_last_one_that_ran() {
        use TestOutcome::{Errored, Failed, Passed, Skipped};
        for (outcome, history, change) in [
            (Failed, "", Some(ResultChange::NewFailure)),
            (Failed, "SSP", Some(ResultChange::NewFailure)),
            (Errored, "SFP", Some(ResultChange::StillFailing)),
            (Failed, "E", Some(ResultChange::StillFailing)),
            (Passed, "OSE", Some(ResultChange::Fixed)),
            (Passed, "P", None),
            (Passed, "SO", Some(ResultChange::New)),
            (Skipped, "F", None),
        ] {
            assert_eq!(outcome.change_after(history), change, "{outcome:?} after {history}");
        }
    }

    #[test]
    fn a_history_keeps_the_newest_runs() {
        let mut history = History::default();
        assert_eq!(history.usual_duration(), None);
        for run in 0..300 {
            history.add(if run == 299 { TestOutcome::Failed } else { TestOutcome::Passed }, run);
        }
        assert!(history.outcomes.starts_with("FP") && history.outcomes.len() == HISTORY);
        assert!(history.durations.starts_with("299,298,") && history.durations.ends_with(",44"));
        assert_eq!(history.durations.split(',').count(), HISTORY);
        assert_eq!(history.usual_duration(), Some(171));
        history.add(TestOutcome::Skipped, -1);
        assert!(history.outcomes.starts_with("SF") && history.durations.starts_with("-1,299,"));
    }

    #[test]
    fn the_middle_of_numbers() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3]), Some(3));
        assert_eq!(median(vec![5, 1]), Some(1));
        assert_eq!(median(vec![9, 1, 5]), Some(5));
    }
}
