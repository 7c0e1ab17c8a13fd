//! Check, the unit test framework for C.

use super::small::{self, Shape, case};
use crate::detect::Start;
use crate::input::Source;
use crate::model::{Case, Outcome};
use crate::node::Node;
use crate::sink::{Problem, Sink};
use crate::time;

const SHAPE: Shape =
    Shape { suites: &["suite"], suite_name: "name", suite_title: "title", cases: &["test"], case: read_case };

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
    case.class = node.text_of("description").map(str::to_owned);
    case.seconds = node.text_of("duration").and_then(time::seconds);
    if let Some((file, line)) = node.text_of("fn").and_then(|place| place.rsplit_once(':')) {
        case.file = Some(file.to_owned());
        case.line = line.parse().ok();
    }
    case
}
