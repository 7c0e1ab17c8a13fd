//! Takes the results of an execution back, in pieces: before they are read again, and before it is deleted.
//!
//! Each piece is a transaction that also corrects the histories of its test cases. So histories always fit the results.

use std::collections::{BTreeMap, BTreeSet};

use testkeep_domain::execution::{HISTORY, History, ResultChange, TestOutcome};
use testkeep_store::reports::execution::{self, Counts};
use testkeep_store::reports::test_case::{self, Runs};
use testkeep_store::reports::test_result::{self, Deleted, Kept};
use testkeep_store::{Time, Tx};

use super::rows::count;
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::{App, Error};

/// Results in one transaction.
const PIECE: i64 = 500;

/// Deletes all results of an execution.
pub(crate) async fn clear_results(app: &App, project_id: i64, execution_id: i64) -> Result<(), Error> {
    loop {
        let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
        execution::lock_executions(change.tx(), project_id).await?;
        let deleted = test_result::delete_results(change.tx(), execution_id, PIECE).await?;
        let cases: BTreeSet<i64> = deleted.iter().map(|it| it.test_case_id).collect();
        let cases: Vec<i64> = cases.into_iter().collect();
        if !cases.is_empty() {
            correct_histories(change.tx(), &cases).await?;
            let less = sum(&deleted);
            execution::subtract_counts(change.tx(), execution_id, &less).await?;
        }
        change.commit().await?;
        if i64::try_from(deleted.len()).unwrap_or(i64::MAX) < PIECE {
            return Ok(());
        }
    }
}

fn sum(deleted: &[Deleted]) -> Counts {
    let mut counts = Counts::default();
    for it in deleted {
        let outcome = TestOutcome::parse(&it.outcome).unwrap_or(TestOutcome::Other);
        count(&mut counts, outcome, it.flaky, it.change.as_deref().and_then(ResultChange::parse));
    }
    counts
}

async fn correct_histories(tx: &mut Tx, cases: &[i64]) -> Result<(), Error> {
    let limit = i64::try_from(HISTORY).unwrap_or(i64::MAX);
    let mut kept: BTreeMap<i64, Vec<Kept>> = BTreeMap::new();
    for row in test_result::list_newest(tx, cases, limit).await? {
        kept.entry(row.test_case_id).or_default().push(row);
    }
    let without: Vec<i64> = cases.iter().copied().filter(|id| !kept.contains_key(id)).collect();
    if !without.is_empty() {
        test_case::delete_without_results(tx, &without).await?;
    }
    // One statement for each time of a last run, which executions have in common.
    let mut by_time: BTreeMap<_, Vec<Runs>> = BTreeMap::new();
    for (id, rows) in kept {
        if let Some((runs, at)) = runs(id, &rows) {
            by_time.entry(at).or_default().push(runs);
        }
    }
    for (at, runs) in by_time {
        test_case::update_runs(tx, &runs, at).await?;
    }
    Ok(())
}

/// `rows`: newest first.
fn runs(id: i64, rows: &[Kept]) -> Option<(Runs, Time)> {
    let newest = rows.first()?;
    let outcome = |row: &Kept| TestOutcome::parse(&row.outcome).unwrap_or(TestOutcome::Other);
    let mut history = History::default();
    for row in rows.iter().rev() {
        history.add(outcome(row), row.duration_ms);
    }
    let runs = Runs {
        id,
        outcome: outcome(newest).as_str(),
        history: history.outcomes,
        durations: history.durations,
        result_count: newest.run,
        last_execution_id: Some(newest.execution_id),
    };
    Some((runs, newest.started_at))
}
