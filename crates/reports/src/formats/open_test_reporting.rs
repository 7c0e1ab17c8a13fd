//! Open Test Reporting's events: `started` and `finished`, in any order.
//!
//! An entry that is no other entry's parent is a case; the others are suites. A case without an end is read as errored.

use std::collections::{BTreeMap, BTreeSet};

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
    if xml.root == "events" && (xml.holds("started") || xml.holds("infrastructure")) {
        return Ok(());
    }
    Err(format!("its root element is <{}>, not <events> with <started>", xml.root))
}

#[derive(Default)]
struct Entry {
    name: String,
    parent: Option<String>,
    started_at: Option<crate::model::Moment>,
    ended_at: Option<crate::model::Moment>,
    outcome: Option<Outcome>,
    reason: Option<String>,
    /// The class of the exception.
    thrown: Option<String>,
    tags: Vec<String>,
    file: Option<String>,
    line: Option<u64>,
    attachments: Vec<Attachment>,
    output: Text,
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    let mut order = Vec::new();
    let broken = loop {
        match xml.next() {
            Ok(Token::Open(element)) => match element.name() {
                "started" | "finished" | "reported" => {
                    let node = xml.node()?;
                    take(&node, &mut entries, &mut order);
                }
                _ => {}
            },
            Ok(Token::Close(_) | Token::Text(_)) => {}
            Ok(Token::End) => break None,
            Err(words) => break Some(words),
        }
    };
    send(&entries, &order, sink)?;
    match broken.or_else(|| xml.flaw().map(str::to_owned)) {
        Some(words) => Err(words.into()),
        None => Ok(()),
    }
}

fn take(node: &Node, entries: &mut BTreeMap<String, Entry>, order: &mut Vec<String>) {
    let id = node.get("id").unwrap_or_default().to_owned();
    if !entries.contains_key(&id) {
        order.push(id.clone());
    }
    let entry = entries.entry(id).or_default();
    let moment = node.get("time").and_then(time::moment);
    if node.name() == "started" {
        entry.name = cut(node.get("name").unwrap_or_default(), NAME);
        entry.parent = node.get("parentId").map(str::to_owned);
        entry.started_at = moment;
        add_details(node, entry);
        return;
    }
    if node.name() == "finished" {
        entry.ended_at = moment;
    }
    add_details(node, entry);
    if let Some(result) = node.child("result") {
        entry.outcome = Some(match result.get("status") {
            Some("SUCCESSFUL") => Outcome::Passed,
            Some("FAILED") => Outcome::Failed,
            Some("ERRORED") => Outcome::Errored,
            Some("SKIPPED" | "ABORTED") => Outcome::Skipped,
            _ => Outcome::Other,
        });
        let thrown = result.child("throwable").and_then(|throwable| throwable.get("type"));
        entry.thrown = thrown.map(|class| cut(class, NAME));
        entry.reason = result.text_of("reason").or_else(|| result.text_of("throwable")).map(str::to_owned);
    }
}

/// Tags, the source of a test, attached files and data.
fn add_details(node: &Node, entry: &mut Entry) {
    for tag in node
        .child("metadata")
        .and_then(|data| data.child("tags"))
        .into_iter()
        .flat_map(|tags| tags.all("tag"))
    {
        if entry.tags.len() < LIST {
            entry.tags.push(cut(tag.text().trim(), NAME));
        }
    }
    for source in node.list_of("sources", "fileSource") {
        entry.file = source.get("path").map(|path| cut(path, NAME));
        entry.line = source.child("filePosition").and_then(|position| position.get("line")?.parse().ok());
    }
    for attached in node.child("attachments").into_iter().flat_map(Node::children) {
        match attached.name() {
            "data" => {
                for one in attached.all("entry") {
                    entry.output.push_line(&format!(
                        "{} = {}",
                        one.get("key").unwrap_or_default(),
                        one.text().trim()
                    ));
                }
            }
            "output" => entry.output.push(attached.text()),
            "file" if entry.attachments.len() < LIST => entry.attachments.push(file(&attached)),
            _ => {}
        }
    }
}

fn file(node: &Node) -> Attachment {
    let path = node.get("path").unwrap_or_default();
    Attachment {
        name: cut(path.rsplit(['/', '\\']).next().unwrap_or(path), NAME),
        path: Some(cut(path, NAME)),
        media_type: node.get("mediaType").map(|kind| cut(kind, NAME)),
        content: None,
    }
}

fn send(entries: &BTreeMap<String, Entry>, order: &[String], sink: &mut Sink<'_>) -> Result<(), Problem> {
    let parents: BTreeSet<&str> = entries.values().filter_map(|entry| entry.parent.as_deref()).collect();
    for id in order {
        let Some(entry) = entries.get(id) else { continue };
        let mut path = path(entries, entry);
        let seconds = time::between(entry.started_at, entry.ended_at);
        if parents.contains(id.as_str()) {
            path.push(entry.name.clone());
            sink.send(Event::Suite(Suite {
                path,
                seconds,
                started_at: entry.started_at,
                ..Suite::default()
            }))?;
            continue;
        }
        let mut case = Case::new(path, entry.name.clone());
        case.started_at = entry.started_at;
        case.seconds = seconds;
        (case.file, case.line) = (entry.file.clone(), entry.line);
        case.properties = entry.tags.iter().map(|tag| ("tag".to_owned(), tag.clone())).collect();
        (case.attachments, case.output) = (entry.attachments.clone(), entry.output.clone());
        case.outcome = entry.outcome.unwrap_or(Outcome::Errored);
        if case.outcome != Outcome::Passed {
            let reason = entry.reason.as_deref().unwrap_or_default();
            let message = reason.lines().next().map(|line| cut(line, NAME));
            let detail = Text::from(reason);
            let type_name = entry.thrown.clone();
            case.failures.push(Failure { outcome: case.outcome, type_name, message, detail });
        }
        sink.send(Event::Case(Box::new(case)))?;
    }
    Ok(())
}

/// Names of the parents, from the outermost to the innermost. A cycle of parents is followed only once.
fn path(entries: &BTreeMap<String, Entry>, entry: &Entry) -> Vec<String> {
    let mut names = Vec::new();
    let mut next = entry.parent.as_ref();
    while let Some(parent) = next.and_then(|id| entries.get(id)) {
        if names.len() >= crate::limits::DEPTH {
            break;
        }
        names.push(parent.name.clone());
        next = parent.parent.as_ref();
    }
    names.reverse();
    names
}
