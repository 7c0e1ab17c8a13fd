//! CUnit's result listing.

use super::small::{self, Shape, case};
use crate::detect::Start;
use crate::input::Source;
use crate::limits::NAME;
use crate::model::{Case, Outcome};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::xml::Node;

const SHAPE: Shape = Shape {
    suites: &["CUNIT_RUN_SUITE"],
    suite_name: "name",
    suite_title: "SUITE_NAME",
    cases: &["CUNIT_RUN_TEST_SUCCESS", "CUNIT_RUN_TEST_FAILURE"],
    errors: &["FAILURE_REASON"],
    case: read_case,
};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    if xml.root == "CUNIT_TEST_RUN_REPORT" {
        return Ok(());
    }
    Err(format!("its root element is <{}>, not <CUNIT_TEST_RUN_REPORT>", xml.root))
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    small::read(&SHAPE, source, sink)
}

fn read_case(node: &Node) -> Case {
    let outcome = if node.name() == "CUNIT_RUN_TEST_FAILURE" { Outcome::Failed } else { Outcome::Passed };
    let mut case = case(node.text_of("TEST_NAME").unwrap_or_default(), outcome, node.text_of("CONDITION"));
    case.file = node.text_of("FILE_NAME").map(|file| cut(file, NAME));
    case.line = node.text_of("LINE_NUMBER").and_then(|line| line.parse().ok());
    case
}
