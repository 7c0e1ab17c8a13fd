//! The tree of `testNodes`: plans, bundles, suites, cases, and under a case its devices, arguments and repetitions.

use serde_json::Value;

use super::outcome;
use crate::formats::value::{all_as, failure, name, some_name};
use crate::json::{items, number, text};
use crate::limits::{DEPTH, LIST};
use crate::model::{Attachment, Attempt, Case, Event, Outcome, Properties, Suite};
use crate::sink::{Problem, Sink};
use crate::time;

pub(super) fn read(node: &Value, sink: &mut Sink<'_>) -> Result<(), Problem> {
    walk(node, &mut Vec::new(), sink)
}

fn walk(node: &Value, path: &mut Vec<String>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    if node["nodeType"] == "Test Case" {
        return cases(node, path, sink);
    }
    if path.len() >= DEPTH {
        return Ok(());
    }
    path.push(name(&node["name"]));
    for child in items(&node["children"]) {
        walk(child, path, sink)?;
    }
    // A plan or a configuration holds suites, but is none.
    if matches!(node["nodeType"].as_str(), Some("Test Suite" | "Unit test bundle" | "UI test bundle")) {
        sink.send(Event::Suite(Suite { path: path.clone(), seconds: seconds(node), ..Suite::default() }))?;
    }
    path.pop();
    Ok(())
}

/// A case; a case with arguments is one case for each set of arguments, and a case on several devices one for each.
fn cases(node: &Value, path: &[String], sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut runs = Vec::new();
    split(node, &Properties::new(), 0, &mut runs);
    for (run, parameters) in runs {
        let mut case = case(node, run, path);
        case.parameters = parameters;
        sink.send(Event::Case(Box::new(case)))?;
    }
    Ok(())
}

fn split<'a>(
    node: &'a Value,
    parameters: &Properties,
    depth: usize,
    runs: &mut Vec<(&'a Value, Properties)>,
) {
    let label = |child: &Value| match child["nodeType"].as_str() {
        Some("Device") => Some("device"),
        Some("Test Plan Configuration") => Some("configuration"),
        Some("Arguments") => Some("arguments"),
        _ => None,
    };
    let mut found = false;
    for child in items(&node["children"]) {
        let Some(label) = label(child).filter(|_| depth < 8) else { continue };
        found = true;
        let mut parameters = parameters.clone();
        parameters.push((label.to_owned(), name(&child["name"])));
        split(child, &parameters, depth + 1, runs);
    }
    if !found && runs.len() < LIST {
        runs.push((node, parameters.clone()));
    }
}

fn case(node: &Value, run: &Value, path: &[String]) -> Case {
    let mut case = Case::new(path.to_vec(), name(&node["name"]));
    case.class = some_name(&node["nodeIdentifier"]).and_then(|id| Some(id.rsplit_once('/')?.0.to_owned()));
    case.properties = all_as("tag", &node["tags"]);
    case.outcome = outcome(run["result"].as_str().or_else(|| node["result"].as_str()));
    case.seconds = seconds(run);
    let children = items(&run["children"]);
    let repetitions: Vec<&Value> =
        children.iter().filter(|child| child["nodeType"] == "Repetition").take(LIST).collect();
    if let Some((last, earlier)) = repetitions.split_last() {
        case.attempts = earlier.iter().map(|node| attempt(node)).collect();
        case.outcome = outcome(last["result"].as_str());
        case.seconds = seconds(last);
        details(last, &mut case);
        let failed = case.attempts.iter().any(|attempt| attempt.outcome == Outcome::Failed);
        case.flaky = case.outcome == Outcome::Passed && failed;
    } else {
        details(run, &mut case);
    }
    if case.outcome == Outcome::Passed {
        case.failures.clear();
    }
    case
}

fn attempt(node: &Value) -> Attempt {
    let mut inside = Case::new(Vec::new(), "");
    inside.outcome = outcome(node["result"].as_str());
    inside.seconds = seconds(node);
    details(node, &mut inside);
    inside.into()
}

/// Messages and attachments below a node.
fn details(node: &Value, case: &mut Case) {
    for child in items(&node["children"]) {
        let (title, details) = (name(&child["name"]), text(&child["details"]));
        match child["nodeType"].as_str() {
            Some("Failure Message") if case.failures.len() < LIST => {
                let outcome = if case.outcome == Outcome::Passed { Outcome::Failed } else { case.outcome };
                case.failures.push(failure(outcome, Some(&title), details.as_deref()));
            }
            Some("Runtime Warning") => case.output.push_line(&title),
            Some("Attachment") if case.attachments.len() < LIST => {
                case.attachments.push(Attachment {
                    name: title,
                    path: None,
                    media_type: None,
                    content: None,
                });
            }
            _ => {}
        }
    }
    // A skipped test has its reason in the details.
    if case.failures.is_empty() && case.outcome == Outcome::Skipped {
        let reason = text(&node["details"]);
        case.failures.extend(reason.map(|reason| failure(Outcome::Skipped, Some(&reason), None)));
    }
}

fn seconds(node: &Value) -> Option<f64> {
    number(&node["durationInSeconds"]).or_else(|| text(&node["duration"]).as_deref().and_then(time::seconds))
}
