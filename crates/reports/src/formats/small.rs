//! Small XML formats of C, C++ and Pascal: CUnit, Check, FPCUnit, UnitTest++, GLib's gtester.
//!
//! Each is one root element with cases; only the names of the elements differ. So one loop reads all of them, and a
//! [`Shape`] describes the elements of cases and suites.

use super::path::Path;
use super::value::SuiteSet;
use crate::input::Source;
use crate::limits::NAME;
use crate::model::{Case, Event, Failure, Outcome, Suite, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::xml::{Node, Token, Xml};

/// The names of a format's elements.
pub(super) struct Shape {
    /// Elements that are suites.
    pub(super) suites: &'static [&'static str],
    /// Attribute with the name of a suite. If it is absent, the name is the text of [`Shape::suite_title`].
    pub(super) suite_name: &'static str,
    /// Element with the name of a suite.
    pub(super) suite_title: &'static str,
    /// Elements that are cases.
    pub(super) cases: &'static [&'static str],
    /// Elements that say why a suite could not be run: errors of the run.
    pub(super) errors: &'static [&'static str],
    /// Reads name, class, outcome and failure of a case.
    pub(super) case: fn(&Node) -> Case,
}

pub(super) fn read(shape: &Shape, source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let mut path = Path::default();
    // Suites whose names are only in their cases.
    let mut named = SuiteSet::default();
    loop {
        match xml.next()? {
            Token::Open(element) => {
                let name = element.name();
                if shape.suites.contains(&name) {
                    path.push(element.get(shape.suite_name).unwrap_or_default());
                } else if name == shape.suite_title {
                    let node = xml.node()?;
                    path.pop();
                    path.push(node.text().trim());
                } else if shape.cases.contains(&name) {
                    let node = xml.node()?;
                    let mut case = (shape.case)(&node);
                    if case.suite.is_empty() {
                        case.suite = path.names();
                    } else {
                        named.add(&case.suite);
                    }
                    sink.send(Event::Case(Box::new(case)))?;
                } else if shape.errors.contains(&name) {
                    let node = xml.node()?;
                    sink.send(Event::RunError(failure(Outcome::Errored, node.text().trim())))?;
                }
            }
            Token::Close(name) if shape.suites.contains(&name) => {
                sink.send(Event::Suite(Suite { path: path.names(), ..Suite::default() }))?;
                path.pop();
            }
            Token::Close(_) | Token::Text(_) => {}
            Token::End => break,
        }
    }
    named.send(sink)?;
    xml.finish()
}

/// A case; `message`: it failed with this message.
pub(super) fn case(name: &str, outcome: Outcome, message: Option<&str>) -> Case {
    let mut case = Case::new(Vec::new(), cut(name, NAME));
    case.outcome = outcome;
    let message = message.filter(|_| outcome != Outcome::Passed);
    case.failures.extend(message.map(|message| failure(outcome, message)));
    case
}

/// A failure whose message is the first line of its text.
pub(super) fn failure(outcome: Outcome, text: &str) -> Failure {
    let message = text.lines().next().map(|line| cut(line, NAME));
    Failure { outcome, type_name: None, message, detail: Text::from(text) }
}
