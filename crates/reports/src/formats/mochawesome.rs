//! Mochawesome's JSON: `results`, nested suites with their tests and hooks.

use serde_json::Value;

use super::value::{failure, name, some_name};
use crate::detect::Start;
use crate::input::Source;
use crate::json::{Json, items, number, text};
use crate::limits::{DEPTH, LIST};
use crate::model::{Attachment, Case, Event, Outcome, Suite};
use crate::sink::{Problem, Sink};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let json = start.json()?;
    if json.has("stats") && json.has("results") && !json.is_array {
        return Ok(());
    }
    Err("it has no `stats` with `results`".into())
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut json = Json::new(source);
    json.object(&mut |key, json| match key {
        "results" => json.values(&mut |suite| read_suite(&suite, &[], sink)),
        // Early versions have one root suite.
        "suites" => {
            let suite = json.value()?;
            read_suite(&suite, &[], sink)
        }
        "stats" => {
            let stated = json.value()?["testsRegistered"].as_u64();
            sink.states(stated);
            Ok(())
        }
        _ => json.skip(),
    })?;
    json.end()
}

fn read_suite(suite: &Value, outer: &[String], sink: &mut Sink<'_>) -> Result<(), Problem> {
    if !suite.is_object() || outer.len() > DEPTH {
        return Ok(());
    }
    let mut path = outer.to_vec();
    path.extend(some_name(&suite["title"]));
    for test in items(&suite["tests"]) {
        sink.send(Event::Case(Box::new(case(test, &path, suite))))?;
    }
    for hook in items(&suite["beforeHooks"]).iter().chain(items(&suite["afterHooks"])) {
        if hook["fail"] == true || hook["state"] == "failed" {
            let (message, trace) = (text(&hook["err"]["message"]), text(&hook["err"]["estack"]));
            sink.send(Event::RunError(failure(Outcome::Errored, message.as_deref(), trace.as_deref())))?;
        }
    }
    for inner in items(&suite["suites"]) {
        read_suite(inner, &path, sink)?;
    }
    let seconds = number(&suite["duration"]).map(|millis| millis / 1000.0);
    Ok(sink.send(Event::Suite(Suite { path, seconds, ..Suite::default() }))?)
}

fn case(test: &Value, path: &[String], suite: &Value) -> Case {
    let mut case = Case::new(path.to_vec(), name(&test["title"]));
    case.file = some_name(&suite["file"]);
    case.seconds = number(&test["duration"]).map(|millis| millis / 1000.0);
    case.outcome = match test["state"].as_str() {
        Some("passed") => Outcome::Passed,
        Some("failed") => Outcome::Failed,
        Some("pending" | "skipped") => Outcome::Skipped,
        _ if test["pass"] == true => Outcome::Passed,
        _ if test["fail"] == true => Outcome::Failed,
        _ if test["pending"] == true || test["skipped"] == true => Outcome::Skipped,
        _ => Outcome::Other,
    };
    let (message, trace) = (text(&test["err"]["message"]), text(&test["err"]["estack"]));
    if message.is_some() || trace.is_some() {
        case.failures.push(failure(case.outcome, message.as_deref(), trace.as_deref()));
    }
    case.flaky =
        case.outcome == Outcome::Passed && test["currentRetry"].as_u64().is_some_and(|retry| retry > 0);
    add_context(&test["context"], &mut case);
    case
}

/// What a test added by `addContext`: JSON as text, a value or a list of them. Paths and links become attachments.
fn add_context(context: &Value, case: &mut Case) {
    let Some(written) = context.as_str() else { return };
    let parsed: Value = serde_json::from_str(written).unwrap_or_else(|_| context.clone());
    let list = if parsed.is_array() { items(&parsed) } else { std::slice::from_ref(&parsed) };
    for item in list.iter().take(LIST) {
        let titled = item.is_object();
        let value = if titled { &item["value"] } else { item };
        let Some(value) = some_name(value) else { continue };
        let title = if titled { name(&item["title"]) } else { "context".to_owned() };
        let is_file = ["png", "jpg", "jpeg", "gif", "mp4", "webm"].iter().any(|end| value.ends_with(end));
        if is_file {
            case.attachments.push(Attachment {
                name: title,
                path: Some(value),
                media_type: None,
                content: None,
            });
        } else {
            case.properties.push((title, value));
        }
    }
}
