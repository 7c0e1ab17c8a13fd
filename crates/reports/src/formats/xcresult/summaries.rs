//! The older form: `ActionTestPlanRunSummaries` with bundles, groups and tests.

use serde_json::Value;

use super::outcome;
use crate::formats::value::{failure, name, some_name};
use crate::json::{items, number, text};
use crate::limits::{DEPTH, LIST};
use crate::model::{Attachment, Case, Event, Failure, Outcome, Step, Suite};
use crate::sink::{Problem, Sink};
use crate::time;

/// The elements of an array; its values are in `_values`.
fn list<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    items(&of[key]["_values"])
}

fn word(of: &Value, key: &str) -> Option<String> {
    some_name(&of[key]["_value"])
}

pub(super) fn read(summaries: &Value, sink: &mut Sink<'_>) -> Result<(), Problem> {
    for summary in items(&summaries["_values"]) {
        for bundle in list(summary, "testableSummaries") {
            let title = word(bundle, "targetName").or_else(|| word(bundle, "name"));
            let mut path: Vec<String> = title.into_iter().collect();
            for test in list(bundle, "tests").iter().chain(list(bundle, "globalTests")) {
                walk(test, &mut path, sink)?;
            }
            for problem in list(bundle, "failureSummaries") {
                sink.send(Event::RunError(reason(problem, Outcome::Errored)))?;
            }
            sink.send(Event::Suite(Suite { path, ..Suite::default() }))?;
        }
    }
    Ok(())
}

fn walk(test: &Value, path: &mut Vec<String>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    if !test["subtests"].is_object() && test["testStatus"].is_object() {
        return Ok(sink.send(Event::Case(Box::new(case(test, path))))?);
    }
    if path.len() >= DEPTH {
        return Ok(());
    }
    path.extend(word(test, "name"));
    for inner in list(test, "subtests") {
        walk(inner, path, sink)?;
    }
    let seconds = number(&test["duration"]["_value"]);
    let path_here = path.clone();
    path.pop();
    // The bundle and “All tests” are written as groups around the classes.
    let holds_tests = list(test, "subtests").iter().any(|inner| inner["testStatus"].is_object());
    if holds_tests {
        sink.send(Event::Suite(Suite { path: path_here, seconds, ..Suite::default() }))?;
    }
    Ok(())
}

fn case(test: &Value, path: &[String]) -> Case {
    let mut case = Case::new(path.to_vec(), word(test, "name").unwrap_or_default());
    case.class = word(test, "identifier").and_then(|id| Some(id.rsplit_once('/')?.0.to_owned()));
    case.outcome = outcome(test["testStatus"]["_value"].as_str());
    case.seconds = number(&test["duration"]["_value"]);
    if case.outcome != Outcome::Passed {
        let kinds = ["failureSummaries", "expectedFailures"];
        let reasons = kinds.iter().flat_map(|kind| list(test, kind)).take(LIST);
        case.failures = reasons.map(|problem| reason(problem, case.outcome)).collect();
        if let Some(message) = word(&test["skipNoticeSummary"], "message") {
            case.failures.push(failure(Outcome::Skipped, Some(&message), None));
        }
    }
    for argument in list(test, "arguments").iter().take(LIST) {
        let value = name(&argument["value"]["debugDescription"]["_value"]);
        case.parameters.push((word(&argument["parameter"], "name").unwrap_or_default(), value));
    }
    for tag in list(test, "tags").iter().take(LIST) {
        case.properties.extend(word(tag, "name").map(|name| ("tag".to_owned(), name)));
    }
    steps(list(test, "activitySummaries"), 0, &mut case);
    case
}

fn reason(problem: &Value, outcome: Outcome) -> Failure {
    let problem = if problem["failureSummary"].is_object() { &problem["failureSummary"] } else { problem };
    let mut failure = failure(outcome, text(&problem["message"]["_value"]).as_deref(), None);
    failure.type_name = word(problem, "issueType");
    if let Some(file) = word(problem, "fileName") {
        let line = word(problem, "lineNumber").unwrap_or_default();
        failure.detail.push(&format!("\n{file}:{line}"));
    }
    failure
}

fn steps(activities: &[Value], depth: u16, case: &mut Case) {
    for activity in activities {
        if case.steps.len() >= LIST {
            return;
        }
        let moment = |key: &str| word(activity, key).as_deref().and_then(time::moment);
        let (start, finish) = (moment("start"), moment("finish"));
        case.steps.push(Step {
            depth,
            name: word(activity, "title").unwrap_or_default(),
            outcome: Outcome::Passed,
            started_at: start,
            seconds: time::between(start, finish),
            failure: None,
        });
        let attachments = list(activity, "attachments").iter().take(LIST);
        case.attachments.extend(attachments.map(attachment));
        if usize::from(depth) < DEPTH {
            steps(list(activity, "subactivities"), depth + 1, case);
        }
    }
}

fn attachment(attachment: &Value) -> Attachment {
    let title = word(attachment, "name").or_else(|| word(attachment, "filename")).unwrap_or_default();
    let media_type = word(attachment, "uniformTypeIdentifier");
    Attachment { name: title, path: word(attachment, "filename"), media_type, content: None }
}
