//! Open Test Reporting's events: `started` and `finished`, in any order.
//!
//! An entry that is no other entry's parent is a case; the others are suites. A case without an end is read as errored.

use std::collections::{BTreeMap, BTreeSet};

use crate::detect::Start;
use crate::input::Source;
use crate::limits::NAME;
use crate::model::{Case, Event, Failure, Outcome, Suite, Text};
use crate::node::{Node, read_node};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;
use crate::xml::{Token, Xml};

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
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut xml = Xml::new(source);
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    let mut order = Vec::new();
    let broken = loop {
        match xml.next() {
            Ok(Token::Open(element)) => match element.name().as_str() {
                "started" | "finished" | "reported" => {
                    let node = read_node(&mut xml, &element)?;
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
    if node.name == "started" {
        entry.name = cut(node.get("name").unwrap_or_default(), NAME);
        entry.parent = node.get("parentId").map(str::to_owned);
        entry.started_at = moment;
        return;
    }
    if node.name == "finished" {
        entry.ended_at = moment;
    }
    if let Some(result) = node.child("result") {
        entry.outcome = Some(match result.get("status") {
            Some("SUCCESSFUL") => Outcome::Passed,
            Some("FAILED") => Outcome::Failed,
            Some("ERRORED") => Outcome::Errored,
            Some("SKIPPED" | "ABORTED") => Outcome::Skipped,
            _ => Outcome::Other,
        });
        entry.reason = result.text_of("reason").or_else(|| result.text_of("throwable")).map(str::to_owned);
    }
}

fn send(entries: &BTreeMap<String, Entry>, order: &[String], sink: &mut Sink<'_>) -> Result<(), Problem> {
    let parents: BTreeSet<&str> = entries.values().filter_map(|entry| entry.parent.as_deref()).collect();
    for id in order {
        let Some(entry) = entries.get(id) else { continue };
        let mut path = path(entries, entry);
        let seconds = took(entry);
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
        case.outcome = entry.outcome.unwrap_or(Outcome::Errored);
        if case.outcome != Outcome::Passed {
            let reason = entry.reason.as_deref().unwrap_or_default();
            let message = reason.lines().next().map(|line| cut(line, NAME));
            let detail = Text::from(reason);
            case.failures.push(Failure { outcome: case.outcome, type_name: None, message, detail });
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

fn took(entry: &Entry) -> Option<f64> {
    match (entry.started_at?, entry.ended_at?) {
        (crate::model::Moment::Utc(start), crate::model::Moment::Utc(end)) => {
            (end - start).to_std().ok().map(|took| took.as_secs_f64())
        }
        _ => None,
    }
}
