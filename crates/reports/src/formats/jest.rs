//! Jest's and Vitest's JSON (`--json`, reporter `json`): files of assertions.

use serde_json::Value;

use super::value::all_as;
use crate::detect::Start;
use crate::input::Source;
use crate::json::{Json, items, number, text};
use crate::limits::{LIST, NAME};
use crate::model::{Attempt, Case, Event, Failure, Outcome, Suite, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let json = start.json()?;
    if json.has("numTotalTests") || json.has("testResults") && json.has("success") {
        return Ok(());
    }
    Err("it has no `numTotalTests` and no `testResults`".into())
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut json = Json::new(source);
    json.object(&mut |key, json| match key {
        "testResults" => json.values(&mut |file| read_file(&file, sink)),
        "numTotalTests" => {
            let stated = json.value()?.as_u64();
            sink.states(stated);
            Ok(())
        }
        _ => json.skip(),
    })?;
    json.end()
}

fn read_file(file: &Value, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let name = cut(&text(&file["name"]).or_else(|| text(&file["testFilePath"])).unwrap_or_default(), NAME);
    // `--json` writes `assertionResults`, a results processor writes `testResults`.
    let assertions = [items(&file["assertionResults"]), items(&file["testResults"])].concat();
    for assertion in &assertions {
        sink.send(Event::Case(Box::new(case(&name, assertion))))?;
    }
    let message = text(&file["message"]).or_else(|| text(&file["failureMessage"]));
    if assertions.is_empty() && file["status"] == "failed" {
        // The file could not be run.
        sink.send(Event::RunError(failure(Outcome::Errored, message.as_deref().unwrap_or_default())))?;
    }
    let (start, end) = (file["startTime"].as_i64(), file["endTime"].as_i64());
    let seconds = start
        .zip(end)
        .map(|(start, end)| std::time::Duration::from_millis(end.abs_diff(start)).as_secs_f64());
    let started_at = start.and_then(time::from_millis);
    Ok(sink.send(Event::Suite(Suite { path: vec![name], started_at, seconds, ..Suite::default() }))?)
}

fn case(file: &str, assertion: &Value) -> Case {
    let mut suite = vec![file.to_owned()];
    suite.extend(items(&assertion["ancestorTitles"]).iter().filter_map(text).map(|title| cut(&title, NAME)));
    let name = text(&assertion["title"]).or_else(|| text(&assertion["fullName"])).unwrap_or_default();
    let mut case = Case::new(suite, cut(&name, NAME));
    case.file = Some(file.to_owned()).filter(|file| !file.is_empty());
    case.line = assertion["location"]["line"].as_u64();
    case.seconds = number(&assertion["duration"]).map(|millis| millis / 1000.0);
    case.outcome = match assertion["status"].as_str() {
        Some("passed") => Outcome::Passed,
        Some("failed") => Outcome::Failed,
        Some("pending" | "skipped" | "todo" | "disabled") => Outcome::Skipped,
        _ => Outcome::Other,
    };
    let messages = items(&assertion["failureMessages"]).iter().filter_map(text).take(LIST);
    case.failures = messages.map(|message| failure(Outcome::Failed, &message)).collect();
    case.properties = all_as("tag", &assertion["tags"]);
    // `jest.retryTimes` keeps why the earlier invocations failed.
    for words in items(&assertion["retryReasons"]).iter().filter_map(text).take(LIST) {
        let failures = vec![failure(Outcome::Failed, &words)];
        case.attempts.push(Attempt { failures, ..Attempt::new(Outcome::Failed) });
    }
    case.flaky = case.outcome == Outcome::Passed
        && (!case.attempts.is_empty() || assertion["invocations"].as_u64().is_some_and(|count| count > 1));
    case
}

/// A failure whose message is the first line; the detail is the whole text.
fn failure(outcome: Outcome, whole: &str) -> Failure {
    let first = whole.lines().next().map(|line| cut(line, NAME));
    Failure { outcome, type_name: None, message: first, detail: Text::from(whole) }
}
