//! What Cypress gives to `after:run` and returns from its module API: runs of spec files with their tests.
//!
//! The last attempt of a test counts. A spec that could not be run is an error of the run. (Reports of Cypress's
//! reporters are Mocha's JSON, Mochawesome or JUnit.)

use serde_json::Value;

use super::value::{SuiteSet, failure, name, some_name};
use crate::detect::Start;
use crate::input::Source;
use crate::json::{Json, items, number, text};
use crate::limits::LIST;
use crate::model::{Attachment, Attempt, Case, Event, Outcome};
use crate::sink::{Problem, Sink};
use crate::time;

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let json = start.json()?;
    if json.has("runs") && (json.has("cypressVersion") || json.has("totalTests")) {
        return Ok(());
    }
    Err("it has no `runs` with `cypressVersion` or `totalTests`".into())
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut suites = SuiteSet::default();
    let mut json = Json::new(source);
    json.object(&mut |key, json| match key {
        "runs" => json.values(&mut |run| read_run(&run, &mut suites, sink)),
        "totalTests" => {
            let stated = json.value()?.as_u64();
            sink.states(stated);
            Ok(())
        }
        _ => json.skip(),
    })?;
    suites.send(sink)?;
    json.end()
}

fn read_run(run: &Value, suites: &mut SuiteSet, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let file = some_name(&run["spec"]["relative"]).or_else(|| some_name(&run["spec"]["name"]));
    for test in items(&run["tests"]) {
        let case = case(test, file.as_deref(), &run["video"]);
        suites.add(&case.suite);
        sink.send(Event::Case(Box::new(case)))?;
    }
    if let Some(words) = text(&run["error"]) {
        sink.send(Event::RunError(failure(Outcome::Errored, Some(&words), None)))?;
    }
    Ok(())
}

fn case(test: &Value, file: Option<&str>, video: &Value) -> Case {
    // The title is a list of the groups and the test's own title.
    let titles: Vec<String> = items(&test["title"]).iter().map(name).collect();
    let (own, groups) = titles.split_last().map(|(own, groups)| (own.clone(), groups)).unwrap_or_default();
    let suite = file.map(str::to_owned).into_iter().chain(groups.iter().cloned()).collect();
    let mut case = Case::new(suite, own);
    case.file = file.map(str::to_owned);
    case.outcome = outcome(&test["state"]);
    case.seconds = seconds(test);
    let attempts = items(&test["attempts"]);
    if let Some((last, earlier)) = attempts.split_last() {
        case.attempts = earlier.iter().take(LIST).map(attempt).collect();
        let last_attempt = attempt(last);
        case.seconds = case.seconds.or(last_attempt.seconds);
        case.started_at = last_attempt.started_at;
        case.failures = last_attempt.failures;
        case.attachments = last_attempt.attachments;
    }
    if case.failures.is_empty() && case.outcome == Outcome::Failed {
        let words = text(&test["displayError"]);
        case.failures.extend(words.map(|words| failure(Outcome::Failed, None, Some(&words))));
    }
    case.flaky = case.outcome == Outcome::Passed
        && case.attempts.iter().any(|attempt| attempt.outcome == Outcome::Failed);
    let video = some_name(video);
    case.attachments.extend(video.map(|path| file_of("video", path, "video/mp4")));
    case
}

fn attempt(value: &Value) -> Attempt {
    let mut attempt = Attempt::new(outcome(&value["state"]));
    attempt.seconds = seconds(value);
    attempt.started_at = text(&value["startedAt"])
        .or_else(|| text(&value["wallClockStartedAt"]))
        .as_deref()
        .and_then(time::moment);
    let (message, trace) = (text(&value["error"]["message"]), text(&value["error"]["stack"]));
    if message.is_some() || trace.is_some() {
        attempt.failures.push(failure(attempt.outcome, message.as_deref(), trace.as_deref()));
    }
    let pictures = items(&value["screenshots"]).iter().take(LIST);
    attempt.attachments = pictures
        .filter_map(|picture| Some(file_of("screenshot", some_name(&picture["path"])?, "image/png")))
        .collect();
    attempt
}

fn seconds(of: &Value) -> Option<f64> {
    let millis = number(&of["duration"]).or_else(|| number(&of["wallClockDuration"]));
    millis.map(|millis| millis / 1000.0)
}

fn file_of(name: &str, path: String, media_type: &str) -> Attachment {
    Attachment { name: name.into(), path: Some(path), media_type: Some(media_type.into()), content: None }
}

fn outcome(state: &Value) -> Outcome {
    match state.as_str() {
        Some("passed") => Outcome::Passed,
        Some("failed") => Outcome::Failed,
        Some("pending" | "skipped") => Outcome::Skipped,
        _ => Outcome::Other,
    }
}
