//! Newman's JSON: executions of requests with their assertions.
//!
//! An assertion is a case, and a request is a suite. A request without an answer is an error of the run. Early versions
//! write `results` with `tests` instead.

use serde_json::Value;

use super::value::{failure, name, some_name};
use crate::detect::Start;
use crate::input::Source;
use crate::json::{Json, items, number, text};
use crate::limits::NAME;
use crate::model::{Case, Event, Outcome, Suite};
use crate::sink::{Problem, Sink};
use crate::text::cut;

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let json = start.json()?;
    let is_newman =
        json.has("collection") && (json.has("run") || json.text.contains("schema.getpostman.com"));
    if is_newman { Ok(()) } else { Err("it has no Postman `collection` with a `run`".into()) }
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut json = Json::new(source);
    json.object(&mut |key, json| match key {
        "run" if json.is_object()? => json.object(&mut |key, json| match key {
            "executions" => json.values(&mut |execution| read_execution(&execution, sink)),
            _ => json.skip(),
        }),
        _ => json.skip(),
    })?;
    json.end()
}

fn read_execution(execution: &Value, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let path: Vec<String> = some_name(&execution["item"]["name"]).into_iter().collect();
    let seconds = number(&execution["response"]["responseTime"]).map(|millis| millis / 1000.0);
    for assertion in items(&execution["assertions"]) {
        let mut case = Case::new(path.clone(), name(&assertion["assertion"]));
        case.seconds = seconds;
        let error = &assertion["error"];
        if assertion["skipped"] == true {
            case.outcome = Outcome::Skipped;
        } else if error.is_object() {
            case.outcome = Outcome::Failed;
            let (message, trace) = (text(&error["message"]), text(&error["stack"]));
            let mut failure = failure(Outcome::Failed, message.as_deref(), trace.as_deref());
            failure.type_name = some_name(&error["name"]);
            case.failures.push(failure);
        }
        sink.send(Event::Case(Box::new(case)))?;
    }
    if let Some(message) = text(&execution["requestError"]["message"]) {
        sink.send(Event::RunError(failure(Outcome::Errored, Some(&cut(&message, NAME)), None)))?;
    }
    Ok(sink.send(Event::Suite(Suite { path, seconds, ..Suite::default() }))?)
}
