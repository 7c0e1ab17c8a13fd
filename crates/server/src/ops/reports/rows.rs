//! What a reading writes for each test case: the rows of the database, without any format's details.

use testkeep_domain::execution::{ResultChange, TestOutcome};
use testkeep_store::reports::execution::Counts;

/// A result that is ready to be written.
#[derive(Clone, Debug)]
pub(crate) struct ResultRow {
    /// Of the test case: equal for the same suite, class, name and parameters.
    pub identity: String,
    pub suite: String,
    pub name: String,
    pub parameters: Option<String>,
    pub outcome: TestOutcome,
    pub flaky: bool,
    pub duration_ms: Option<i64>,
    pub error: Option<ErrorRow>,
    /// The place of the long texts; length 0: there are none.
    pub text_at: i64,
    pub text_size: i64,
}

/// The first failure of a result.
#[derive(Clone, Debug)]
pub(crate) struct ErrorRow {
    /// Equal for equal errors.
    pub key: String,
    pub type_name: Option<String>,
    pub message: String,
}

/// Adds one result to the counts of its execution.
pub(super) fn count(counts: &mut Counts, outcome: TestOutcome, flaky: bool, change: Option<ResultChange>) {
    let of_outcome = match outcome {
        TestOutcome::Passed => &mut counts.passed,
        TestOutcome::Failed => &mut counts.failed,
        TestOutcome::Errored => &mut counts.errored,
        TestOutcome::Skipped => &mut counts.skipped,
        TestOutcome::Other => &mut counts.other,
    };
    *of_outcome += 1;
    counts.flaky += i64::from(flaky);
    counts.newly_failing += i64::from(change == Some(ResultChange::NewFailure));
    counts.fixed += i64::from(change == Some(ResultChange::Fixed));
}
