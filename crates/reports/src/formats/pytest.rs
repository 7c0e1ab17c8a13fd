//! pytest-json-report: `tests` with the phases setup, call and teardown.
//!
//! An expected failure is read as skipped, an unexpected pass as passed.

use serde_json::Value;

use super::value::{SuiteSet, all_as, failure};
use crate::detect::Start;
use crate::input::Source;
use crate::json::{Json, items, number, text};
use crate::limits::{LIST, NAME};
use crate::model::{Case, Event, Outcome, Properties, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;

const PHASES: [&str; 3] = ["setup", "call", "teardown"];

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let json = start.json()?;
    if json.has("exitcode") && json.has("root") {
        return Ok(());
    }
    Err("it has no `exitcode` and `root`".into())
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut suites = SuiteSet::default();
    let mut json = Json::new(source);
    json.object(&mut |key, json| match key {
        "tests" => json.values(&mut |test| {
            let case = case(&test);
            suites.add(&case.suite);
            Ok(sink.send(Event::Case(Box::new(case)))?)
        }),
        "collectors" => json.values(&mut |collector| {
            if collector["outcome"] == "failed" {
                let words = text(&collector["longrepr"]);
                sink.send(Event::RunError(failure(Outcome::Errored, words.as_deref(), None)))?;
            }
            Ok(())
        }),
        "summary" => {
            let stated = json.value()?["total"].as_u64();
            sink.states(stated);
            Ok(())
        }
        _ => json.skip(),
    })?;
    suites.send(sink)?;
    json.end()
}

/// A case. Its `nodeid` is `path/to/file.py::Class::name[parameters]`.
fn case(test: &Value) -> Case {
    let id = text(&test["nodeid"]).unwrap_or_default();
    let mut parts: Vec<String> = id.split("::").map(|part| cut(part, NAME)).collect();
    let name = parts.pop().unwrap_or_default();
    let file = parts.first().cloned();
    let mut case = Case::new(file.iter().cloned().collect(), name);
    case.class = (parts.len() > 1).then(|| parts[1..].join("."));
    case.file = file;
    // pytest counts lines from zero.
    case.line = test["lineno"].as_u64().map(|line| line + 1);
    case.outcome = match test["outcome"].as_str() {
        Some("passed" | "xpassed") => Outcome::Passed,
        Some("failed") => Outcome::Failed,
        Some("error") => Outcome::Errored,
        Some("skipped" | "xfailed") => Outcome::Skipped,
        _ => Outcome::Other,
    };
    let durations = PHASES.iter().filter_map(|phase| number(&test[phase]["duration"]));
    case.seconds = durations.reduce(|sum, next| sum + next);
    case.properties = all_as("keyword", &test["keywords"]);
    case.properties.extend(items(&test["user_properties"]).iter().chain([&test["metadata"]]).flat_map(pairs));
    if let Some(parameters) = case.name.split_once('[').and_then(|(_, rest)| rest.strip_suffix(']')) {
        case.parameters.push(("id".to_owned(), parameters.to_owned()));
    }
    for phase in PHASES {
        read_phase(&mut case, &test[phase]);
    }
    case
}

fn pairs(object: &Value) -> Properties {
    let pairs = object.as_object().into_iter().flatten().take(LIST);
    pairs.filter_map(|(key, value)| Some((cut(key, NAME), cut(&text(value)?, NAME)))).collect()
}

fn read_phase(case: &mut Case, phase: &Value) {
    for (key, kept) in [("stdout", &mut case.output), ("stderr", &mut case.error_output)] {
        if let Some(output) = text(&phase[key]) {
            kept.push(&output);
        }
    }
    for record in items(&phase["log"]).iter().take(LIST) {
        let (level, message) = (text(&record["levelname"]), text(&record["msg"]));
        case.output.push_line(&format!("{} {}", level.unwrap_or_default(), message.unwrap_or_default()));
    }
    if phase["outcome"] == "passed" {
        return;
    }
    let Some(words) = text(&phase["longrepr"]) else { return };
    let message = text(&phase["crash"]["message"]);
    let mut failure = failure(case.outcome, message.as_deref(), None);
    failure.detail = Text::from(&*words);
    if let Some(line) = items(&phase["traceback"]).last().and_then(|entry| text(&entry["message"])) {
        failure.type_name = Some(cut(&line, NAME));
    }
    case.failures.push(failure);
}
