//! Mocha's JSON reporter: `tests`, and the same tests again in `passes`, `failures` and `pending`.
//!
//! Full title, file and position together identify a test. A failure that belongs to no test is a failure of a hook.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::value::{SuiteSet, failure, name, some_name};
use crate::detect::Start;
use crate::input::Source;
use crate::json::{Json, number, text};
use crate::model::{Case, Event, Outcome};
use crate::sink::{Problem, Sink};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let json = start.json()?;
    let mocha = json.has("stats") && (json.has("tests") || json.text.contains("\"passes\""));
    if mocha && !json.has("results") {
        return Ok(());
    }
    Err("it has no `stats` with `tests`".into())
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    // `tests` does not show which tests are pending, and `pending` comes later.
    let mut cases = Vec::new();
    let mut pending: BTreeMap<String, u64> = BTreeMap::new();
    let mut known = BTreeSet::new();
    let mut hooks = Vec::new();
    let mut json = Json::new(source);
    json.object(&mut |key, json| match key {
        "tests" => json.values(&mut |test| {
            known.insert(identity(&test));
            cases.push((identity(&test), case(&test)));
            Ok(())
        }),
        "pending" => json.values(&mut |test| {
            *pending.entry(identity(&test)).or_default() += 1;
            Ok(())
        }),
        "failures" => json.values(&mut |test| {
            if !known.contains(&identity(&test)) {
                hooks.push(failure(
                    Outcome::Errored,
                    text(&test["err"]["message"]).as_deref(),
                    text(&test["err"]["stack"]).as_deref(),
                ));
            }
            Ok(())
        }),
        "stats" => {
            let stated = json.value()?["tests"].as_u64();
            sink.states(stated);
            Ok(())
        }
        _ => json.skip(),
    })?;
    let mut suites = SuiteSet::default();
    for (identity, mut case) in cases {
        if let Some(count) =
            pending.get_mut(&identity).filter(|count| **count > 0 && case.failures.is_empty())
        {
            *count -= 1;
            case.outcome = Outcome::Skipped;
        }
        suites.add(&case.suite);
        sink.send(Event::Case(Box::new(case)))?;
    }
    for hook in hooks {
        sink.send(Event::RunError(hook))?;
    }
    suites.send(sink)?;
    json.end()
}

fn identity(test: &Value) -> String {
    format!("{}\0{}", name(&test["fullTitle"]), name(&test["file"]))
}

fn case(test: &Value) -> Case {
    let (title, full) = (name(&test["title"]), name(&test["fullTitle"]));
    let suite = full.strip_suffix(title.as_str()).unwrap_or_default().trim_end().to_owned();
    let mut case = Case::new(Some(suite).filter(|suite| !suite.is_empty()).into_iter().collect(), title);
    case.file = some_name(&test["file"]);
    case.seconds = number(&test["duration"]).map(|millis| millis / 1000.0);
    let (message, trace) = (text(&test["err"]["message"]), text(&test["err"]["stack"]));
    if message.is_some() || trace.is_some() {
        case.outcome = Outcome::Failed;
        case.failures.push(failure(Outcome::Failed, message.as_deref(), trace.as_deref()));
    }
    case.flaky =
        case.outcome == Outcome::Passed && test["currentRetry"].as_u64().is_some_and(|retry| retry > 0);
    case
}
