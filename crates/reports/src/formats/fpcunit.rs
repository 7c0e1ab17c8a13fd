//! FPCUnit and DUnit of Pascal.

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
    suites: &["TestSuite"],
    suite_name: "Name",
    suite_title: "",
    cases: &["Test"],
    errors: &[],
    case: read_case,
};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    if xml.root == "TestResults" && xml.holds("TestListing") {
        return Ok(());
    }
    Err(format!("its root element is <{}>, not <TestResults> with <TestListing>", xml.root))
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    small::read(&SHAPE, source, sink)
}

fn read_case(node: &Node) -> Case {
    let outcome = match node.get("Result").unwrap_or_default().to_ascii_lowercase().as_str() {
        "ok" => Outcome::Passed,
        "failed" => Outcome::Failed,
        "error" => Outcome::Errored,
        "ignored" => Outcome::Skipped,
        _ => Outcome::Other,
    };
    let message = node.text_of("ExceptionMessage").or_else(|| node.text_of("Message"));
    let mut case = case(node.get("Name").unwrap_or_default(), outcome, message);
    for failure in &mut case.failures {
        failure.type_name = node.text_of("ExceptionClass").map(|class| cut(class, NAME));
    }
    case.file = node.text_of("SourceUnitName").map(|file| cut(file, NAME));
    case.line = node.text_of("LineNumber").and_then(|line| line.parse().ok());
    case.seconds = node.get("ElapsedTime").and_then(time::seconds);
    case
}
