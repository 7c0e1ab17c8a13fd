//! Pieces that the readers of JSON formats share: bounded names, failures, sets of suite paths.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::detect::Start;
use crate::json::{items, text};
use crate::limits::{LIST, NAME};
use crate::model::{Event, Failure, Outcome, Properties, Suite, Text};
use crate::read::{Sink, Stop};
use crate::text::cut;

/// A name within its bound; empty when there is none.
pub(super) fn name(value: &Value) -> String {
    text(value).map(|text| cut(&text, NAME)).unwrap_or_default()
}

/// A name within its bound.
pub(super) fn some_name(value: &Value) -> Option<String> {
    text(value).map(|text| cut(&text, NAME))
}

/// The beginning of a report that is one JSON document a line; other lines may stand between them.
///
/// # Errors
/// It is something else.
pub(super) fn lines_of_json(start: &Start) -> Result<&str, String> {
    match start {
        Start::Json(start) => Ok(&start.text),
        Start::Text(text) => Ok(text),
        _ => Err("it is not lines of JSON".into()),
    }
}

/// A failure from a message and a trace; a message that is missing is the trace's first line.
pub(super) fn failure(outcome: Outcome, message: Option<&str>, trace: Option<&str>) -> Failure {
    let first = message.or(trace).and_then(|text| text.trim_start().lines().next());
    let detail = match (message, trace) {
        (Some(message), Some(trace)) if !trace.contains(message) => format!("{message}\n{trace}"),
        (_, Some(trace)) => trace.to_owned(),
        (Some(message), None) => message.to_owned(),
        (None, None) => String::new(),
    };
    Failure {
        outcome,
        type_name: None,
        message: first.map(|line| cut(line, NAME)),
        detail: Text::from(&*detail),
    }
}

/// Texts of an array under one name: tags, labels.
pub(super) fn all_as(name: &str, values: &Value) -> Properties {
    items(values).iter().filter_map(some_name).take(LIST).map(|value| (name.to_owned(), value)).collect()
}

/// Suites of a format that names them only at its cases; each is sent once, at the end.
#[derive(Default)]
pub(super) struct SuiteSet(BTreeSet<Vec<String>>);

impl SuiteSet {
    pub(super) fn add(&mut self, path: &[String]) {
        if !path.is_empty() && !self.0.contains(path) {
            self.0.insert(path.to_vec());
        }
    }

    pub(super) fn send(self, sink: &mut Sink<'_>) -> Result<(), Stop> {
        for path in self.0 {
            sink.send(Event::Suite(Suite { path, ..Suite::default() }))?;
        }
        Ok(())
    }
}
