//! Playwright's JSON reporter: nested suites with specs, and each spec once per project.
//!
//! A case is a spec in a project. `expected` is read as passed, `unexpected` as failed, `flaky` as passed and flaky.
//! The last result is the case; the earlier ones are its attempts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::value::{all_as, failure, name, some_name};
use crate::detect::Start;
use crate::input::Source;
use crate::json::{Json, items, number, text};
use crate::limits::{DEPTH, LIST};
use crate::model::{Attachment, Attempt, Case, Event, Failure, Outcome, Step, Suite, Text};
use crate::sink::{Problem, Sink};
use crate::time;

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let json = start.json()?;
    let config = json.text.contains("\"rootDir\"") || json.text.contains("\"forbidOnly\"");
    if json.has("config") && config || json.has("suites") && json.text.contains("\"specs\"") {
        return Ok(());
    }
    Err("it has no Playwright `config` and no `suites` with `specs`".into())
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut json = Json::new(source);
    json.object(&mut |key, json| match key {
        "config" => {
            note_shard(&json.value()?["shard"], sink);
            Ok(())
        }
        "suites" => json.values(&mut |suite| read_suite(&suite, &[], sink)),
        "errors" => json.values(&mut |error| {
            let (message, trace) = (text(&error["message"]), text(&error["stack"]));
            Ok(sink.send(Event::RunError(failure(Outcome::Errored, message.as_deref(), trace.as_deref())))?)
        }),
        _ => json.skip(),
    })?;
    json.end()
}

/// Says that the report is a part of a run. A test runs in one shard only, so the shards of a run add up.
pub(super) fn note_shard(shard: &Value, sink: &mut Sink<'_>) {
    if let Some((current, total)) = shard["current"].as_u64().zip(shard["total"].as_u64()) {
        sink.note(format!(
            "It is shard {current} of {total} of its run; the others are reports of their own."
        ));
    }
}

fn read_suite(suite: &Value, outer: &[String], sink: &mut Sink<'_>) -> Result<(), Problem> {
    if outer.len() > DEPTH {
        return Ok(());
    }
    let mut path = outer.to_vec();
    path.extend(some_name(&suite["title"]));
    for spec in items(&suite["specs"]) {
        for test in items(&spec["tests"]) {
            sink.send(Event::Case(Box::new(case(spec, test, &path))))?;
        }
    }
    for inner in items(&suite["suites"]) {
        read_suite(inner, &path, sink)?;
    }
    // The outermost suite is a file; a `describe` is a group in it.
    if outer.is_empty() {
        sink.send(Event::Suite(Suite { path, ..Suite::default() }))?;
    }
    Ok(())
}

fn case(spec: &Value, test: &Value, path: &[String]) -> Case {
    let mut case = Case::new(path.to_vec(), name(&spec["title"]));
    case.file = some_name(&spec["file"]);
    case.line = spec["line"].as_u64();
    let project = some_name(&test["projectName"]);
    case.parameters.extend(project.map(|project| ("project".to_owned(), project)));
    case.properties = all_as("tag", &spec["tags"]);
    for annotation in items(&test["annotations"]).iter().take(LIST) {
        case.properties.push((name(&annotation["type"]), name(&annotation["description"])));
    }
    case.flaky = test["status"] == "flaky";
    case.outcome = match test["status"].as_str() {
        Some("expected" | "flaky") => Outcome::Passed,
        Some("unexpected") => Outcome::Failed,
        Some("skipped") => Outcome::Skipped,
        _ => Outcome::Other,
    };
    let results = items(&test["results"]);
    let Some((last, earlier)) = results.split_last() else { return case };
    case.attempts = earlier.iter().take(LIST).map(attempt).collect();
    case.seconds = seconds(last);
    case.started_at = text(&last["startTime"]).as_deref().and_then(time::moment);
    case.failures = if case.outcome == Outcome::Passed { Vec::new() } else { failures(last) };
    case.output = output(&last["stdout"]);
    case.error_output = output(&last["stderr"]);
    case.attachments = items(&last["attachments"]).iter().take(LIST).map(attachment).collect();
    steps(&last["steps"], 0, &mut case.steps);
    case
}

pub(super) fn seconds(result: &Value) -> Option<f64> {
    number(&result["duration"]).map(|millis| millis / 1000.0)
}

fn failures(result: &Value) -> Vec<Failure> {
    let errors = items(&result["errors"]);
    let errors = if errors.is_empty() { std::slice::from_ref(&result["error"]) } else { errors };
    errors.iter().take(LIST).filter_map(result_failure).collect()
}

/// The failure of an `error`; `None`: it says nothing.
pub(super) fn result_failure(error: &Value) -> Option<Failure> {
    let (message, trace) = (text(&error["message"]), text(&error["stack"]));
    let says_something = message.is_some() || trace.is_some();
    says_something.then(|| failure(Outcome::Failed, message.as_deref(), trace.as_deref()))
}

pub(super) fn attempt(result: &Value) -> Attempt {
    let outcome = match result["status"].as_str() {
        Some("passed") => Outcome::Passed,
        Some("skipped") => Outcome::Skipped,
        Some("timedOut" | "interrupted") => Outcome::Errored,
        _ => Outcome::Failed,
    };
    Attempt {
        outcome,
        started_at: text(&result["startTime"]).as_deref().and_then(time::moment),
        seconds: seconds(result),
        failures: failures(result),
        attachments: items(&result["attachments"]).iter().take(LIST).map(attachment).collect(),
        output: output(&result["stdout"]),
        error_output: output(&result["stderr"]),
    }
}

fn output(chunks: &Value) -> Text {
    let mut output = Text::default();
    for chunk in items(chunks).iter().filter_map(|chunk| text(&chunk["text"])) {
        output.push(&chunk);
    }
    output
}

pub(super) fn attachment(attachment: &Value) -> Attachment {
    Attachment {
        name: name(&attachment["name"]),
        path: some_name(&attachment["path"]),
        media_type: some_name(&attachment["contentType"]),
        content: text(&attachment["body"]).and_then(|body| STANDARD.decode(body).ok()),
    }
}

fn steps(list: &Value, depth: u16, steps: &mut Vec<Step>) {
    for step in items(list) {
        if steps.len() >= LIST {
            return;
        }
        let failure = result_failure(&step["error"]);
        let outcome = if failure.is_some() { Outcome::Failed } else { Outcome::Passed };
        steps.push(Step {
            depth,
            name: name(&step["title"]),
            outcome,
            started_at: None,
            seconds: seconds(step),
            failure,
        });
        steps_inside(step, depth, steps);
    }
}

fn steps_inside(step: &Value, depth: u16, list: &mut Vec<Step>) {
    if usize::from(depth) < DEPTH {
        steps(&step["steps"], depth + 1, list);
    }
}
