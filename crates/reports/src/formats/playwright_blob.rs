//! Playwright's blob report: the events of a run, one JSON object a line (`report.jsonl` inside the zip).
//!
//! As in Playwright's own verdict, skipped and interrupted results do not count: if all others are as expected, the
//! test passed; if only some are, it is flaky; if none is left, it was skipped.

use std::collections::BTreeMap;

use serde_json::Value;

use super::playwright::{attachment, attempt, note_shard, result_failure, seconds};
use super::value::{SuiteSet, all_as, failure, lines_of_json, name, some_name};
use crate::detect::Start;
use crate::input::Source;
use crate::json::{items, text};
use crate::limits::{DEPTH, LIST};
use crate::lines::Lines;
use crate::model::{Attempt, Case, Event, Outcome, Step};
use crate::sink::{Problem, Sink};
use crate::time;

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let text = lines_of_json(start)?;
    let is_event = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap_or_default();
        matches!(
            event["method"].as_str(),
            Some("onBlobReportMetadata" | "onConfigure" | "onProject" | "onBegin")
        ) && event["params"].is_object()
    };
    if text.lines().take(5).any(is_event) {
        return Ok(());
    }
    Err("it has no line with Playwright's `method` and `params`".into())
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut lines = Lines::new(source);
    let mut reader = Reader::default();
    while let Some(line) = lines.next()? {
        match serde_json::from_str::<Value>(line) {
            Ok(event) => reader.event(&event, sink)?,
            Err(_) if line.trim().is_empty() => {}
            Err(error) => {
                let words = format!("a line is not JSON: {error}");
                reader.finish(sink)?;
                return Err(words.into());
            }
        }
    }
    reader.finish(sink)
}

#[derive(Default)]
struct Reader {
    /// Ids of tests in their order.
    order: Vec<String>,
    tests: BTreeMap<String, Test>,
}

struct Test {
    case: Case,
    expected: String,
    results: Vec<Run>,
}

/// One result of a test.
struct Run {
    id: String,
    attempt: Attempt,
    status: String,
    /// The steps with their ids. A step's parent comes before it.
    steps: Vec<(String, Step)>,
}

impl Reader {
    fn event(&mut self, event: &Value, sink: &mut Sink<'_>) -> Result<(), Problem> {
        let params = &event["params"];
        match event["method"].as_str().unwrap_or_default() {
            "onBlobReportMetadata" => note_shard(&params["shard"], sink),
            "onProject" => {
                let project = some_name(&params["project"]["name"]);
                for suite in items(&params["project"]["suites"]) {
                    self.suite(suite, project.as_deref(), &[]);
                }
            }
            "onTestBegin" => self.begin(params),
            "onTestEnd" => self.end(params),
            "onStepBegin" => self.step_begin(params),
            "onStepEnd" => self.step_end(params),
            "onAttach" => {
                if let Some(run) = self.run(params) {
                    add_attachments(run, &params["attachments"]);
                }
            }
            "onStdIO" => self.output(params),
            "onError" => {
                let (message, trace) = (text(&params["error"]["message"]), text(&params["error"]["stack"]));
                let failure = failure(Outcome::Errored, message.as_deref(), trace.as_deref());
                sink.send(Event::RunError(failure))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Tests of a suite. `entries` holds suites and tests; early versions write `suites` and `tests`.
    fn suite(&mut self, suite: &Value, project: Option<&str>, outer: &[String]) {
        if outer.len() >= DEPTH {
            return;
        }
        let mut path = outer.to_vec();
        path.extend(some_name(&suite["title"]));
        let lists = ["entries", "tests", "suites"];
        for entry in lists.iter().flat_map(|list| items(&suite[*list])) {
            let Some(id) = text(&entry["testId"]) else {
                self.suite(entry, project, &path);
                continue;
            };
            let case = case(entry, project, &path);
            let test = Test { case, expected: "passed".into(), results: Vec::new() };
            if self.tests.insert(id.clone(), test).is_none() {
                self.order.push(id);
            }
        }
    }

    fn begin(&mut self, params: &Value) {
        let Some(test) = text(&params["testId"]).and_then(|id| self.tests.get_mut(&id)) else { return };
        let result = &params["result"];
        if test.results.len() < LIST {
            let attempt = attempt(result);
            let (id, status) = (name(&result["id"]), String::new());
            test.results.push(Run { id, attempt, status, steps: Vec::new() });
        }
    }

    fn end(&mut self, params: &Value) {
        let Some(test) = text(&params["test"]["testId"]).and_then(|id| self.tests.get_mut(&id)) else {
            return;
        };
        if let Some(expected) = text(&params["test"]["expectedStatus"]) {
            test.expected = expected;
        }
        annotations(&params["test"]["annotations"], &mut test.case);
        let result = &params["result"];
        let Some(run) = test.results.iter_mut().rev().find(|run| result["id"] == *run.id) else { return };
        let ended = attempt(result);
        run.attempt.outcome = ended.outcome;
        run.attempt.seconds = ended.seconds;
        run.attempt.failures = ended.failures;
        run.status = name(&result["status"]);
        add_attachments(run, &result["attachments"]);
    }

    fn run(&mut self, params: &Value) -> Option<&mut Run> {
        let test = self.tests.get_mut(&text(&params["testId"])?)?;
        test.results.iter_mut().rev().find(|run| params["resultId"] == *run.id)
    }

    fn step_begin(&mut self, params: &Value) {
        let Some(run) = self.run(params).filter(|run| run.steps.len() < LIST) else { return };
        let step = &params["step"];
        let parent = run.steps.iter().rev().find(|(id, _)| step["parentStepId"] == **id);
        let depth = parent.map_or(0, |(_, parent)| parent.depth.saturating_add(1));
        let started_at = text(&step["startTime"]).as_deref().and_then(time::moment);
        let title = name(&step["title"]);
        let begun =
            Step { depth, name: title, outcome: Outcome::Passed, started_at, seconds: None, failure: None };
        run.steps.push((name(&step["id"]), begun));
    }

    fn step_end(&mut self, params: &Value) {
        let Some(run) = self.run(params) else { return };
        let ended = &params["step"];
        let Some((_, step)) = run.steps.iter_mut().rev().find(|(id, _)| ended["id"] == **id) else { return };
        step.seconds = seconds(ended);
        step.failure = result_failure(&ended["error"]);
        if step.failure.is_some() {
            step.outcome = Outcome::Failed;
        }
    }

    fn output(&mut self, params: &Value) {
        let is_error = params["type"] == "stderr";
        let Some(data) = text(&params["data"]).filter(|_| params["isBase64"] != true) else { return };
        let Some(run) = self.run(params) else { return };
        let output = if is_error { &mut run.attempt.error_output } else { &mut run.attempt.output };
        output.push(&data);
    }

    fn finish(self, sink: &mut Sink<'_>) -> Result<(), Problem> {
        let (mut tests, mut suites) = (self.tests, SuiteSet::default());
        for id in self.order {
            let Some(test) = tests.remove(&id) else { continue };
            let case = test.judged();
            // The outermost suite is a file; a `describe` is a group in it.
            suites.add(case.suite.get(..1).unwrap_or_default());
            sink.send(Event::Case(Box::new(case)))?;
        }
        Ok(suites.send(sink)?)
    }
}

impl Test {
    fn judged(self) -> Case {
        let Self { mut case, expected, mut results } = self;
        let counted =
            || results.iter().filter(|run| !matches!(run.status.as_str(), "skipped" | "interrupted"));
        let as_expected = counted().filter(|run| run.status == expected).count();
        case.outcome = match (counted().count(), as_expected) {
            (0, _) => Outcome::Skipped,
            (_, 0) if counted().all(|run| run.status.is_empty()) => Outcome::Errored,
            (_, 0) => Outcome::Failed,
            _ => Outcome::Passed,
        };
        case.flaky = case.outcome == Outcome::Passed && as_expected < counted().count();
        let Some(Run { attempt: last, steps, .. }) = results.pop() else { return case };
        case.attempts = results.into_iter().map(|run| run.attempt).collect();
        let Attempt { started_at, seconds, failures, attachments, output, error_output, .. } = last;
        (case.started_at, case.seconds, case.attachments) = (started_at, seconds, attachments);
        (case.output, case.error_output) = (output, error_output);
        case.failures = if case.outcome == Outcome::Passed { Vec::new() } else { failures };
        case.steps = steps.into_iter().map(|(_, step)| step).collect();
        case
    }
}

fn case(test: &Value, project: Option<&str>, path: &[String]) -> Case {
    let mut case = Case::new(path.to_vec(), name(&test["title"]));
    case.file = some_name(&test["location"]["file"]);
    case.line = test["location"]["line"].as_u64();
    let project = project.filter(|name| !name.is_empty());
    case.parameters.extend(project.map(|name| ("project".to_owned(), name.to_owned())));
    if let Some(repeat) = test["repeatEachIndex"].as_u64().filter(|repeat| *repeat > 0) {
        case.parameters.push(("repeat".to_owned(), repeat.to_string()));
    }
    case.properties = all_as("tag", &test["tags"]);
    annotations(&test["annotations"], &mut case);
    case
}

fn annotations(list: &Value, case: &mut Case) {
    for annotation in items(list).iter().take(LIST) {
        let property = (name(&annotation["type"]), name(&annotation["description"]));
        if !case.properties.contains(&property) {
            case.properties.push(property);
        }
    }
}

fn add_attachments(run: &mut Run, list: &Value) {
    let room = LIST.saturating_sub(run.attempt.attachments.len());
    run.attempt.attachments.extend(items(list).iter().take(room).map(attachment));
}
