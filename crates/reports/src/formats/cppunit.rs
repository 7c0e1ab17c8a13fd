//! CppUnit's XML: `<TestRun>` with failed, successful and skipped tests.

use super::small;
use crate::detect::Start;
use crate::input::Source;
use crate::limits::NAME;
use crate::model::{Case, Event, Failure, Outcome, Suite};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;
use crate::xml::{Node, Token, Xml};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    if xml.root == "TestRun" && (xml.holds("SuccessfulTests") || xml.holds("FailedTests")) {
        return Ok(());
    }
    Err(format!("its root element is <{}>, not <TestRun> with <SuccessfulTests>", xml.root))
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    read_with("::", source, sink)
}

/// `separator`: the text between class and name.
pub(super) fn read_with(separator: &str, source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let mut group = Outcome::Passed;
    loop {
        match xml.next()? {
            Token::Open(element) => match element.name() {
                "FailedTests" => group = Outcome::Failed,
                "SkippedTests" | "IgnoredTests" => group = Outcome::Skipped,
                "SuccessfulTests" => group = Outcome::Passed,
                "FailedTest" | "Test" => {
                    let node = xml.node()?;
                    sink.send(Event::Case(Box::new(case(&node, group, separator))))?;
                }
                "Statistics" => xml.skip()?,
                _ => {}
            },
            Token::Close(_) | Token::Text(_) => {}
            Token::End => break,
        }
    }
    sink.send(Event::Suite(Suite::default()))?;
    xml.finish()
}

fn case(node: &Node, group: Outcome, separator: &str) -> Case {
    let full = node.text_of("Name").unwrap_or_default();
    let (class, name) = full.rsplit_once(separator).map_or((None, full), |(class, name)| (Some(class), name));
    let mut case = Case::new(Vec::new(), cut(name, NAME));
    case.class = class.map(|class| cut(class, NAME));
    let location = node.child("Location");
    case.file = location.and_then(|location| location.text_of("File")).map(|file| cut(file, NAME));
    case.line = location.and_then(|location| location.text_of("Line")).and_then(|line| line.parse().ok());
    case.seconds = node.text_of("Time").and_then(time::seconds);
    let path = node.text_of("TestPath").map(|path| ("path".to_owned(), cut(path, NAME)));
    case.properties.extend(path);
    case.outcome = group;
    if group == Outcome::Failed {
        let kind = node.text_of("FailureType").unwrap_or_default();
        case.outcome = if kind.eq_ignore_ascii_case("error") { Outcome::Errored } else { Outcome::Failed };
        let mut failure = small::failure(case.outcome, node.text_of("Message").unwrap_or_default());
        failure.type_name = Some(cut(kind, NAME)).filter(|kind| !kind.is_empty());
        if let Some(exception) = node.child("Exception") {
            add_exception(&exception, &mut failure);
        }
        case.failures.push(failure);
    }
    case
}

/// AUnit writes the exception of a test that ended unexpectedly: its name, what it says, and the trace.
fn add_exception(exception: &Node, failure: &mut Failure) {
    failure.type_name = exception.text_of("Message").map(|name| cut(name, NAME)).or(failure.type_name.take());
    for part in ["Information", "Traceback"] {
        if let Some(text) = exception.text_of(part) {
            failure.detail.push_line("");
            failure.detail.push(text);
        }
    }
}
