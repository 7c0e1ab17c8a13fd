//! NUnit 2 (`<test-results>`) and NUnit 3 (`<test-run>`): nested suites with cases.
//!
//! Version 2: Error and Cancelled are read as errored; Ignored, Skipped, NotRunnable, Invalid and Inconclusive as
//! skipped. Version 3: Failed with the label Error, Invalid or Cancelled is read as errored, Inconclusive as skipped,
//! Warning as passed.

use super::path::Path;
use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME};
use crate::model::{Attachment, Case, Event, Failure, Outcome, Suite, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;
use crate::xml::{Node, Token, Xml};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    let root = xml.root.as_str();
    let is_nunit =
        root == "test-run" || root == "test-results" || root == "test-suite" && xml.has_attribute("executed");
    if is_nunit {
        Ok(())
    } else {
        Err(format!("its root element is <{root}>, not <test-run> or <test-results>"))
    }
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let (mut path, mut suites) = (Path::default(), Vec::<Suite>::new());
    loop {
        match xml.next()? {
            Token::Open(element) => match element.name() {
                "test-case" => {
                    let node = xml.node()?;
                    sink.send(Event::Case(Box::new(case(&node, &path))))?;
                }
                "test-suite" => {
                    let node = xml.tag();
                    path.push(node.get("name").unwrap_or_default());
                    suites.push(Suite {
                        path: path.names(),
                        started_at: node.get("start-time").and_then(time::moment),
                        seconds: node.get("duration").or_else(|| node.get("time")).and_then(time::seconds),
                        ..Suite::default()
                    });
                }
                "test-run" => {
                    let stated = ["testcasecount", "total"].iter().find_map(|name| element.get(name));
                    sink.states(stated.and_then(|count| count.parse().ok()));
                }
                // Those of cases are inside their nodes.
                "output" | "properties" | "categories" | "environment" | "failure" => {
                    let node = xml.node()?;
                    if let Some(suite) = suites.last_mut() {
                        of_suite(&node, suite);
                    }
                }
                _ => {}
            },
            Token::Close("test-suite") => {
                path.pop();
                if let Some(suite) = suites.pop() {
                    sink.send(Event::Suite(suite))?;
                }
            }
            Token::Close(_) | Token::Text(_) => {}
            Token::End => break,
        }
    }
    xml.finish()
}

/// What a suite says beside its cases.
fn of_suite(node: &Node, suite: &mut Suite) {
    let value = |node: Node, name| cut(node.get(name).unwrap_or_default(), NAME);
    match node.name() {
        "output" => suite.output.push(node.text().trim()),
        "environment" => suite.host = node.get("machine-name").map(|host| cut(host, NAME)),
        "failure" => {
            // When only a case inside it failed, a suite says that and nothing else.
            let words = node.text_of("message").filter(|text| !text.starts_with("One or more child tests"));
            if let Some(message) = words {
                suite.error_output.push_line(message);
                suite.error_output.push(node.text_of("stack-trace").unwrap_or_default());
            }
        }
        "categories" => {
            let names =
                node.all("category").take(LIST).map(|one| ("category".to_owned(), value(one, "name")));
            suite.properties.extend(names);
        }
        _ => {
            let pairs = node.all("property").take(LIST).map(|one| (value(one, "name"), value(one, "value")));
            suite.properties.extend(pairs);
        }
    }
}

fn case(node: &Node, path: &Path) -> Case {
    let mut case = Case::new(path.names(), cut(node.get("name").unwrap_or_default(), NAME));
    case.class = node.get("classname").map(|class| cut(class, NAME));
    case.started_at = node.get("start-time").and_then(time::moment);
    case.seconds = node.get("duration").or_else(|| node.get("time")).and_then(time::seconds);
    case.outcome = outcome(node);
    for property in node.list_of("properties", "property").take(LIST) {
        let value = |name| cut(property.get(name).unwrap_or_default(), NAME);
        case.properties.push((value("name"), value("value")));
    }
    for category in node.list_of("categories", "category").take(LIST) {
        case.properties.push(("category".into(), cut(category.get("name").unwrap_or_default(), NAME)));
    }
    let description = node.get("description").map(|text| ("description".to_owned(), cut(text, NAME)));
    case.properties.extend(description);
    case.parameters.extend(arguments(&case.name).map(|text| ("arguments".to_owned(), text.to_owned())));
    if let Some(output) = node.text_of("output") {
        case.output.push(output);
    }
    let why = node.child("failure").or_else(|| node.child("reason"));
    if let Some(why) = why.filter(|_| case.outcome != Outcome::Passed) {
        case.failures.push(failure(case.outcome, &why));
        // A block of several assertions says each of them.
        let assertions = node.list_of("assertions", "assertion").take(LIST);
        case.failures.extend(assertions.map(|one| failure(case.outcome, &one)));
    }
    case.attachments =
        node.list_of("attachments", "attachment").take(LIST).map(|one| attachment(&one)).collect();
    case
}

fn outcome(node: &Node) -> Outcome {
    let result = node.get("result").unwrap_or_default();
    let label = node.get("label").unwrap_or_default();
    // A result may contain its cause: `Failed(Child)`, `Skipped:Ignored`.
    let (result, cause) = result.split_once(['(', ':']).unwrap_or((result, label));
    match (result, cause.trim_end_matches(')')) {
        ("Failed", "Error" | "Invalid" | "Cancelled") | ("Error" | "Cancelled", _) => Outcome::Errored,
        ("Passed" | "Success" | "Warning", _) => Outcome::Passed,
        ("Failed" | "Failure", _) => Outcome::Failed,
        ("Skipped" | "Ignored" | "NotRunnable" | "Invalid" | "Inconclusive", _) => Outcome::Skipped,
        ("", _) => outcome_of_flags(node),
        _ => Outcome::Other,
    }
}

/// `Adds(1, "a")` gives `1, "a"`: the row of data of a test.
pub(super) fn arguments(name: &str) -> Option<&str> {
    let (_, inside) = name.strip_suffix(')')?.split_once('(')?;
    Some(inside).filter(|inside| !inside.is_empty())
}

/// The outcome for early versions of NUnit 2, which write no `result`.
fn outcome_of_flags(node: &Node) -> Outcome {
    let is =
        |name: &str, wanted: &str| node.get(name).is_some_and(|value| value.eq_ignore_ascii_case(wanted));
    if is("executed", "false") {
        Outcome::Skipped
    } else if is("success", "false") || node.child("failure").is_some() {
        Outcome::Failed
    } else {
        Outcome::Passed
    }
}

fn failure(outcome: Outcome, why: &Node) -> Failure {
    let message = why.text_of("message");
    let trace = why.text_of("stack-trace").unwrap_or_default();
    Failure {
        outcome,
        type_name: None,
        message: message.map(|text| cut(text, NAME)),
        detail: Text::from(trace),
    }
}

fn attachment(node: &Node) -> Attachment {
    let path = node.text_of("filePath").unwrap_or_default();
    let name = node.text_of("description").or_else(|| path.rsplit(['/', '\\']).next()).unwrap_or_default();
    Attachment { name: cut(name, NAME), path: Some(cut(path, NAME)), media_type: None, content: None }
}
