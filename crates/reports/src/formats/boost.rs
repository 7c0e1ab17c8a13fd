//! Boost.Test: the log (`<TestLog>`, with messages) and the result report (`<TestResult>`, with outcomes only).
//!
//! In a log, an exception or a fatal error is read as errored, another error as failed, and `skipped="yes"` as skipped.

use super::path::Path;
use super::small;
use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME};
use crate::model::{Case, Event, Failure, Outcome, Suite, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::xml::{Node, Token, Xml};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    match xml.root.as_str() {
        "TestLog" | "TestResult" => Ok(()),
        root => Err(format!("its root element is <{root}>, not <TestLog> or <TestResult>")),
    }
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let mut path = Path::default();
    loop {
        match xml.next()? {
            Token::Open(element) => match element.name() {
                "TestSuite" => path.push(element.get("name").unwrap_or_default()),
                "TestCase" => {
                    let node = xml.node()?;
                    sink.send(Event::Case(Box::new(case(&node, &path))))?;
                }
                _ => {}
            },
            Token::Close("TestSuite") => {
                sink.send(Event::Suite(Suite { path: path.names(), ..Suite::default() }))?;
                path.pop();
            }
            Token::Close(_) | Token::Text(_) => {}
            Token::End => break,
        }
    }
    xml.finish()
}

fn case(node: &Node, path: &Path) -> Case {
    let mut case = Case::new(path.names(), cut(node.get("name").unwrap_or_default(), NAME));
    case.file = node.get("file").map(|file| cut(file, NAME));
    case.line = node.get("line").and_then(|line| line.parse().ok());
    // Boost.Test writes microseconds.
    case.seconds =
        node.text_of("TestingTime").and_then(|text| text.parse::<f64>().ok()).map(|micros| micros / 1e6);
    add_messages(node, &mut case);
    let worst = case.failures.iter().map(|failure| failure.outcome).max_by_key(|outcome| outcome.weight());
    case.outcome = match (node.get("result"), worst) {
        (Some("passed"), _) => Outcome::Passed,
        (Some("failed"), _) => Outcome::Failed,
        (Some("aborted"), _) => Outcome::Errored,
        (Some("skipped"), _) => Outcome::Skipped,
        (_, Some(worst)) => worst,
        (_, None) if node.get("skipped") == Some("yes") => Outcome::Skipped,
        (_, None) => Outcome::Passed,
    };
    if let Some(reason) = node.get("reason").filter(|_| case.outcome == Outcome::Skipped) {
        case.failures.push(small::failure(Outcome::Skipped, reason));
    }
    case
}

fn add_messages(node: &Node, case: &mut Case) {
    for child in node.children() {
        let outcome = match child.name() {
            "Exception" | "FatalError" => Outcome::Errored,
            "Error" => Outcome::Failed,
            "Message" | "Info" | "Warning" => {
                case.output.push_line(child.text().trim());
                continue;
            }
            _ => continue,
        };
        if case.failures.len() < LIST {
            case.failures.push(failure(&child, outcome));
        }
        // Early versions do not write where a case is.
        if case.file.is_none() {
            case.file = child.get("file").map(|file| cut(file, NAME));
            case.line = child.get("line").and_then(|line| line.parse().ok());
        }
    }
}

fn failure(node: &Node, outcome: Outcome) -> Failure {
    let text = node.text().trim();
    let place = [node.get("file"), node.get("line")].into_iter().flatten().collect::<Vec<_>>().join(":");
    let mut detail = Text::from(&*format!("{place}\n{text}"));
    for frame in node.list_of("Context", "Frame").take(LIST) {
        detail.push("\n");
        detail.push(frame.text().trim());
    }
    if let Some(last) = node.child("LastCheckpoint") {
        let (file, line) = (last.get("file").unwrap_or_default(), last.get("line").unwrap_or_default());
        detail.push(&format!("\nlast checkpoint: {file}:{line} {}", last.text().trim()));
    }
    Failure { detail, ..small::failure(outcome, text) }
}
