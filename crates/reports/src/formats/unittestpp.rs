//! UnitTest++.

use super::place::place;
use super::small::{self, Shape, case};
use crate::detect::Start;
use crate::input::Source;
use crate::limits::LIST;
use crate::model::{Case, Outcome};
use crate::sink::{Problem, Sink};
use crate::time;
use crate::xml::Node;

const SHAPE: Shape =
    Shape { suites: &[], suite_name: "", suite_title: "", cases: &["test"], errors: &[], case: read_case };

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
    let failures = node.all("failure").take(LIST).filter_map(|failure| failure.get("message"));
    let mut case = case(node.get("name").unwrap_or_default(), Outcome::Passed, None);
    case.failures = failures.map(|message| small::failure(Outcome::Failed, message)).collect();
    if node.child("failure").is_some() {
        case.outcome = Outcome::Failed;
    }
    if let Some((file, line)) = node.child("failure").and_then(|failure| place(failure.get("message")?)) {
        (case.file, case.line) = (Some(file), Some(line));
    }
    case.suite = node.get("suite").map(str::to_owned).into_iter().collect();
    case.seconds = node.get("time").and_then(time::seconds);
    case
}
