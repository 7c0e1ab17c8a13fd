//! TestNG's `testng-results.xml`: suites contain tests, tests contain classes, classes contain methods.
//!
//! Configuration methods, and attempts with the mark `retried`, are not cases. A failed configuration method is an
//! error of the run.

use std::collections::BTreeMap;

use super::path::Path;
use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME};
use crate::model::{Attempt, Case, Event, Failure, Outcome, Suite, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;
use crate::xml::{Element, Token, Xml};

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
            Token::Open(element) => {
                if element.name() == "testng-results" {
                    sink.states(element.get("total").and_then(|count| count.parse().ok()));
                }
                reader.open(&element);
            }
            Token::Text(text) => reader.text(&text),
            Token::Close(name) => reader.close(&name, sink)?,
            Token::End => break,
        }
    }
    xml.flaw().map_or(Ok(()), |flaw| Err(flaw.to_owned().into()))
}

#[derive(Default)]
struct Reader {
    path: Path,
    suite: Suite,
    class: String,
    method: Option<Method>,
    /// Attempts that TestNG repeated, until the last attempt of the method comes.
    retried: Vec<(String, Attempt)>,
    inside: Vec<String>,
    /// The group that is being read, and the groups by class and method.
    group: String,
    groups: BTreeMap<(String, String), Vec<String>>,
}

struct Method {
    case: Case,
    is_config: bool,
    is_retried: bool,
}

impl Reader {
    fn open(&mut self, element: &Element) {
        let name = element.name();
        match name.as_str() {
            "suite" => {
                self.path.push(&element.get("name").unwrap_or_default());
                self.suite = Suite {
                    path: self.path.names(),
                    started_at: element.get("started-at").as_deref().and_then(time::moment),
                    seconds: millis(element),
                    ..Suite::default()
                };
            }
            "test" => self.path.push(&element.get("name").unwrap_or_default()),
            "class" => self.class = cut(&element.get("name").unwrap_or_default(), NAME),
            "test-method" => self.method = Some(self.method(element)),
            "exception" => self.exception(element),
            "group" => self.group = cut(&element.get("name").unwrap_or_default(), NAME),
            "method" if self.inside.last().is_some_and(|outer| outer == "group") => self.grouped(element),
            _ => {}
        }
        self.inside.push(name);
    }

    fn method(&self, element: &Element) -> Method {
        let mut case = Case::new(self.path.names(), cut(&element.get("name").unwrap_or_default(), NAME));
        case.class = Some(self.class.clone()).filter(|class| !class.is_empty());
        case.seconds = millis(element);
        case.started_at = element.get("started-at").as_deref().and_then(time::moment);
        case.outcome = match element.get("status").unwrap_or_default().to_ascii_uppercase().as_str() {
            "PASS" => Outcome::Passed,
            "FAIL" => Outcome::Failed,
            "SKIP" => Outcome::Skipped,
            _ => Outcome::Other,
        };
        if let Some(description) = element.get("description").filter(|text| !text.is_empty()) {
            case.properties.push(("description".into(), cut(&description, NAME)));
        }
        let groups = self.groups.get(&(self.class.clone(), case.name.clone())).into_iter().flatten();
        case.properties.extend(groups.map(|group| ("group".to_owned(), group.clone())));
        let is = |name: &str| element.get(name).as_deref() == Some("true");
        Method { case, is_config: is("is-config"), is_retried: is("retried") }
    }

    /// A method of the open group. The groups come before the tests.
    fn grouped(&mut self, element: &Element) {
        let value = |name: &str| cut(&element.get(name).unwrap_or_default(), NAME);
        let groups = self.groups.entry((value("class"), value("name"))).or_default();
        if groups.len() < LIST && !groups.contains(&self.group) {
            groups.push(self.group.clone());
        }
    }

    fn exception(&mut self, element: &Element) {
        let Some(method) = &mut self.method else { return };
        let type_name = element.get("class").map(|class| cut(&class, NAME));
        let outcome = method.case.outcome;
        if method.case.failures.len() < LIST {
            method.case.failures.push(Failure { outcome, type_name, message: None, detail: Text::default() });
        }
    }

    fn text(&mut self, text: &str) {
        let Some(method) = &mut self.method else { return };
        let failure = method.case.failures.last_mut();
        match (self.inside.last().map(String::as_str), failure) {
            (Some("message"), Some(failure)) => {
                let message = failure.message.get_or_insert_default();
                message.push_str(&cut(text.trim(), NAME.saturating_sub(message.len())));
            }
            (Some("full-stacktrace" | "short-stacktrace"), Some(failure)) => failure.detail.push(text.trim()),
            (Some("line"), _) => method.case.output.push_line(text.trim()),
            (Some("value"), _) if method.case.parameters.len() < LIST => {
                let number = method.case.parameters.len().to_string();
                if !text.trim().is_empty() {
                    method.case.parameters.push((number, cut(text.trim(), NAME)));
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str, sink: &mut Sink<'_>) -> Result<(), Problem> {
        self.inside.pop();
        match name {
            "test" => self.path.pop(),
            "suite" => {
                self.groups.clear();
                self.path.pop();
                sink.send(Event::Suite(std::mem::take(&mut self.suite)))?;
            }
            "test-method" => {
                if let Some(method) = self.method.take() {
                    self.finish(method, sink)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self, method: Method, sink: &mut Sink<'_>) -> Result<(), Problem> {
        let Method { mut case, is_config, is_retried } = method;
        let key = format!("{}\0{}", case.class.as_deref().unwrap_or_default(), case.name);
        if is_config {
            if case.outcome == Outcome::Failed {
                let failure = case.failures.into_iter().next().unwrap_or_else(|| unexplained(&case.name));
                sink.send(Event::RunError(failure))?;
            }
        } else if is_retried {
            if self.retried.len() < LIST {
                self.retried.push((key, case.into()));
            }
        } else {
            let (own, others) = std::mem::take(&mut self.retried).into_iter().partition(|(of, _)| *of == key);
            self.retried = others;
            case.attempts = own.into_iter().map(|(_, attempt): (String, Attempt)| attempt).collect();
            case.flaky = case.outcome == Outcome::Passed && !case.attempts.is_empty();
            sink.send(Event::Case(Box::new(case)))?;
        }
        Ok(())
    }
}

fn unexplained(method: &str) -> Failure {
    let message = Some(format!("The configuration method {method} failed."));
    Failure { outcome: Outcome::Errored, type_name: None, message, detail: Text::default() }
}

fn millis(element: &Element) -> Option<f64> {
    element.get("duration-ms").and_then(|text| text.parse::<f64>().ok()).map(|millis| millis / 1000.0)
}
