//! Cucumber's JSON: features with their scenarios, steps and hooks.
//!
//! The worst outcome of steps, hooks and background decides. Undefined, pending and ambiguous are read as failed
//! (strict mode), unknown as other, and a scenario without steps as passed. A background belongs to the scenarios after
//! it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::value::{failure, name, some_name};
use crate::detect::Start;
use crate::input::Source;
use crate::json::{Json, items, number, text};
use crate::limits::LIST;
use crate::model::{Attachment, Case, Event, Outcome, Properties, Step, Suite};
use crate::sink::{Problem, Sink};
use crate::time;

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let json = start.json()?;
    let marks = ["elements", "keyword", "uri", "id", "name"];
    let found = marks.iter().filter(|mark| json.has(mark)).count();
    if json.is_array && (found >= 3 || json.has("elements")) {
        return Ok(());
    }
    Err("it is not a list of features with `keyword`, `name` and `elements`".into())
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut json = Json::new(source);
    json.values(&mut |feature| read_feature(&feature, sink))?;
    json.end()
}

fn read_feature(feature: &Value, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let title = some_name(&feature["name"])
        .or_else(|| some_name(&feature["id"]))
        .or_else(|| some_name(&feature["uri"]));
    let path: Vec<String> = title.into_iter().collect();
    let mut background: Vec<&Value> = Vec::new();
    for element in items(&feature["elements"]) {
        if element["type"] == "background" || element["keyword"] == "Background" {
            background = items(&element["steps"]).iter().collect();
        } else {
            sink.send(Event::Case(Box::new(case(feature, element, &background, &path))))?;
            // The report repeats a background before each of its scenarios.
            background.clear();
        }
    }
    Ok(sink.send(Event::Suite(Suite { path, ..Suite::default() }))?)
}

fn case(feature: &Value, element: &Value, background: &[&Value], path: &[String]) -> Case {
    let title = some_name(&element["name"]).or_else(|| some_name(&element["id"])).unwrap_or_default();
    let mut case = Case::new(path.to_vec(), title);
    case.file = some_name(&feature["uri"]);
    case.line = element["line"].as_u64();
    case.properties = tags(feature);
    case.properties.extend(tags(element));
    case.started_at = text(&element["start_timestamp"]).as_deref().and_then(time::moment);
    let before = items(&element["before"]).iter();
    let after = items(&element["after"]).iter();
    let steps = background.iter().copied().chain(items(&element["steps"]));
    let mut outcomes = Vec::new();
    for (hook, step) in before
        .map(|step| (true, step))
        .chain(steps.map(|step| (false, step)))
        .chain(after.map(|step| (true, step)))
    {
        outcomes.push(add_step(&mut case, step, hook));
        let inside = items(&step["before"]).iter().chain(items(&step["after"]));
        outcomes.extend(inside.map(outcome));
    }
    case.outcome = worst(&outcomes);
    case
}

fn tags(of: &Value) -> Properties {
    let tags = items(&of["tags"]).iter().take(LIST);
    tags.filter_map(|tag| some_name(&tag["name"])).map(|name| ("tag".to_owned(), name)).collect()
}

fn outcome(step: &Value) -> Outcome {
    match step["result"]["status"].as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("passed") => Outcome::Passed,
        Some("failed" | "undefined" | "pending" | "ambiguous") => Outcome::Failed,
        Some("skipped") => Outcome::Skipped,
        _ => Outcome::Other,
    }
}

/// The first of failed, other, skipped, passed that occurs; passed if the list is empty.
fn worst(outcomes: &[Outcome]) -> Outcome {
    let order = [Outcome::Failed, Outcome::Other, Outcome::Skipped];
    order.into_iter().find(|outcome| outcomes.contains(outcome)).unwrap_or(Outcome::Passed)
}

fn add_step(case: &mut Case, step: &Value, is_hook: bool) -> Outcome {
    let outcome = outcome(step);
    // Cucumber writes nanoseconds.
    let seconds = number(&step["result"]["duration"]).map(|nanos| nanos / 1e9);
    case.seconds = match (case.seconds, seconds) {
        (Some(sum), Some(next)) => Some(sum + next),
        (sum, next) => sum.or(next),
    };
    let words = text(&step["result"]["error_message"]);
    let status = step["result"]["status"].as_str().unwrap_or("unknown");
    let failure = (outcome == Outcome::Failed).then(|| match &words {
        Some(words) => failure(Outcome::Failed, None, Some(words)),
        None => failure(Outcome::Failed, Some(&format!("Step {status}: {}", name(&step["name"]))), None),
    });
    case.failures.extend(failure.clone().filter(|_| case.failures.len() < LIST));
    for line in items(&step["output"]).iter().filter_map(text) {
        case.output.push_line(&line);
    }
    for embedding in items(&step["embeddings"]).iter().take(LIST) {
        case.attachments.push(attachment(embedding));
    }
    let title = if is_hook {
        name(&step["match"]["location"])
    } else {
        format!("{}{}", name(&step["keyword"]), name(&step["name"]))
    };
    if case.steps.len() < LIST && step["hidden"] != true {
        case.steps.push(Step { depth: 0, name: title, outcome, started_at: None, seconds, failure });
    }
    outcome
}

/// An attachment. Cucumber writes the content as base64; some ports write text as it is.
fn attachment(embedding: &Value) -> Attachment {
    let media_type = some_name(&embedding["mime_type"]).or_else(|| some_name(&embedding["media"]["type"]));
    let data = text(&embedding["data"]);
    let content = data.map(|data| STANDARD.decode(&data).unwrap_or_else(|_| data.into_bytes()));
    Attachment { name: name(&embedding["name"]), path: None, media_type, content }
}
