//! `results.json` of Katalon's reporters for Jest, Mocha, Jasmine, JUnit, TestNG, pytest and Robot Framework.
//!
//! The file can be read alone: each result names its suite. [`crate::folder`] joins it with the files beside it. Times
//! are milliseconds since 1970. Any value may be null or missing.

use serde_json::Value;

use crate::detect::Start;
use crate::formats::value::{SuiteSet, failure, name, some_name};
use crate::input::Source;
use crate::json::{Json, items, number, text};
use crate::limits::{LIST, NAME};
use crate::model::{Case, Event, Failure, Moment, Outcome, Properties};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let json = start.json()?;
    let is_only_key = !json.is_array && json.keys.iter().all(|key| key == "results") && json.has("results");
    let is_list = json.text.split_once(':').is_some_and(|(_, value)| value.trim_start().starts_with('['));
    if is_only_key && is_list && json.text.contains("\"uuid\"") && json.text.contains("\"status\"") {
        return Ok(());
    }
    Err("it has no list `results` with `uuid` and `status`".into())
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut suites = SuiteSet::default();
    let mut json = Json::new(source);
    let end = results(&mut json, &mut |reported| {
        let Reported { suite, mut case, .. } = reported;
        case.suite = suite.into_iter().collect();
        suites.add(&case.suite);
        Ok(sink.send(Event::Case(Box::new(case)))?)
    });
    if !matches!(end, Err(Problem::Stopped)) {
        suites.send(sink)?;
    }
    end?;
    json.end()
}

/// One result, and how it names its suite.
pub(crate) struct Reported {
    /// The uuid of its suite in `suites.json`.
    pub(crate) parent: Option<String>,
    pub(crate) suite: Option<String>,
    pub(crate) case: Case,
}

/// Calls `on` for each result of the file.
pub(crate) fn results(
    json: &mut Json<'_>,
    on: &mut dyn FnMut(Reported) -> Result<(), Problem>,
) -> Result<(), Problem> {
    json.object(&mut |key, json| match key {
        "results" => json.values(&mut |value| if value.is_object() { on(reported(&value)) } else { Ok(()) }),
        _ => json.skip(),
    })
}

fn reported(result: &Value) -> Reported {
    let suite = some_name(&result["suiteName"]);
    let mut case = Case::new(Vec::new(), name(&result["name"]));
    case.class.clone_from(&suite);
    case.outcome = outcome(&result["status"]);
    (case.started_at, case.seconds) = times(result);
    case.failures = failures(result, case.outcome);
    // JavaScript reporters write `parameter`, the others `parameters`.
    case.parameters = pairs(&result["parameters"]).chain(pairs(&result["parameter"])).take(LIST).collect();
    case.properties = properties(result, &["description", "thread", "host"]);
    Reported { parent: some_name(&result["parentUuid"]), suite, case }
}

fn outcome(status: &Value) -> Outcome {
    let word = status.as_str().unwrap_or_default().to_ascii_uppercase();
    super::outcome(&word).unwrap_or(Outcome::Other)
}

/// When it began, and how many seconds it took.
pub(crate) fn times(value: &Value) -> (Option<Moment>, Option<f64>) {
    let (start, stop) = (value["start"].as_i64(), value["stop"].as_i64());
    let took = number(&value["duration"]).filter(|millis| *millis >= 0.0).map(|millis| millis / 1000.0);
    let started_at = start.and_then(time::from_millis);
    (started_at, took.or_else(|| time::between(started_at, stop.and_then(time::from_millis))))
}

/// The texts under these keys as properties.
pub(crate) fn properties(value: &Value, keys: &[&str]) -> Properties {
    keys.iter().filter_map(|key| Some(((*key).to_owned(), some_name(&value[*key])?))).collect()
}

fn pairs(map: &Value) -> impl Iterator<Item = (String, String)> {
    map.as_object().into_iter().flatten().map(|(key, value)| {
        let value =
            text(value).unwrap_or_else(|| if value.is_null() { String::new() } else { value.to_string() });
        (cut(key, NAME), cut(&value, NAME))
    })
}

/// `failures` (assertions) and `errors`, of which some tools write empty ones, also for results that passed.
fn failures(result: &Value, outcome: Outcome) -> Vec<Failure> {
    if matches!(outcome, Outcome::Passed | Outcome::Other) {
        return Vec::new();
    }
    let both = items(&result["failures"]).iter().chain(items(&result["errors"]));
    let written = both.map(|error| (text(&error["message"]), text(&error["stackTrace"])));
    let mut failures: Vec<_> = written
        .filter(|(message, trace)| message.is_some() || trace.is_some())
        .take(LIST)
        .map(|(message, trace)| failure(outcome, message.as_deref(), trace.as_deref()))
        .collect();
    if failures.is_empty() {
        // Old reporters.
        failures.extend(text(&result["errorMessage"]).map(|message| failure(outcome, Some(&message), None)));
    }
    failures
}
