//! CTRF, the Common Test Report Format (JSON schema 0.0 to 1.0): `results.tests`.

use serde_json::Value;

use super::value::{SuiteSet, all_as, failure, name, some_name};
use crate::detect::Start;
use crate::input::Source;
use crate::json::{Json, items, number, text};
use crate::limits::{LIST, NAME};
use crate::model::{Attachment, Attempt, Case, Event, Outcome, Properties, Step, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let json = start.json()?;
    let has_results =
        json.has("results") && json.text.contains("\"tool\"") && json.text.contains("\"summary\"");
    if json.text.contains("\"CTRF\"") && json.has("reportFormat") || has_results && !json.is_array {
        return Ok(());
    }
    Err("it has no `reportFormat` CTRF and no `results` with `tool` and `summary`".into())
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut suites = SuiteSet::default();
    let mut json = Json::new(source);
    json.object(&mut |key, json| match key {
        "results" => json.object(&mut |key, json| match key {
            "tests" => json.values(&mut |test| {
                let case = case(&test);
                suites.add(&case.suite);
                Ok(sink.send(Event::Case(Box::new(case)))?)
            }),
            "summary" => {
                let stated = json.value()?["tests"].as_u64();
                sink.states(stated);
                Ok(())
            }
            _ => json.skip(),
        }),
        _ => json.skip(),
    })?;
    suites.send(sink)?;
    json.end()
}

fn case(test: &Value) -> Case {
    let mut case = Case::new(suite(&test["suite"]), name(&test["name"]));
    case.outcome = outcome(&test["status"]);
    case.flaky = case.outcome == Outcome::Passed && test["flaky"] == true;
    case.seconds = seconds(&test["duration"]);
    case.started_at = number(&test["start"]).and_then(started_at);
    case.file = some_name(&test["filePath"]);
    case.line = test["line"].as_u64();
    case.parameters = pairs(&test["parameters"]);
    case.properties = all_as("tag", &test["tags"]);
    case.properties.extend(pairs(&test["labels"]));
    for key in ["browser", "device", "type"] {
        case.properties.extend(some_name(&test[key]).map(|value| (key.to_owned(), value)));
    }
    case.output = lines(&test["stdout"]);
    case.error_output = lines(&test["stderr"]);
    let (message, trace) = (text(&test["message"]), text(&test["trace"]));
    if case.outcome != Outcome::Passed && (message.is_some() || trace.is_some()) {
        case.failures.push(failure(case.outcome, message.as_deref(), trace.as_deref()));
    }
    case.attempts = items(&test["retryAttempts"]).iter().take(LIST).map(attempt).collect();
    case.steps = items(&test["steps"]).iter().take(LIST).map(step).collect();
    case.attachments = items(&test["attachments"]).iter().take(LIST).map(attachment_of).collect();
    own(&test["extra"]["testkeep"], &mut case);
    case
}

/// What our own export adds ([`crate::export`]).
fn own(extra: &Value, case: &mut Case) {
    let Some(exact) = own_outcome(extra) else { return };
    case.outcome = exact;
    case.class = some_name(&extra["class"]);
    if extra["has_duration"] == false {
        case.seconds = None;
    }
    for failure in &mut case.failures {
        failure.outcome = exact;
        failure.type_name = some_name(&extra["type"]);
    }
    for (step, extra) in case.steps.iter_mut().zip(items(&extra["steps"])) {
        step.depth = extra["depth"].as_u64().and_then(|depth| u16::try_from(depth).ok()).unwrap_or_default();
        step.seconds = number(&extra["seconds"]);
        step.outcome = own_outcome(extra).unwrap_or(step.outcome);
        step.failure = text(&extra["message"]).map(|message| failure(step.outcome, Some(&message), None));
    }
}

fn own_outcome(extra: &Value) -> Option<Outcome> {
    let all = [Outcome::Passed, Outcome::Failed, Outcome::Errored, Outcome::Skipped, Outcome::Other];
    all.into_iter().find(|outcome| extra["outcome"] == outcome.as_str())
}

/// The suite: a list of names, or one text with ` > ` between the names.
fn suite(value: &Value) -> Vec<String> {
    match value {
        Value::Array(names) => names.iter().filter_map(some_name).collect(),
        Value::String(path) => {
            path.split(" > ").filter(|part| !part.is_empty()).map(|part| cut(part, NAME)).collect()
        }
        _ => Vec::new(),
    }
}

fn outcome(status: &Value) -> Outcome {
    match status.as_str() {
        Some("passed") => Outcome::Passed,
        Some("failed") => Outcome::Failed,
        Some("skipped" | "pending") => Outcome::Skipped,
        _ => Outcome::Other,
    }
}

fn seconds(value: &Value) -> Option<f64> {
    number(value).map(|millis| millis / 1000.0)
}

/// Early versions write seconds, later versions milliseconds since 1970.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast of a float saturates, and the range is checked after it"
)]
fn started_at(start: f64) -> Option<crate::model::Moment> {
    let millis = if start < 100_000_000_000.0 { start * 1000.0 } else { start };
    time::from_millis(millis as i64)
}

fn pairs(value: &Value) -> Properties {
    let pairs = value.as_object().into_iter().flatten().take(LIST);
    pairs.filter_map(|(key, value)| Some((cut(key, NAME), cut(&text(value)?, NAME)))).collect()
}

fn lines(value: &Value) -> Text {
    let mut lines = Text::default();
    for line in items(value).iter().filter_map(Value::as_str) {
        lines.push_line(line);
    }
    lines
}

fn attempt(attempt: &Value) -> Attempt {
    let outcome = own_outcome(&attempt["extra"]["testkeep"]).unwrap_or_else(|| outcome(&attempt["status"]));
    let (message, trace) = (text(&attempt["message"]), text(&attempt["trace"]));
    let failures = (message.is_some() || trace.is_some())
        .then(|| failure(outcome, message.as_deref(), trace.as_deref()))
        .into_iter()
        .collect();
    Attempt {
        outcome,
        started_at: number(&attempt["start"]).and_then(started_at),
        seconds: seconds(&attempt["duration"]),
        failures,
        attachments: items(&attempt["attachments"]).iter().take(LIST).map(attachment_of).collect(),
        output: lines(&attempt["stdout"]),
        error_output: lines(&attempt["stderr"]),
    }
}

fn step(step: &Value) -> Step {
    let outcome = outcome(&step["status"]);
    Step { depth: 0, name: name(&step["name"]), outcome, started_at: None, seconds: None, failure: None }
}

fn attachment_of(attachment: &Value) -> Attachment {
    Attachment {
        name: name(&attachment["name"]),
        path: some_name(&attachment["path"]),
        media_type: some_name(&attachment["contentType"]),
        content: None,
    }
}
