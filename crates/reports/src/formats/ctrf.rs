//! CTRF, the Common Test Report Format (JSON schema 0.0 to 1.0): `results.tests`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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
            "tests" => json.array(&mut |json| {
                if !json.is_object()? {
                    return json.skip();
                }
                let case = read_test(json)?;
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

/// A test while it is read. What depends on several keys is decided at its end, because JSON has no order.
struct Draft {
    case: Case,
    is_flaky: bool,
    tags: Properties,
    labels: Properties,
    message: Option<String>,
    trace: Option<String>,
    extra: Value,
}

fn read_test(json: &mut Json<'_>) -> Result<Case, Problem> {
    let mut case = Case::new(Vec::new(), "");
    case.outcome = Outcome::Other;
    let (tags, labels) = (Properties::new(), Properties::new());
    let mut draft =
        Draft { case, is_flaky: false, tags, labels, message: None, trace: None, extra: Value::Null };
    json.object(&mut |key, json| draft.take(key, json))?;
    Ok(draft.finish())
}

impl Draft {
    fn take(&mut self, key: &str, json: &mut Json<'_>) -> Result<(), Problem> {
        let case = &mut self.case;
        match key {
            "name" => case.name = json.text()?.map(|name| cut(&name, NAME)).unwrap_or_default(),
            "status" => case.outcome = outcome(json.text()?.as_deref()),
            "duration" => case.seconds = json.number()?.map(|millis| millis / 1000.0),
            "start" => case.started_at = json.number()?.and_then(started_at),
            "filePath" => case.file = json.text()?.map(|file| cut(&file, NAME)),
            "line" => case.line = json.text()?.and_then(|line| line.parse().ok()),
            "message" => self.message = json.text()?,
            "trace" => self.trace = json.text()?,
            "flaky" => self.is_flaky = json.value()? == true,
            "suite" => case.suite = suite(&json.value()?),
            "tags" => self.tags = all_as("tag", &json.value()?),
            "labels" => self.labels = pairs(&json.value()?),
            "parameters" => case.parameters = pairs(&json.value()?),
            "stdout" => case.output = lines(&json.value()?),
            "stderr" => case.error_output = lines(&json.value()?),
            "retryAttempts" => case.attempts = list(&json.value()?, attempt),
            "steps" => case.steps = list(&json.value()?, step),
            "attachments" => case.attachments.extend(list(&json.value()?, attachment_of)),
            "screenshot" => case.attachments.extend(json.text()?.as_deref().and_then(screenshot)),
            "extra" => self.extra = json.value()?,
            "browser" | "device" | "type" | "threadId" => {
                case.properties.extend(json.text()?.map(|value| (key.to_owned(), cut(&value, NAME))));
            }
            _ => json.skip()?,
        }
        Ok(())
    }

    fn finish(self) -> Case {
        let Self { mut case, is_flaky, tags, labels, message, trace, extra } = self;
        case.flaky = case.outcome == Outcome::Passed && is_flaky;
        case.properties = [tags, labels, case.properties].concat();
        if case.outcome != Outcome::Passed && (message.is_some() || trace.is_some()) {
            case.failures.push(failure(case.outcome, message.as_deref(), trace.as_deref()));
        }
        own(&extra["testkeep"], &mut case);
        case
    }
}

fn list<T>(values: &Value, read: fn(&Value) -> T) -> Vec<T> {
    items(values).iter().take(LIST).map(read).collect()
}

/// A picture as base64, with or without the head of a `data:` URL.
fn screenshot(text: &str) -> Option<Attachment> {
    let (head, content) = text.split_once(";base64,").unwrap_or(("data:image/png", text));
    let media_type = head.strip_prefix("data:").map(|media_type| cut(media_type, NAME));
    let content = Some(STANDARD.decode(content).ok()?);
    Some(Attachment { name: "screenshot".into(), path: None, media_type, content })
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

fn outcome(status: Option<&str>) -> Outcome {
    match status {
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
    let outcome =
        own_outcome(&attempt["extra"]["testkeep"]).unwrap_or_else(|| outcome(attempt["status"].as_str()));
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
        attachments: list(&attempt["attachments"], attachment_of),
        output: lines(&attempt["stdout"]),
        error_output: lines(&attempt["stderr"]),
    }
}

fn step(step: &Value) -> Step {
    let outcome = outcome(step["status"].as_str());
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
