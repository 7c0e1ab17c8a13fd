//! xUnit.net 1 to 3: assemblies, collections (classes in version 1) and tests.
//!
//! Skip and NotRun are read as skipped. `<errors>` of an assembly are errors of the run.

use super::path::Path;
use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME};
use crate::model::{Attachment, Case, Event, Failure, Outcome, Suite, Text};
use crate::node::{Node, read_node};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;
use crate::xml::{Token, Xml};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    match xml.root.as_str() {
        "assemblies" | "assembly" => Ok(()),
        root => Err(format!("its root element is <{root}>, not <assemblies> or <assembly>")),
    }
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let mut path = Path::default();
    let mut suites: Vec<Suite> = Vec::new();
    loop {
        match xml.next()? {
            Token::Open(element) => match element.name().as_str() {
                "assembly" => path.push(&element.get("name").unwrap_or_default()),
                "collection" | "class" => {
                    path.push(&element.get("name").unwrap_or_default());
                    let seconds = element.get("time").as_deref().and_then(time::seconds);
                    suites.push(Suite { path: path.names(), seconds, ..Suite::default() });
                }
                "test" => {
                    let node = read_node(&mut xml, &element)?;
                    sink.send(Event::Case(Box::new(case(&node, &path))))?;
                }
                "error" => {
                    let node = read_node(&mut xml, &element)?;
                    sink.send(Event::RunError(failure(
                        Outcome::Errored,
                        node.child("failure").unwrap_or(&node),
                    )))?;
                }
                _ => {}
            },
            Token::Close(name) => match name.as_str() {
                "assembly" => path.pop(),
                "collection" | "class" => {
                    path.pop();
                    if let Some(suite) = suites.pop() {
                        sink.send(Event::Suite(suite))?;
                    }
                }
                _ => {}
            },
            Token::Text(_) => {}
            Token::End => break,
        }
    }
    xml.flaw().map_or(Ok(()), |flaw| Err(flaw.to_owned().into()))
}

fn case(node: &Node, path: &Path) -> Case {
    let mut case = Case::new(path.names(), cut(node.get("name").unwrap_or_default(), NAME));
    case.class = node.get("type").map(|class| cut(class, NAME));
    case.seconds = node.get("time").and_then(time::seconds);
    case.file = node.get("source-file").map(|file| cut(file, NAME));
    case.line = node.get("source-line").and_then(|line| line.parse().ok());
    case.outcome = match node.get("result").unwrap_or_default() {
        "Pass" => Outcome::Passed,
        "Fail" => Outcome::Failed,
        "Skip" | "NotRun" => Outcome::Skipped,
        _ => Outcome::Other,
    };
    case.started_at = node.get("start-rtf").and_then(time::moment);
    let files = node.child("attachments").into_iter().flat_map(|list| list.all("attachment")).take(LIST);
    case.attachments = files.map(attachment).collect();
    for traits in node.child("traits").into_iter().flat_map(|list| list.all("trait")).take(LIST) {
        let value = |name| cut(traits.get(name).unwrap_or_default(), NAME);
        case.properties.push((value("name"), value("value")));
    }
    if let Some(output) = node.text_of("output") {
        case.output.push(output);
    }
    for warning in node.child("warnings").into_iter().flat_map(|list| list.all("warning")).take(LIST) {
        case.error_output.push_line(warning.text.trim());
    }
    if let Some(why) = node.child("failure") {
        case.failures.push(failure(case.outcome, why));
    } else if let Some(reason) = node.child("reason") {
        let message = reason.text_of("message").unwrap_or(reason.text.trim());
        let message = Some(cut(message, NAME)).filter(|text| !text.is_empty());
        case.failures.push(Failure {
            outcome: case.outcome,
            type_name: None,
            message,
            detail: Text::default(),
        });
    }
    case
}

/// An attachment of version 3. A binary one is base64 and has a media type; the code that stores it decodes it.
fn attachment(node: &Node) -> Attachment {
    Attachment {
        name: cut(node.get("name").unwrap_or_default(), NAME),
        path: None,
        media_type: Some(cut(node.get("media-type").unwrap_or("text/plain"), NAME)),
        content: Some(node.text.trim().as_bytes().to_vec()),
    }
}

fn failure(outcome: Outcome, why: &Node) -> Failure {
    Failure {
        outcome,
        type_name: why.get("exception-type").map(|name| cut(name, NAME)),
        message: why.text_of("message").map(|text| cut(text, NAME)),
        detail: Text::from(why.text_of("stack-trace").unwrap_or_default()),
    }
}
