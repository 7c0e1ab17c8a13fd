//! Cucumber Messages: one envelope a line.
//!
//! The last attempt of a test case counts; the earlier ones are its attempts. Undefined, pending and ambiguous are read
//! as failed (strict mode). A failed hook of the run is an error of the run.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::value::{failure, name, some_name};
use crate::detect::Start;
use crate::input::Source;
use crate::json::{items, number, text};
use crate::limits::LIST;
use crate::lines::Lines;
use crate::model::{Attachment, Attempt, Case, Event, Outcome, Properties, Step, Suite, Text};
use crate::sink::{Problem, Sink};

/// Keys of envelopes that no other format has.
const KINDS: [&str; 7] = [
    "gherkinDocument",
    "pickle",
    "testCase",
    "testCaseStarted",
    "testStepFinished",
    "testRunStarted",
    "meta",
];

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let json = start.json()?;
    let is_envelope = |line: &str| {
        let envelope: Value = serde_json::from_str(line).unwrap_or_default();
        envelope
            .as_object()
            .is_some_and(|keys| keys.len() == 1 && KINDS.iter().any(|kind| keys.contains_key(*kind)))
    };
    if json.text.lines().take(10).any(is_envelope) {
        return Ok(());
    }
    Err("it has no line that is a Cucumber message".into())
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut lines = Lines::new(source);
    let mut reader = Reader::default();
    while let Some(line) = lines.next()? {
        if line.trim().is_empty() {
            continue;
        }
        let envelope: Value =
            serde_json::from_str(line).map_err(|error| format!("a line is not JSON: {error}"))?;
        reader.envelope(&envelope, sink)?;
    }
    reader.finish(sink)
}

#[derive(Default)]
struct Reader {
    /// Name of the feature by the path of its file.
    features: BTreeMap<String, String>,
    /// Scenarios and rows of examples by their ids.
    nodes: BTreeMap<String, GherkinNode>,
    pickles: BTreeMap<String, Value>,
    /// Pickle and steps by test case.
    test_cases: BTreeMap<String, Value>,
    running: BTreeMap<String, Running>,
    /// Earlier attempts of test cases that are run again.
    attempts: BTreeMap<String, Vec<Attempt>>,
    /// Files with at least one test case that was run.
    files: BTreeSet<String>,
}

/// A scenario, or a row of its examples with the names of the columns.
struct GherkinNode {
    line: Option<u64>,
    parameters: Properties,
}

/// Adds the scenarios below a feature or a rule.
fn add_nodes(children: &Value, nodes: &mut BTreeMap<String, GherkinNode>) {
    let line = |node: &Value| node["location"]["line"].as_u64();
    for child in items(children) {
        // A rule holds scenarios, but no other rule.
        let inside = items(&child["rule"]["children"]).iter().chain([child]);
        for scenario in inside.map(|child| &child["scenario"]).filter(|scenario| scenario.is_object()) {
            let node = GherkinNode { line: line(scenario), parameters: Properties::new() };
            nodes.insert(name(&scenario["id"]), node);
            for examples in items(&scenario["examples"]) {
                let columns = items(&examples["tableHeader"]["cells"]);
                for row in items(&examples["tableBody"]) {
                    let cells = columns.iter().zip(items(&row["cells"])).take(LIST);
                    let parameters =
                        cells.map(|(column, cell)| (name(&column["value"]), name(&cell["value"])));
                    let node = GherkinNode { line: line(row), parameters: parameters.collect() };
                    nodes.insert(name(&row["id"]), node);
                }
            }
        }
    }
}

struct Running {
    test_case_id: String,
    case: Case,
    outcomes: Vec<Outcome>,
}

impl Reader {
    fn envelope(&mut self, envelope: &Value, sink: &mut Sink<'_>) -> Result<(), Problem> {
        let Some((kind, message)) = envelope.as_object().and_then(|keys| keys.iter().next()) else {
            return Ok(());
        };
        match kind.as_str() {
            "gherkinDocument" => {
                self.features.insert(name(&message["uri"]), name(&message["feature"]["name"]));
                add_nodes(&message["feature"]["children"], &mut self.nodes);
            }
            "pickle" => {
                self.pickles.insert(name(&message["id"]), message.clone());
            }
            "testCase" => {
                self.test_cases.insert(name(&message["id"]), message.clone());
            }
            "testCaseStarted" => self.begin(message),
            "testStepFinished" => self.step(message),
            "attachment" => self.attach(message),
            "testCaseFinished" => self.end(message, sink)?,
            "testRunHookFinished" if outcome(&message["result"]) == Outcome::Failed => {
                let words = text(&message["result"]["message"]);
                sink.send(Event::RunError(failure(Outcome::Errored, None, words.as_deref())))?;
            }
            "testRunFinished" => {
                if let Some(words) = text(&message["message"]) {
                    sink.send(Event::RunError(failure(Outcome::Errored, Some(&words), None)))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, message: &Value) {
        let test_case_id = name(&message["testCaseId"]);
        let nothing = Value::Null;
        let pickle_id = self
            .test_cases
            .get(&test_case_id)
            .map(|test_case| name(&test_case["pickleId"]))
            .unwrap_or_default();
        let pickle = self.pickles.get(&pickle_id).unwrap_or(&nothing);
        let file = name(&pickle["uri"]);
        let feature = self.features.get(&file).filter(|name| !name.is_empty()).unwrap_or(&file).clone();
        let mut case = Case::new(vec![feature], name(&pickle["name"]));
        // The scenario comes first, then the row of its examples.
        let nodes = items(&pickle["astNodeIds"]).iter().filter_map(|id| self.nodes.get(id.as_str()?));
        for node in nodes {
            (case.line, case.parameters) = (node.line, node.parameters.clone());
        }
        case.line = pickle["location"]["line"].as_u64().or(case.line);
        case.properties = items(&pickle["tags"])
            .iter()
            .take(LIST)
            .map(|tag| ("tag".to_owned(), name(&tag["name"])))
            .collect();
        case.started_at = timestamp(&message["timestamp"]);
        self.files.insert(file.clone());
        case.file = Some(file);
        self.running.insert(name(&message["id"]), Running { test_case_id, case, outcomes: Vec::new() });
    }

    fn step(&mut self, message: &Value) {
        let Some(running) = self.running.get_mut(&name(&message["testCaseStartedId"])) else { return };
        let result = &message["testStepResult"];
        let outcome = outcome(result);
        running.outcomes.push(outcome);
        let seconds = number(&result["duration"]["seconds"]).unwrap_or_default()
            + number(&result["duration"]["nanos"]).unwrap_or_default() / 1e9;
        running.case.seconds = Some(running.case.seconds.unwrap_or_default() + seconds);
        let title = step_title(&self.test_cases, &self.pickles, running, &name(&message["testStepId"]));
        let words = text(&result["message"]);
        let failure = (outcome == Outcome::Failed).then(|| match &words {
            Some(words) => failure(outcome, None, Some(words)),
            None => failure(
                outcome,
                Some(&format!("Step {}: {title}", name(&result["status"]).to_lowercase())),
                None,
            ),
        });
        running.case.failures.extend(failure.clone());
        if running.case.steps.len() < LIST {
            let step =
                Step { depth: 0, name: title, outcome, started_at: None, seconds: Some(seconds), failure };
            running.case.steps.push(step);
        }
    }

    /// Adds text to the output; anything else becomes an attachment.
    fn attach(&mut self, message: &Value) {
        let Some(running) = self.running.get_mut(&name(&message["testCaseStartedId"])) else { return };
        let media_type = some_name(&message["mediaType"]);
        let body = text(&message["body"]);
        if media_type.as_deref() == Some("text/x.cucumber.log+plain") {
            running.case.output.push_line(&body.unwrap_or_default());
        } else if running.case.attachments.len() < LIST {
            let (name, path) = (name(&message["fileName"]), some_name(&message["url"]));
            let is_packed = message["contentEncoding"] == "BASE64";
            let content = body.map(|body| match STANDARD.decode(&body) {
                Ok(bytes) if is_packed => bytes,
                _ => body.into_bytes(),
            });
            running.case.attachments.push(Attachment { name, path, media_type, content });
        }
    }

    fn end(&mut self, message: &Value, sink: &mut Sink<'_>) -> Result<(), Problem> {
        let Some(Running { test_case_id, mut case, outcomes }) =
            self.running.remove(&name(&message["testCaseStartedId"]))
        else {
            return Ok(());
        };
        case.outcome = worst(&outcomes);
        let attempts = self.attempts.entry(test_case_id).or_default();
        if message["willBeRetried"] == true {
            attempts.push(case.into());
            return Ok(());
        }
        case.attempts = std::mem::take(attempts);
        case.flaky = case.outcome == Outcome::Passed && !case.attempts.is_empty();
        Ok(sink.send(Event::Case(Box::new(case)))?)
    }

    fn finish(self, sink: &mut Sink<'_>) -> Result<(), Problem> {
        for Running { mut case, .. } in self.running.into_values() {
            case.outcome = Outcome::Errored;
            case.failures.push(failure(Outcome::Errored, Some("The scenario did not end."), None));
            sink.send(Event::Case(Box::new(case)))?;
        }
        for file in self.files {
            let path = vec![self.features.get(&file).cloned().unwrap_or(file)];
            sink.send(Event::Suite(Suite { path, output: Text::default(), ..Suite::default() }))?;
        }
        Ok(())
    }
}

/// Seconds and nanoseconds since 1970.
fn timestamp(value: &Value) -> Option<crate::Moment> {
    let nanos = value["nanos"].as_u64().and_then(|nanos| u32::try_from(nanos).ok()).unwrap_or_default();
    chrono::DateTime::from_timestamp(value["seconds"].as_i64()?, nanos).map(crate::Moment::Utc)
}

/// The title of a step. A hook has no text.
fn step_title(
    test_cases: &BTreeMap<String, Value>,
    pickles: &BTreeMap<String, Value>,
    running: &Running,
    step_id: &str,
) -> String {
    let find = || {
        let test_case = test_cases.get(&running.test_case_id)?;
        let step = items(&test_case["testSteps"]).iter().find(|step| step["id"] == step_id)?;
        let pickle = pickles.get(test_case["pickleId"].as_str()?)?;
        let pickle_step = items(&pickle["steps"]).iter().find(|known| known["id"] == step["pickleStepId"])?;
        some_name(&pickle_step["text"])
    };
    find().unwrap_or_else(|| "Hook".into())
}

fn outcome(result: &Value) -> Outcome {
    match result["status"].as_str() {
        Some("PASSED") => Outcome::Passed,
        Some("FAILED" | "UNDEFINED" | "PENDING" | "AMBIGUOUS") => Outcome::Failed,
        Some("SKIPPED") => Outcome::Skipped,
        _ => Outcome::Other,
    }
}

fn worst(outcomes: &[Outcome]) -> Outcome {
    let order = [Outcome::Failed, Outcome::Other, Outcome::Skipped];
    order.into_iter().find(|outcome| outcomes.contains(outcome)).unwrap_or(Outcome::Passed)
}
