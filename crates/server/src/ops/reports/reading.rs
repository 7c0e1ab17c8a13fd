//! Writes what was read from the files of an execution.
//!
//! Each batch is one transaction: results, counts of the execution and histories of the test cases. So the counts are the
//! sum of the results at any time, and a server that is killed leaves a consistent part, which the next reading replaces.
//! A reading that another one has replaced writes nothing more.

use std::collections::{BTreeMap, BTreeSet};

use testkeep_domain::execution::{ExecutionState as State, History, ResultChange, TestOutcome};
use testkeep_store::reports::execution::{self, About, Counts, ExecutionState, ReadEnd};
use testkeep_store::reports::execution_file::{self, NewFile};
use testkeep_store::reports::test_case::{self, NewTestCase, Runs};
use testkeep_store::reports::test_result::{self, NewResult};
use testkeep_store::{Time, Tx};

use super::rows::{ResultRow, count};
use crate::ops::authorized::{Authorized, Installation};
use crate::ops::change::Change;
use crate::ops::reports::clearing::clear_results;
use crate::ops::reports::deletion::delete_embedded;
use crate::ops::reports::upload::UploadedFile;
use crate::queue::Job;
use crate::{App, Error};

/// A reading under way.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub execution_id: i64,
    pub project_id: i64,
    /// The execution's count of readings. Only the newest reading may write.
    number: i64,
    /// When the files were uploaded: the time of all results.
    uploaded_at: Time,
}

impl Reading {
    fn of(found: &ExecutionState, number: i64) -> Self {
        let ExecutionState { id, project_id, created_at, .. } = *found;
        Self { execution_id: id, project_id, number, uploaded_at: created_at }
    }
}

/// Whether the reading may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Standing {
    Valid,
    /// Another reading has begun, or the execution is being deleted.
    Replaced,
}

/// Takes back what earlier readings wrote, and begins a new one. `None`: the execution is gone.
pub(crate) async fn begin(
    app: &App,
    found: &ExecutionState,
    texts_place: &str,
) -> Result<Option<Reading>, Error> {
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    execution::lock_executions(change.tx(), found.project_id).await?;
    let now = change.now();
    let number = execution::begin_reading(change.tx(), found.id, texts_place, now).await?;
    change.commit().await?;
    let Some(number) = number else { return Ok(None) };
    clear_results(app, found.project_id, found.id).await?;
    delete_embedded(app, found.id).await?;
    if let Some(texts) = &found.texts {
        app.files.delete(texts).await?;
    }
    Ok(Some(Reading::of(found, number)))
}

/// Live progress: results of a run whose report has not arrived.
pub(crate) fn live(found: &ExecutionState) -> Reading {
    Reading::of(found, found.reading)
}

/// Writes results in their order. `run_errors`: failures outside of all test cases.
pub(crate) async fn add(
    app: &App,
    reading: &Reading,
    rows: &[ResultRow],
    run_errors: i64,
) -> Result<Standing, Error> {
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    execution::lock_executions(change.tx(), reading.project_id).await?;
    let now = change.now();
    let mut states = known_states(change.tx(), reading.project_id, rows, now).await?;
    let mut counts = Counts { run_errors, ..Counts::default() };
    let mut results = Vec::with_capacity(rows.len());
    for row in rows {
        let state = states.get_mut(row.identity.as_str());
        let state = state.ok_or_else(|| Error::internal("a test case was not created"))?;
        let change = row.outcome.change_after(&state.history.outcomes);
        state.add(row);
        count(&mut counts, row.outcome, row.flaky, change);
        results.push(new_result(row, state, change));
    }
    if !execution::add_counts(change.tx(), reading.execution_id, reading.number, &counts, now).await? {
        return Ok(Standing::Replaced);
    }
    if !results.is_empty() {
        let at = reading.uploaded_at;
        test_result::create_results(change.tx(), reading.execution_id, &results, at).await?;
        let runs: Vec<Runs> = states.into_values().map(|it| it.runs(reading.execution_id)).collect();
        test_case::update_runs(change.tx(), &runs, at).await?;
    }
    change.commit().await?;
    Ok(Standing::Valid)
}

/// A test case while a batch is written.
struct CaseState {
    id: i64,
    history: History,
    result_count: i64,
    outcome: TestOutcome,
}

impl CaseState {
    fn add(&mut self, row: &ResultRow) {
        self.history.add(row.outcome, row.duration_ms.unwrap_or(-1));
        self.result_count += 1;
        self.outcome = row.outcome;
    }

    fn runs(self, execution_id: i64) -> Runs {
        Runs {
            id: self.id,
            outcome: self.outcome.as_str(),
            history: self.history.outcomes,
            durations: self.history.durations,
            result_count: self.result_count,
            last_execution_id: Some(execution_id),
        }
    }
}

/// The test cases of all rows, by identity. Missing ones are created.
async fn known_states<'a>(
    tx: &mut Tx,
    project_id: i64,
    rows: &'a [ResultRow],
    now: Time,
) -> Result<BTreeMap<&'a str, CaseState>, Error> {
    let wanted: BTreeMap<&str, &ResultRow> = rows.iter().map(|row| (row.identity.as_str(), row)).collect();
    let identities: Vec<&str> = wanted.keys().copied().collect();
    let mut states = BTreeMap::new();
    for known in test_case::list_known(tx, project_id, &identities).await? {
        let Some((identity, _)) = wanted.get_key_value(known.identity.as_str()) else { continue };
        let history = History { outcomes: known.history, durations: known.durations };
        let state = CaseState {
            id: known.id,
            history,
            result_count: known.result_count,
            outcome: TestOutcome::Other,
        };
        states.insert(*identity, state);
    }
    let missing: BTreeSet<&str> = identities.iter().copied().filter(|it| !states.contains_key(it)).collect();
    let new: Vec<NewTestCase<'_>> =
        missing.iter().filter_map(|identity| wanted.get(identity)).map(|row| new_case(row)).collect();
    if !new.is_empty() {
        for (identity, id) in test_case::create_test_cases(tx, project_id, &new, now).await? {
            let Some(identity) = missing.get(identity.as_str()) else { continue };
            let state =
                CaseState { id, history: History::default(), result_count: 0, outcome: TestOutcome::Other };
            states.insert(*identity, state);
        }
    }
    Ok(states)
}

fn new_case(row: &ResultRow) -> NewTestCase<'_> {
    NewTestCase {
        identity: &row.identity,
        suite: &row.suite,
        name: &row.name,
        parameters: row.parameters.as_deref(),
    }
}

fn new_result<'a>(row: &'a ResultRow, state: &CaseState, change: Option<ResultChange>) -> NewResult<'a> {
    NewResult {
        test_case_id: state.id,
        run: state.result_count,
        outcome: row.outcome.as_str(),
        flaky: row.flaky,
        change: change.map(ResultChange::as_str),
        duration_ms: row.duration_ms.unwrap_or(-1),
        error_key: row.error.as_ref().map(|error| error.key.as_str()),
        error_type: row.error.as_ref().and_then(|error| error.type_name.as_deref()),
        error_message: row.error.as_ref().map(|error| error.message.as_str()),
        text_at: row.text_at,
        text_size: row.text_size,
    }
}

/// Adds a file that was inside a report.
pub(crate) async fn add_embedded(app: &App, reading: &Reading, file: &UploadedFile) -> Result<(), Error> {
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    let new = NewFile {
        execution_id: reading.execution_id,
        name: &file.name,
        media_type: file.media_type,
        size: i64::try_from(file.saved.size).unwrap_or(i64::MAX),
        hash: &file.saved.hash,
        place: &file.saved.place,
        kind: "embedded",
    };
    execution_file::create_file(change.tx(), new).await?;
    change.commit().await
}

/// What the files of a run say about it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub name: Option<String>,
    pub build: Option<String>,
    pub build_url: Option<String>,
    pub environment: Option<String>,
    /// The client's key of the run, under which it reported progress.
    pub session: Option<String>,
}

/// Ends the reading. `reports`: ids of the files that were reports. `said`: fills what the client did not say.
pub(crate) async fn end(
    app: &App,
    reading: &Reading,
    end: ReadEnd<'_>,
    reports: &[i64],
    said: Said,
) -> Result<Standing, Error> {
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    let now = change.now();
    execution::lock_executions(change.tx(), reading.project_id).await?;
    let id = reading.execution_id;
    if !execution::end_reading(change.tx(), id, reading.number, end, now).await? {
        return Ok(Standing::Replaced);
    }
    if let Some(session) = &said.session {
        replace_progress(&mut change, reading, session).await?;
    }
    fill_about(change.tx(), id, said).await?;
    for file in reports {
        execution_file::update_file_kind(change.tx(), *file, "report").await?;
    }
    change.commit().await?;
    Ok(Standing::Valid)
}

async fn fill_about(tx: &mut Tx, id: i64, said: Said) -> Result<(), Error> {
    let Some((known, is_batch)) = execution::find_about(&mut *tx, id).await? else { return Ok(()) };
    let about = About {
        // A batch has no name of its own.
        name: said.name.filter(|_| is_batch).unwrap_or(known.name),
        build: known.build.or(said.build),
        build_url: known.build_url.or(said.build_url),
        environment: known.environment.or(said.environment),
        branch: known.branch,
        commit: known.commit,
    };
    Ok(execution::update_about(tx, id, &about).await?)
}

/// The report replaces the live execution of the same session, which disappears.
async fn replace_progress(
    change: &mut Change<Installation>,
    reading: &Reading,
    session: &str,
) -> Result<(), Error> {
    let now = change.now();
    execution::update_session_key(change.tx(), reading.execution_id, session).await?;
    for live in execution::list_live_of_session(change.tx(), reading.project_id, session).await? {
        execution::update_execution_state(change.tx(), live, State::Deleting.as_str(), now).await?;
        change.queue(Job::DeleteExecution { execution_id: live });
    }
    Ok(())
}
