//! Allure 1 (`*-testsuite.xml`): one suite with its cases, steps, labels and attachments.
//!
//! The status `broken` is read as errored, an unknown or missing status as other.

use crate::detect::Start;
use crate::input::Source;
use crate::limits::{DEPTH, LIST, NAME};
use crate::model::{Attachment, Case, Event, Failure, Outcome, Properties, Step, Suite, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;
use crate::xml::{Node, Token, Xml};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    let is_allure =
        xml.root == "test-suite" && !xml.has_attribute("executed") && !xml.has_attribute("result");
    if is_allure {
        Ok(())
    } else {
        Err(format!("its root element is <{}>, not Allure's <test-suite>", xml.root))
    }
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let mut suite = Suite::default();
    let mut cases = Vec::new();
    // The suite's name may come after its cases. So the cases are kept until then, each as a small tree.
    let broken = collect(&mut xml, &mut suite, &mut cases).err();
    for mut case in cases {
        case.suite.clone_from(&suite.path);
        sink.send(Event::Case(Box::new(case)))?;
    }
    sink.send(Event::Suite(suite))?;
    match broken.or_else(|| xml.flaw().map(str::to_owned)) {
        Some(words) => Err(words.into()),
        None => Ok(()),
    }
}

fn collect(xml: &mut Xml<'_>, suite: &mut Suite, cases: &mut Vec<Case>) -> Result<(), String> {
    let mut depth = 0_usize;
    loop {
        match xml.next()? {
            Token::Open(element) => match (depth, element.name()) {
                (_, "test-case") => {
                    let node = xml.node()?;
                    cases.push(case(&node));
                }
                (1, "name" | "title" | "labels" | "description") => {
                    let node = xml.node()?;
                    if node.name() == "labels" {
                        suite.properties = labels(node.all("label"));
                    }
                    if node.name() == "title" || node.name() == "name" && suite.path.is_empty() {
                        suite.path = vec![cut(node.text().trim(), NAME)];
                    }
                }
                (0, _) => {
                    let node = xml.tag();
                    (suite.started_at, suite.seconds) = times(&node);
                    depth = 1;
                }
                _ => depth += 1,
            },
            Token::Close(_) => depth = depth.saturating_sub(1),
            Token::Text(_) => {}
            Token::End => return Ok(()),
        }
    }
}

fn case(node: &Node) -> Case {
    let name = node.text_of("title").or_else(|| node.text_of("name")).unwrap_or_default();
    let mut case = Case::new(Vec::new(), cut(name, NAME));
    case.outcome = outcome(node.get("status").unwrap_or_default());
    (case.started_at, case.seconds) = times(node);
    case.properties = labels(node.list_of("labels", "label"));
    case.parameters = labels(node.list_of("parameters", "parameter"));
    let description = node.text_of("description").map(|text| ("description".to_owned(), cut(text, NAME)));
    case.properties.extend(description);
    if let Some(why) = node.child("failure") {
        case.failures.push(Failure {
            outcome: case.outcome,
            type_name: None,
            message: why.text_of("message").map(|text| cut(text, NAME)),
            detail: Text::from(why.text_of("stack-trace").unwrap_or_default()),
        });
    }
    case.attachments = attachments(node).collect();
    steps(node, 0, &mut case);
    case
}

/// Labels and parameters have a name and a value each.
fn labels<'t>(list: impl Iterator<Item = Node<'t>>) -> Properties {
    let value = |node: Node, name| cut(node.get(name).unwrap_or_default(), NAME);
    list.take(LIST).map(|label| (value(label, "name"), value(label, "value"))).collect()
}

fn outcome(status: &str) -> Outcome {
    match status.to_ascii_lowercase().as_str() {
        "passed" => Outcome::Passed,
        "failed" => Outcome::Failed,
        "broken" => Outcome::Errored,
        "skipped" | "canceled" | "pending" => Outcome::Skipped,
        _ => Outcome::Other,
    }
}

fn times(node: &Node) -> (Option<crate::model::Moment>, Option<f64>) {
    let millis = |name| node.get(name).and_then(|text| text.parse::<i64>().ok());
    let (start, stop) = (millis("start"), millis("stop"));
    let took = start.zip(stop).map(|(start, stop)| stop.saturating_sub(start).max(0).unsigned_abs());
    (
        start.and_then(time::from_millis),
        took.map(|millis| std::time::Duration::from_millis(millis).as_secs_f64()),
    )
}

fn attachments(node: &Node) -> impl Iterator<Item = Attachment> {
    let list = node.list_of("attachments", "attachment").take(LIST);
    list.map(|attachment| Attachment {
        name: cut(attachment.get("title").unwrap_or_default(), NAME),
        path: attachment.get("source").map(|path| cut(path, NAME)),
        media_type: attachment.get("type").map(|media_type| cut(media_type, NAME)),
        content: None,
    })
}

fn steps(node: &Node, depth: u16, case: &mut Case) {
    for step in node.list_of("steps", "step") {
        if case.steps.len() >= LIST {
            return;
        }
        let name = step.text_of("title").or_else(|| step.text_of("name")).unwrap_or_default();
        let (started_at, seconds) = times(&step);
        let outcome = outcome(step.get("status").unwrap_or_default());
        case.steps.push(Step { depth, name: cut(name, NAME), outcome, started_at, seconds, failure: None });
        case.attachments.extend(attachments(&step));
        if usize::from(depth) < DEPTH {
            steps(&step, depth + 1, case);
        }
    }
}
