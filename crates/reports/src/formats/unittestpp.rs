//! UnitTest++.

use super::small::{self, Shape, case};
use crate::detect::Start;
use crate::input::Source;
use crate::model::{Case, Outcome};
use crate::node::Node;
use crate::sink::{Problem, Sink};
use crate::time;

const SHAPE: Shape =
    Shape { suites: &[], suite_name: "", suite_title: "", cases: &["test"], case: read_case };

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    if xml.root == "unittest-results" {
        return Ok(());
    }
    Err(format!("its root element is <{}>, not <unittest-results>", xml.root))
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    small::read(&SHAPE, source, sink)
}

fn read_case(node: &Node) -> Case {
    let failure = node.child("failure").map(|failure| failure.get("message").unwrap_or_default());
    let outcome = if failure.is_some() { Outcome::Failed } else { Outcome::Passed };
    let mut case = case(node.get("name").unwrap_or_default(), outcome, failure);
    case.suite = node.get("suite").map(str::to_owned).into_iter().collect();
    case.seconds = node.get("time").and_then(time::seconds);
    case
}
