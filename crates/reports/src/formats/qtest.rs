//! Qt Test's XML: functions with one incident for each row of data.
//!
//! A function is a case: failed if an incident failed or passed unexpectedly, skipped if it was skipped, otherwise
//! passed.

use super::small;
use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME};
use crate::model::{Case, Event, Outcome, Step, Suite};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::xml::{Node, Token, Xml};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    if xml.root == "TestCase" && (xml.holds("TestFunction") || xml.holds("Environment")) {
        return Ok(());
    }
    Err(format!("its root element is <{}>, not <TestCase> with <TestFunction>", xml.root))
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let mut suite = Suite::default();
    loop {
        match xml.next()? {
            Token::Open(element) => match element.name() {
                "TestCase" => suite.path = vec![cut(element.get("name").unwrap_or_default(), NAME)],
                "Environment" => {
                    let node = xml.node()?;
                    let pairs = node.children().take(LIST);
                    let pairs = pairs.map(|one| (cut(one.name(), NAME), cut(one.text().trim(), NAME)));
                    suite.properties.extend(pairs);
                }
                // Those of functions are inside their nodes.
                "Duration" => suite.seconds = millis(&xml.tag()),
                "TestFunction" => {
                    let node = xml.node()?;
                    sink.send(Event::Case(Box::new(case(&node, &suite.path))))?;
                }
                _ => {}
            },
            Token::Close(_) | Token::Text(_) => {}
            Token::End => break,
        }
    }
    sink.send(Event::Suite(suite))?;
    xml.finish()
}

fn case(node: &Node, suite: &[String]) -> Case {
    let mut case = Case::new(suite.to_vec(), cut(node.get("name").unwrap_or_default(), NAME));
    case.class = suite.first().cloned();
    case.seconds = node.child("Duration").and_then(|duration| millis(&duration));
    let results = node.all("BenchmarkResult").take(LIST);
    case.properties = results.map(|result| benchmark(&result)).collect();
    for incident in node.all("Incident") {
        add_incident(&mut case, &incident);
    }
    for message in node.all("Message") {
        let text = message.text_of("Description").unwrap_or_default();
        let row = message.text_of("DataTag").map(|row| format!("{row}: ")).unwrap_or_default();
        if message.get("type") == Some("skip") && case.outcome == Outcome::Passed {
            case.outcome = Outcome::Skipped;
            case.failures.push(small::failure(Outcome::Skipped, text));
        }
        case.output.push_line(&format!("{row}{text}"));
    }
    case
}

fn add_incident(case: &mut Case, incident: &Node) {
    let outcome = match incident.get("type").unwrap_or_default() {
        "fail" | "xpass" | "bfail" | "bxpass" => Outcome::Failed,
        "skip" => Outcome::Skipped,
        _ => Outcome::Passed,
    };
    let text = incident.text_of("Description").unwrap_or_default();
    if outcome.weight() > case.outcome.weight() {
        case.outcome = outcome;
    }
    if outcome == Outcome::Failed && case.failures.len() < LIST {
        case.file.get_or_insert_with(|| cut(incident.get("file").unwrap_or_default(), NAME));
        case.line = case.line.or_else(|| incident.get("line").and_then(|line| line.parse().ok()));
        case.failures.push(small::failure(outcome, text));
    }
    let why = (outcome != Outcome::Passed).then(|| small::failure(outcome, text));
    if let Some(row) = incident.text_of("DataTag").filter(|_| case.steps.len() < LIST) {
        let step =
            Step { depth: 0, name: cut(row, NAME), outcome, started_at: None, seconds: None, failure: why };
        case.steps.push(step);
    }
}

/// What a benchmark measured, with the kind of the measurement and the row of data as name.
fn benchmark(result: &Node) -> (String, String) {
    let row = result.get("tag").filter(|row| !row.is_empty()).map(|row| format!(" ({row})"));
    let name = format!("{}{}", result.get("metric").unwrap_or("benchmark"), row.unwrap_or_default());
    (cut(&name, NAME), cut(result.get("value").unwrap_or_default(), NAME))
}

fn millis(duration: &Node) -> Option<f64> {
    duration.get("msecs").and_then(|text| text.parse::<f64>().ok()).map(|millis| millis / 1000.0)
}
