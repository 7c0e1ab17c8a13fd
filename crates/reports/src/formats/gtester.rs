//! GLib's gtester: test programs with their cases.

use super::small::{self, Shape, case};
use crate::detect::Start;
use crate::input::Source;
use crate::model::{Case, Outcome};
use crate::sink::{Problem, Sink};
use crate::time;
use crate::xml::Node;

const SHAPE: Shape = Shape {
    suites: &["testbinary"],
    suite_name: "path",
    suite_title: "",
    cases: &["testcase"],
    errors: &[],
    case: read_case,
};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    if xml.root == "gtester" {
        return Ok(());
    }
    Err(format!("its root element is <{}>, not <gtester>", xml.root))
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    small::read(&SHAPE, source, sink)
}

fn read_case(node: &Node) -> Case {
    let result = node.child("status").and_then(|status| status.get("result"));
    let outcome = match result {
        _ if node.get("skipped") == Some("1") => Outcome::Skipped,
        Some("success") => Outcome::Passed,
        Some("failed") => Outcome::Failed,
        Some("skipped") => Outcome::Skipped,
        _ if node.child("error").is_some() => Outcome::Failed,
        _ => Outcome::Other,
    };
    let mut case = case(node.get("path").unwrap_or_default(), outcome, node.text_of("error"));
    case.seconds = node.text_of("duration").and_then(time::seconds);
    for message in node.all("message") {
        case.output.push_line(message.text().trim());
    }
    case
}
