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
use crate::model::{Case, Event, Outcome, Properties, Suite};
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
    let parameters = iteration(&execution["cursor"]);
    let properties = exchange(execution);
    for assertion in items(&execution["assertions"]) {
        let mut case = Case::new(path.clone(), name(&assertion["assertion"]));
        case.seconds = seconds;
        (case.parameters, case.properties) = (parameters.clone(), properties.clone());
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
    // A script that broke off has no assertions after the break.
    for script in ["prerequestScript", "testScript"] {
        for error in
            items(&execution[script]).iter().map(|run| &run["error"]).filter(|error| error.is_object())
        {
            let (message, trace) = (text(&error["message"]), text(&error["stack"]));
            let mut failure = failure(Outcome::Errored, message.as_deref(), trace.as_deref());
            failure.type_name = some_name(&error["name"]);
            sink.send(Event::RunError(failure))?;
        }
    }
    if let Some(message) = text(&execution["requestError"]["message"]) {
        sink.send(Event::RunError(failure(Outcome::Errored, Some(&cut(&message, NAME)), None)))?;
    }
    Ok(sink.send(Event::Suite(Suite { path, seconds, ..Suite::default() }))?)
}

/// The number of the iteration, if the collection runs several times.
fn iteration(cursor: &Value) -> Properties {
    let is_one_of_many = cursor["cycles"].as_u64().is_some_and(|cycles| cycles > 1);
    let number = cursor["iteration"].as_u64().filter(|_| is_one_of_many);
    number.map(|number| ("iteration".to_owned(), (number + 1).to_string())).into_iter().collect()
}

/// The request and the status of its answer. Headers and bodies may hold secrets and are left out.
fn exchange(execution: &Value) -> Properties {
    let request = &execution["request"];
    let address = some_name(&request["url"]).or_else(|| some_name(&request["url"]["raw"]));
    let line =
        some_name(&request["method"]).zip(address).map(|(method, address)| format!("{method} {address}"));
    let code = some_name(&execution["response"]["code"]);
    let pairs = [("request", line), ("response", code)];
    pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), cut(&value?, NAME)))).collect()
}
