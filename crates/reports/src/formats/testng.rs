//! TestNG's `testng-results.xml`: suites contain tests, tests contain classes, classes contain methods.
//!
//! Configuration methods, and attempts with the mark `retried`, are not cases. A failed configuration method is an
//! error of the run.

use std::collections::BTreeMap;

use super::path::Path;
use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME};
use crate::model::{Attempt, Case, Event, Failure, Outcome, Properties, Suite, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;
use crate::xml::{Node, Token, Xml};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    if xml.root == "testng-results" {
        return Ok(());
    }
    Err(format!("its root element is <{}>, not <testng-results>", xml.root))
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let mut reader = Reader::default();
    loop {
        match xml.next()? {
            Token::Open(element) => match element.name() {
                "testng-results" => {
                    sink.states(element.get("total").and_then(|count| count.parse().ok()));
                }
                "suite" => reader.open_suite(&xml.tag()),
                "test" => reader.path.push(element.get("name").unwrap_or_default()),
                "class" => reader.class = cut(element.get("name").unwrap_or_default(), NAME),
                "group" => reader.add_group(&xml.node()?),
                "test-method" => reader.method(&xml.node()?, sink)?,
                _ => {}
            },
            Token::Close("suite") => {
                reader.groups.clear();
                reader.path.pop();
                sink.send(Event::Suite(std::mem::take(&mut reader.suite)))?;
            }
            Token::Close("test") => reader.path.pop(),
            Token::Close(_) | Token::Text(_) => {}
            Token::End => break,
        }
    }
    xml.finish()
}

#[derive(Default)]
struct Reader {
    path: Path,
    suite: Suite,
    class: String,
    /// Attempts that TestNG repeated, until the last attempt of the method comes.
    retried: Vec<(String, Attempt)>,
    /// The groups by class and method.
    groups: BTreeMap<(String, String), Vec<String>>,
}

impl Reader {
    fn open_suite(&mut self, node: &Node) {
        self.path.push(node.get("name").unwrap_or_default());
        self.suite = Suite {
            path: self.path.names(),
            started_at: node.get("started-at").and_then(time::moment),
            seconds: millis(node),
            ..Suite::default()
        };
    }

    /// A group with its methods. The groups come before the tests.
    fn add_group(&mut self, group: &Node) {
        let name = cut(group.get("name").unwrap_or_default(), NAME);
        for method in group.all("method") {
            let value = |name: &str| cut(method.get(name).unwrap_or_default(), NAME);
            let groups = self.groups.entry((value("class"), value("name"))).or_default();
            if groups.len() < LIST && !groups.contains(&name) {
                groups.push(name.clone());
            }
        }
    }

    fn method(&mut self, node: &Node, sink: &mut Sink<'_>) -> Result<(), Problem> {
        let is = |name: &str| node.get(name) == Some("true");
        let case = self.case(node);
        let key = || format!("{}\0{}", case.class.as_deref().unwrap_or_default(), case.name);
        if is("is-config") {
            if case.outcome == Outcome::Failed {
                let failure = case.failures.into_iter().next().unwrap_or_else(|| unexplained(&case.name));
                sink.send(Event::RunError(failure))?;
            }
        } else if is("retried") {
            if self.retried.len() < LIST {
                self.retried.push((key(), case.into()));
            }
        } else {
            let attempts = if self.retried.is_empty() { Vec::new() } else { self.attempts_of(&key()) };
            let flaky = case.outcome == Outcome::Passed && !attempts.is_empty();
            sink.send(Event::Case(Box::new(Case { flaky, attempts, ..case })))?;
        }
        Ok(())
    }

    fn attempts_of(&mut self, key: &str) -> Vec<Attempt> {
        let (own, others) = std::mem::take(&mut self.retried).into_iter().partition(|(of, _)| of == key);
        self.retried = others;
        own.into_iter().map(|(_, attempt): (String, Attempt)| attempt).collect()
    }

    fn case(&self, node: &Node) -> Case {
        let mut case = Case::new(self.path.names(), cut(node.get("name").unwrap_or_default(), NAME));
        case.class = Some(self.class.clone()).filter(|class| !class.is_empty());
        case.seconds = millis(node);
        case.started_at = node.get("started-at").and_then(time::moment);
        case.outcome = outcome(node.get("status").unwrap_or_default());
        case.properties = self.properties(node, &case.name);
        let parameters = node.list_of("params", "param").take(LIST);
        case.parameters = parameters.enumerate().filter_map(|(at, one)| parameter(at, &one)).collect();
        for line in node.list_of("reporter-output", "line") {
            case.output.push_line(line.text().trim());
        }
        case.failures = node.all("exception").take(LIST).map(|one| failure(case.outcome, &one)).collect();
        case
    }

    fn properties(&self, node: &Node, name: &str) -> Properties {
        let description = node.get("description").filter(|text| !text.is_empty());
        let description = description.map(|text| ("description".to_owned(), cut(text, NAME)));
        // Most reports have no groups, so the key is made only for those that have.
        let key = (!self.groups.is_empty()).then(|| (self.class.clone(), name.to_owned()));
        let groups = key.and_then(|key| self.groups.get(&key)).into_iter().flatten();
        let attributes = node.list_of("attributes", "attribute").take(LIST);
        let attributes =
            attributes.filter_map(|one| Some((cut(one.get("name")?, NAME), cut(one.text().trim(), NAME))));
        description
            .into_iter()
            .chain(groups.map(|group| ("group".to_owned(), group.clone())))
            .chain(attributes)
            .collect()
    }
}

fn outcome(status: &str) -> Outcome {
    match status.to_ascii_uppercase().as_str() {
        "PASS" => Outcome::Passed,
        "FAIL" => Outcome::Failed,
        "SKIP" => Outcome::Skipped,
        _ => Outcome::Other,
    }
}

/// A parameter has a place instead of a name.
fn parameter(at: usize, node: &Node) -> Option<(String, String)> {
    let value = node.text_of("value")?;
    let name = node.get("index").map_or_else(|| at.to_string(), |index| cut(index, NAME));
    Some((name, cut(value, NAME)))
}

fn failure(outcome: Outcome, exception: &Node) -> Failure {
    let trace = exception.text_of("full-stacktrace").or_else(|| exception.text_of("short-stacktrace"));
    Failure {
        outcome,
        type_name: exception.get("class").map(|class| cut(class, NAME)),
        message: exception.text_of("message").map(|message| cut(message, NAME)),
        detail: Text::from(trace.unwrap_or_default()),
    }
}

fn unexplained(method: &str) -> Failure {
    let message = Some(format!("The configuration method {method} failed."));
    Failure { outcome: Outcome::Errored, type_name: None, message, detail: Text::default() }
}

fn millis(node: &Node) -> Option<f64> {
    node.get("duration-ms").and_then(|text| text.parse::<f64>().ok()).map(|millis| millis / 1000.0)
}
