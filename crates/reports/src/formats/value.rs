//! Functions shared by the readers of JSON formats: bounded names, failures, sets of suite paths.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::detect::Start;
use crate::json::{items, text};
use crate::limits::{LIST, NAME};
use crate::model::{Event, Failure, Outcome, Properties, Suite, Text};
use crate::sink::{Sink, Stop};
use crate::text::cut;

/// The name, shortened to the maximum length. Empty: the report has no name.
pub(super) fn name(value: &Value) -> String {
    text(value).map(|text| cut(&text, NAME)).unwrap_or_default()
}

/// The name, shortened to the maximum length. `None`: the report has no name.
pub(super) fn some_name(value: &Value) -> Option<String> {
    text(value).map(|text| cut(&text, NAME))
}

/// The beginning of a report with one JSON document a line. There may be other lines between them.
///
/// # Errors
/// The report has another form.
pub(super) fn lines_of_json(start: &Start) -> Result<&str, String> {
    match start {
        Start::Json(start) => Ok(&start.text),
        Start::Text(text) => Ok(text),
        _ => Err("it is not lines of JSON".into()),
    }
}

/// A failure from a message and a trace. If the message is missing, it is the first line of the trace.
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

/// The texts of an array as properties with the same name: tags, labels.
pub(super) fn all_as(name: &str, values: &Value) -> Properties {
    items(values).iter().filter_map(some_name).take(LIST).map(|value| (name.to_owned(), value)).collect()
}

/// The suites of a format in which only cases name their suites. Each suite is sent once, at the end.
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
