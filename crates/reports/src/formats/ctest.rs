//! CTest's `Test.xml` in the form for CDash: `<Site>` with `<Testing>`.

use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME};
use crate::model::{Case, Event, Failure, Outcome, Suite, Text};
use crate::node::{Node, read_node};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::xml::{Token, Xml};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    if xml.root == "Site" && (xml.holds("Testing") || xml.holds("Test")) || xml.root == "Testing" {
        return Ok(());
    }
    Err(format!("its root element is <{}>, not <Site> with <Testing>", xml.root))
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let mut suite = Suite::default();
    let mut is_in_testing = false;
    loop {
        match xml.next()? {
            Token::Open(element) => match element.name().as_str() {
                "Site" => {
                    suite.path = vec![cut(&element.get("BuildName").unwrap_or_default(), NAME)];
                    suite.host =
                        element.get("Hostname").or_else(|| element.get("Name")).map(|host| cut(&host, NAME));
                }
                "Testing" => is_in_testing = true,
                "TestList" => drop(read_node(&mut xml, &element)?),
                "Test" if is_in_testing => {
                    let node = read_node(&mut xml, &element)?;
                    sink.send(Event::Case(Box::new(case(&node, &suite.path))))?;
                }
                _ => {}
            },
            Token::Close(_) | Token::Text(_) => {}
            Token::End => break,
        }
    }
    sink.send(Event::Suite(suite))?;
    xml.flaw().map_or(Ok(()), |flaw| Err(flaw.to_owned().into()))
}

fn case(node: &Node, suite: &[String]) -> Case {
    let mut case = Case::new(suite.to_vec(), cut(node.text_of("Name").unwrap_or_default(), NAME));
    case.file = node.text_of("Path").map(|path| cut(path, NAME));
    case.outcome = match node.get("Status").unwrap_or_default().to_ascii_lowercase().as_str() {
        "passed" => Outcome::Passed,
        "failed" => Outcome::Failed,
        "notrun" => Outcome::Skipped,
        _ => Outcome::Other,
    };
    for label in node.child("Labels").into_iter().flat_map(|labels| labels.all("Label")).take(LIST) {
        case.properties.push(("label".into(), cut(label.text.trim(), NAME)));
    }
    let Some(results) = node.child("Results") else { return case };
    let measured = |name: &str| {
        let found = results.all("NamedMeasurement").find(|measurement| measurement.get("name") == Some(name));
        found.and_then(|measurement| measurement.text_of("Value"))
    };
    case.seconds = measured("Execution Time").and_then(|text| text.parse().ok());
    let output =
        results.child("Measurement").and_then(|measurement| measurement.text_of("Value")).unwrap_or_default();
    // An output that CTest compressed is kept unchanged.
    case.output.push(output);
    if case.outcome != Outcome::Passed {
        let message =
            measured("Exit Code").or_else(|| measured("Completion Status")).map(|text| cut(text, NAME));
        let detail = Text::from(output);
        case.failures.push(Failure { outcome: case.outcome, type_name: None, message, detail });
    }
    case
}
