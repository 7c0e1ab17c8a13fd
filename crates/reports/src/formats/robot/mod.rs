//! Robot Framework's `output.xml`, versions 3 to 7.
//!
//! A failed teardown of a suite fails all its tests, so the cases of a suite are sent when it ends. A test may have
//! millions of keywords and messages, so they are read one by one and only a limited number is kept.

mod images;
mod test;

use test::{Test, is_step, outcome, times, why};

use super::path::Path;
use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME};
use crate::model::{Case, Event, Failure, Outcome, Suite};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::xml::{Element, Node, Token, Xml};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    let generator =
        xml.root_attributes.iter().find(|(name, _)| name == "generator").map(|(_, value)| value.as_str());
    let is_robot =
        xml.root == "robot" && (generator.is_none_or(|name| !name.is_empty()) || xml.holds("suite"));
    if is_robot { Ok(()) } else { Err(format!("its root element is <{}>, not <robot>", xml.root)) }
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let mut reader = Reader::default();
    let broken = reader.collect(&mut xml, sink);
    // The file is cut: open suites are sent as they are.
    while !reader.suites.is_empty() {
        reader.end_suite(sink)?;
    }
    broken?;
    xml.finish()
}

/// A suite with the cases below it, and its failed teardown.
#[derive(Default)]
pub(super) struct Ended {
    /// The file of its tests, as written in the report.
    file: Option<String>,
    pub(super) suite: Suite,
    pub(super) cases: Vec<Case>,
    pub(super) teardown: Option<Failure>,
}

/// A failed teardown of a suite fails all cases below it.
pub(super) fn fail_all(ended: &mut Ended) {
    let Some(failure) = ended.teardown.take() else { return };
    for case in &mut ended.cases {
        case.outcome = Outcome::Failed;
        case.failures.push(failure.clone());
    }
}

#[derive(Default)]
struct Reader {
    path: Path,
    /// The open suites.
    suites: Vec<Ended>,
    test: Option<Test>,
    fixture: Fixture,
}

impl Reader {
    fn collect(&mut self, xml: &mut Xml<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
        loop {
            match xml.next()? {
                Token::Open(element) => match element.name() {
                    "suite" => self.open_suite(element),
                    "test" => {
                        let suite = self.suites.last();
                        self.test = suite.map(|open| Test::new(element, &self.path, open.file.as_ref()));
                    }
                    name if is_step(name) => self.open_step(element),
                    "status" | "msg" | "tag" | "doc" | "meta" | "item" => self.detail(&xml.node()?),
                    "statistics" => sink.states(stated(&xml.node()?)),
                    // Messages of the tool itself.
                    "errors" => xml.skip()?,
                    _ => {}
                },
                Token::Close("suite") => self.end_suite(sink)?,
                Token::Close("test") => self.end_test(),
                Token::Close(name) if is_step(name) => self.end_step(),
                Token::Close(_) | Token::Text(_) => {}
                Token::End => return Ok(()),
            }
        }
    }

    fn open_suite(&mut self, element: &Element) {
        self.path.push(element.get("name").unwrap_or_default());
        let suite = Suite { path: self.path.names(), ..Suite::default() };
        let file = element.get("source").map(|file| cut(file, NAME));
        self.suites.push(Ended { file, suite, ..Ended::default() });
    }

    fn open_step(&mut self, element: &Element) {
        match &mut self.test {
            Some(test) => test.open_step(element),
            None => self.fixture.open(element),
        }
    }

    fn end_step(&mut self) {
        match &mut self.test {
            Some(test) => test.end_step(),
            None => self.fixture.close(),
        }
    }

    fn detail(&mut self, node: &Node) {
        match (&mut self.test, self.suites.last_mut()) {
            (Some(test), _) => test.detail(node),
            (None, Some(open)) => self.fixture.detail(node, open),
            (None, None) => {}
        }
    }

    fn end_test(&mut self) {
        if let (Some(test), Some(open)) = (self.test.take(), self.suites.last_mut()) {
            open.cases.push(test.case);
        }
    }

    /// Moves the cases of an ended suite to its outer suite, because a failed teardown of the outer suite fails them
    /// too.
    fn end_suite(&mut self, sink: &mut Sink<'_>) -> Result<(), Problem> {
        self.path.pop();
        let Some(mut open) = self.suites.pop() else { return Ok(()) };
        fail_all(&mut open);
        match self.suites.last_mut() {
            Some(outer) => outer.cases.extend(open.cases),
            None => {
                for case in open.cases {
                    sink.send(Event::Case(Box::new(case)))?;
                }
            }
        }
        Ok(sink.send(Event::Suite(open.suite))?)
    }
}

/// The open keywords of the set-up or teardown of a suite.
#[derive(Default)]
struct Fixture {
    depth: usize,
    is_teardown: bool,
}

impl Fixture {
    fn open(&mut self, element: &Element) {
        if self.depth == 0 {
            let kind = element.get("type").unwrap_or_default();
            self.is_teardown = element.name() == "teardown" || kind.eq_ignore_ascii_case("teardown");
        }
        self.depth += 1;
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// A detail of a suite, or of a keyword that belongs to the suite.
    fn detail(&self, node: &Node, open: &mut Ended) {
        match (node.name(), self.depth) {
            ("status", 0) => (open.suite.started_at, open.suite.seconds) = times(node),
            ("status", 1) if self.is_teardown && outcome(node) == Outcome::Failed => {
                open.teardown = Some(why(node, "The suite's teardown failed."));
            }
            // Up to version 3 the values are in `item`, later in `meta`.
            ("meta" | "item", 0) if open.suite.properties.len() < LIST => {
                open.suite.properties.extend(named(node));
            }
            _ => {}
        }
    }
}

/// The number of tests in the totals. Version 3 states critical tests before.
fn stated(statistics: &Node) -> Option<u64> {
    let all = statistics.child("total")?.children().last()?;
    let count = |name| all.get(name).and_then(|count| count.parse::<u64>().ok());
    Some(count("pass")? + count("fail")? + count("skip").unwrap_or_default())
}

fn named(node: &Node) -> Option<(String, String)> {
    Some((cut(node.get("name")?, NAME), cut(node.text().trim(), NAME)))
}
