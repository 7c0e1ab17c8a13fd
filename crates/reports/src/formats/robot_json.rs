//! Robot Framework's JSON output (since version 7): the same model as `output.xml`.
//!
//! As there, a failed teardown of a suite fails all its tests, so the cases of a suite are sent when it ends.

use serde_json::Value;

use super::robot::{Ended, fail_all};
use super::value::{all_as, name, some_name};
use crate::detect::Start;
use crate::input::Source;
use crate::json::{Json, items, number, text};
use crate::limits::{DEPTH, LIST, NAME};
use crate::model::{Case, Event, Failure, Outcome, Step, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let json = start.json()?;
    let has_suite = json.has("suite") || json.text.contains("\"suite\"");
    if has_suite && (json.has("generator") && json.text.contains("\"Robot ") || json.has("rpa")) {
        return Ok(());
    }
    Err("it has no `suite` with the `generator` Robot".into())
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut json = Json::new(source);
    json.object(&mut |key, json| match key {
        "suite" => {
            let ended = read_suite(json, &[], sink)?;
            for case in ended.cases {
                sink.send(Event::Case(Box::new(case)))?;
            }
            Ok(sink.send(Event::Suite(ended.suite))?)
        }
        _ => json.skip(),
    })?;
    json.end()
}

/// Reads a suite with the suites inside it. Its cases are without the outermost names until the name is known: it comes
/// before the tests in what Robot Framework writes, but JSON has no order.
fn read_suite(json: &mut Json<'_>, outer: &[String], sink: &mut Sink<'_>) -> Result<Ended, Problem> {
    if outer.len() >= DEPTH {
        return Err(Problem::Malformed(format!("its suites are nested deeper than {DEPTH}")));
    }
    let mut ended = Ended::default();
    let mut path = outer.to_vec();
    path.push(String::new());
    json.object(&mut |key, json| {
        match key {
            "name" => {
                let title = name(&json.value()?);
                path.pop();
                path.push(title);
            }
            "tests" => json.values(&mut |test| {
                ended.cases.push(case(&test, &path));
                Ok(())
            })?,
            "suites" => json.array(&mut |json| {
                let inner = read_suite(json, &path, sink)?;
                ended.cases.extend(inner.cases);
                Ok(sink.send(Event::Suite(inner.suite))?)
            })?,
            "teardown" => {
                let teardown = json.value()?;
                if teardown["status"] == "FAIL" {
                    let words = text(&teardown["message"]);
                    ended.teardown = Some(why(words.as_deref().unwrap_or("The suite's teardown failed.")));
                }
            }
            "start_time" => ended.suite.started_at = text(&json.value()?).as_deref().and_then(time::moment),
            "elapsed_time" => ended.suite.seconds = number(&json.value()?),
            "metadata" => {
                let metadata = json.value()?;
                let pairs = metadata.as_object().into_iter().flatten().take(LIST);
                ended.suite.properties = pairs.map(|(key, value)| (cut(key, NAME), name(value))).collect();
            }
            _ => json.skip()?,
        }
        Ok(())
    })?;
    ended.suite.path = path;
    fail_all(&mut ended);
    Ok(ended)
}

fn case(test: &Value, path: &[String]) -> Case {
    let mut case = Case::new(path.to_vec(), name(&test["name"]));
    case.line = test["lineno"].as_u64();
    case.outcome = outcome(test);
    case.started_at = text(&test["start_time"]).as_deref().and_then(time::moment);
    case.seconds = number(&test["elapsed_time"]);
    case.properties = all_as("tag", &test["tags"]);
    case.properties.extend(some_name(&test["doc"]).map(|doc| ("documentation".to_owned(), doc)));
    if case.outcome != Outcome::Passed {
        let words = text(&test["message"]).unwrap_or_default();
        case.failures.push(Failure { outcome: case.outcome, ..why(&words) });
    }
    steps(test, 0, &mut case);
    case
}

fn outcome(of: &Value) -> Outcome {
    match of["status"].as_str() {
        Some("PASS") => Outcome::Passed,
        Some("FAIL") => Outcome::Failed,
        Some("SKIP" | "NOT RUN" | "NOT_RUN") => Outcome::Skipped,
        _ => Outcome::Other,
    }
}

fn why(words: &str) -> Failure {
    let message = words.lines().next().map(|line| cut(line, NAME));
    Failure { outcome: Outcome::Failed, type_name: None, message, detail: Text::from(words) }
}

/// Set-up, body and teardown of a test or keyword.
fn steps(of: &Value, depth: u16, case: &mut Case) {
    let before = std::slice::from_ref(&of["setup"]);
    let after = std::slice::from_ref(&of["teardown"]);
    for item in before.iter().chain(items(&of["body"])).chain(after).filter(|item| item.is_object()) {
        if item["type"] == "MESSAGE" {
            case.output.push_line(text(&item["message"]).unwrap_or_default().trim_end());
            continue;
        }
        if case.steps.len() >= LIST || usize::from(depth) >= DEPTH {
            return;
        }
        let title = some_name(&item["name"]).unwrap_or_else(|| name(&item["type"]));
        let outcome = outcome(item);
        let words = text(&item["message"]).unwrap_or_default();
        case.steps.push(Step {
            depth,
            name: title,
            outcome,
            started_at: text(&item["start_time"]).as_deref().and_then(time::moment),
            seconds: number(&item["elapsed_time"]),
            failure: (outcome == Outcome::Failed).then(|| why(&words)),
        });
        steps(item, depth + 1, case);
    }
}
