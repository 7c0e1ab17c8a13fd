//! GoogleTest's JSON (`--gtest_output=json:`): `testsuites`, each with its tests in `testsuite`.
//!
//! A disabled test has the status NOTRUN and is read as skipped. Keys that GoogleTest does not write itself are the
//! properties that a test recorded.

use serde_json::Value;

use super::value::{failure, name, some_name};
use crate::detect::Start;
use crate::input::Source;
use crate::json::{Json, items, number, text};
use crate::limits::{LIST, NAME};
use crate::model::{Case, Event, Outcome, Suite};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let json = start.json()?;
    if json.has("testsuites") && !json.is_array || json.has("testsuite") && json.has("tests") {
        return Ok(());
    }
    Err("it has no `testsuites` of GoogleTest".into())
}

/// Keys of a test that GoogleTest writes itself.
const KNOWN: [&str; 12] = [
    "name",
    "value_param",
    "type_param",
    "file",
    "line",
    "status",
    "result",
    "timestamp",
    "time",
    "classname",
    "failures",
    "skipped",
];

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut json = Json::new(source);
    json.object(&mut |key, json| match key {
        "testsuites" => json.values(&mut |suite| read_suite(&suite, sink)),
        "tests" => {
            let stated = json.value()?.as_u64();
            sink.states(stated);
            Ok(())
        }
        _ => json.skip(),
    })?;
    json.end()
}

fn read_suite(suite: &Value, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let path: Vec<String> = some_name(&suite["name"]).into_iter().collect();
    for test in items(&suite["testsuite"]) {
        sink.send(Event::Case(Box::new(case(test, &path))))?;
    }
    let started_at = text(&suite["timestamp"]).as_deref().and_then(time::moment);
    Ok(sink.send(Event::Suite(Suite { path, started_at, seconds: seconds(suite), ..Suite::default() }))?)
}

fn seconds(of: &Value) -> Option<f64> {
    number(&of["time"]).or_else(|| text(&of["time"]).as_deref().and_then(time::seconds))
}

fn case(test: &Value, path: &[String]) -> Case {
    let mut case = Case::new(path.to_vec(), name(&test["name"]));
    case.class = some_name(&test["classname"]);
    case.file = some_name(&test["file"]);
    case.line = test["line"].as_u64();
    case.started_at = text(&test["timestamp"]).as_deref().and_then(time::moment);
    case.seconds = seconds(test);
    for (key, label) in [("value_param", "value"), ("type_param", "type")] {
        case.parameters.extend(some_name(&test[key]).map(|value| (label.to_owned(), value)));
    }
    let own = test.as_object().into_iter().flatten().filter(|(key, _)| !KNOWN.contains(&key.as_str()));
    let own = own.filter_map(|(key, value)| Some((cut(key, NAME), cut(&text(value)?, NAME))));
    case.properties = own.take(LIST).collect();
    let reasons = |key: &str, outcome| {
        let list = items(&test[key]).iter().take(LIST);
        list.map(move |item| failure(outcome, text(&item["message"]).as_deref(), None)).collect::<Vec<_>>()
    };
    case.failures = reasons("failures", Outcome::Failed);
    if case.failures.is_empty() {
        case.failures = reasons("skipped", Outcome::Skipped);
    }
    case.outcome = match (case.failures.first(), test["result"].as_str(), test["status"].as_str()) {
        (Some(failure), _, _) => failure.outcome,
        (None, Some("SKIPPED" | "SUPPRESSED"), _) | (None, _, Some("NOTRUN")) => Outcome::Skipped,
        _ => Outcome::Passed,
    };
    case
}
