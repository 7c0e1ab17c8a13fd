//! xUnit.net 1 to 3: assemblies, collections (classes in version 1) and tests.
//!
//! Skip and NotRun are read as skipped. `<errors>` of an assembly are errors of the run.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::nunit::arguments;
use super::path::Path;
use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME};
use crate::model::{Attachment, Case, Event, Failure, Outcome, Suite, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;
use crate::xml::{Node, Token, Xml};

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
    // Only collections are suites, so they repeat what is said of their assembly.
    let (mut host, mut assembly) = (None, Suite::default());
    loop {
        match xml.next()? {
            Token::Open(element) => match element.name() {
                "assemblies" => host = element.get("computer").map(|host| cut(host, NAME)),
                "assembly" => {
                    path.push(element.get("name").unwrap_or_default());
                    assembly = about(&xml.tag());
                }
                "collection" | "class" => {
                    path.push(element.get("name").unwrap_or_default());
                    let seconds = element.get("time").and_then(time::seconds);
                    suites.push(Suite {
                        path: path.names(),
                        seconds,
                        host: host.clone(),
                        ..assembly.clone()
                    });
                }
                "test" => {
                    let node = xml.node()?;
                    sink.send(Event::Case(Box::new(case(&node, &path))))?;
                }
                "error" => {
                    let node = xml.node()?;
                    sink.send(Event::RunError(failure(
                        Outcome::Errored,
                        &node.child("failure").unwrap_or(node),
                    )))?;
                }
                _ => {}
            },
            Token::Close(name) => match name {
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
    xml.finish()
}

/// Begin and environment of an assembly. Versions 1 and 2 write date and time apart.
fn about(node: &Node) -> Suite {
    let apart = node.get("run-date").zip(node.get("run-time")).map(|(date, time)| format!("{date}T{time}"));
    let started_at = node.get("start-rtf").or(apart.as_deref()).and_then(time::moment);
    let known = ["environment", "test-framework", "target-framework", "config-file"];
    let known = known.into_iter().filter_map(|name| Some((name.to_owned(), cut(node.get(name)?, NAME))));
    Suite { started_at, properties: known.collect(), ..Suite::default() }
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
    case.parameters.extend(arguments(&case.name).map(|text| ("arguments".to_owned(), text.to_owned())));
    let files = node.list_of("attachments", "attachment").take(LIST);
    case.attachments = files.map(|file| attachment(&file)).collect();
    for traits in node.list_of("traits", "trait").take(LIST) {
        let value = |name| cut(traits.get(name).unwrap_or_default(), NAME);
        case.properties.push((value("name"), value("value")));
    }
    if let Some(output) = node.text_of("output") {
        case.output.push(output);
    }
    for warning in node.list_of("warnings", "warning").take(LIST) {
        case.error_output.push_line(warning.text().trim());
    }
    if let Some(why) = node.child("failure") {
        case.failures.push(failure(case.outcome, &why));
    } else if let Some(reason) = node.child("reason") {
        let message = reason.text_of("message").unwrap_or(reason.text().trim());
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

/// An attachment of version 3. A binary one is base64 and has a media type.
fn attachment(node: &Node) -> Attachment {
    let written = node.text().trim();
    let binary = node.get("media-type").and_then(|_| STANDARD.decode(written).ok());
    Attachment {
        name: cut(node.get("name").unwrap_or_default(), NAME),
        path: None,
        media_type: Some(cut(node.get("media-type").unwrap_or("text/plain"), NAME)),
        content: Some(binary.unwrap_or_else(|| written.as_bytes().to_vec())),
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
