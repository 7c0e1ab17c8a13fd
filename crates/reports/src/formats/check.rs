//! Check, the unit test framework for C.

use super::place::place;
use super::small::{self, Shape, case};
use crate::detect::Start;
use crate::input::Source;
use crate::limits::NAME;
use crate::model::{Case, Outcome};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;
use crate::xml::Node;

const SHAPE: Shape = Shape {
    suites: &["suite"],
    suite_name: "name",
    suite_title: "title",
    cases: &["test"],
    errors: &[],
    case: read_case,
};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    if xml.root == "testsuites" && xml.holds("suite") && !xml.holds("testsuite") {
        return Ok(());
    }
    Err(format!("its root element is <{}>, not <testsuites> with <suite>", xml.root))
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    small::read(&SHAPE, source, sink)
}

fn read_case(node: &Node) -> Case {
    let outcome = match node.get("result") {
        Some("success") => Outcome::Passed,
        Some("failure") => Outcome::Failed,
        Some("error") => Outcome::Errored,
        _ => Outcome::Other,
    };
    let mut case = case(node.text_of("id").unwrap_or_default(), outcome, node.text_of("message"));
    case.class = node.text_of("description").map(|words| cut(words, NAME));
    case.seconds = node.text_of("duration").and_then(time::seconds);
    if let Some((file, line)) = node.text_of("fn").and_then(place) {
        (case.file, case.line) = (Some(file), Some(line));
    }
    // A loop test runs once for each number.
    let number = node.text_of("iteration").filter(|number| *number != "0");
    case.parameters = number.map(|number| ("iteration".to_owned(), cut(number, NAME))).into_iter().collect();
    case
}
