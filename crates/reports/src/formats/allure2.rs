//! One result file of Allure 2 (`*-result.json`): one case with steps, labels, links and attachments.
//!
//! The status `broken` is read as errored, an unknown or missing status as other. [`crate::folder`] reads a whole
//! folder of results.

use serde_json::Value;

use super::value::{failure, name, some_name};
use crate::detect::Start;
use crate::input::Source;
use crate::json::{Json, items, text};
use crate::limits::{DEPTH, LIST};
use crate::model::{Attachment, Case, Event, Outcome, Properties, Step};
use crate::sink::{Problem, Sink};
use crate::time;

/// Labels with the names of suites, from the outermost to the innermost.
const SUITES: [&str; 3] = ["parentSuite", "suite", "subSuite"];

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let json = start.json()?;
    let marks = ["uuid", "historyId", "fullName", "statusDetails", "testCaseId"];
    let has_case = json.has("name") && (json.has("status") || json.has("start") || json.has("stop"));
    let bare = json.keys.iter().all(|key| KEYS.contains(&key.as_str())) && json.has("name");
    if !json.is_array
        && (has_case && marks.iter().any(|mark| json.has(mark)) || bare)
        && !json.has("children")
    {
        return Ok(());
    }
    Err("it has no Allure `uuid` with `name` and `status`".into())
}

/// All keys of a result file. Source: Allure's model of results.
const KEYS: [&str; 20] = [
    "uuid",
    "historyId",
    "testCaseId",
    "testCaseName",
    "fullName",
    "name",
    "title",
    "titlePath",
    "labels",
    "links",
    "status",
    "statusDetails",
    "stage",
    "description",
    "descriptionHtml",
    "steps",
    "attachments",
    "parameters",
    "start",
    "stop",
];

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut json = Json::new(source);
    let result = json.value()?;
    sink.send(Event::Case(Box::new(case(&result))))?;
    json.end()
}

pub(crate) fn case(result: &Value) -> Case {
    let labels = labels(result);
    let label = |wanted: &str| labels.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    let suite = SUITES.iter().filter_map(|name| label(name)).collect();
    let title = some_name(&result["name"]).or_else(|| some_name(&result["fullName"]));
    let mut case = Case::new(suite, title.unwrap_or_default());
    case.class = label("testClass").or_else(|| some_name(&result["fullName"]));
    case.outcome = outcome(&result["status"]);
    case.flaky = case.outcome == Outcome::Passed && result["statusDetails"]["flaky"] == true;
    (case.started_at, case.seconds) = times(result);
    let details = &result["statusDetails"];
    let (message, trace) = (text(&details["message"]), text(&details["trace"]));
    if case.outcome != Outcome::Passed && (message.is_some() || trace.is_some()) {
        case.failures.push(failure(case.outcome, message.as_deref(), trace.as_deref()));
    }
    case.parameters = named(&result["parameters"]);
    case.properties = labels;
    case.properties.extend(links(result));
    case.properties.extend(some_name(&result["description"]).map(|text| ("description".to_owned(), text)));
    case.attachments = attachments(result);
    steps(result, 0, &mut case);
    case
}

fn outcome(status: &Value) -> Outcome {
    match status.as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("passed") => Outcome::Passed,
        Some("failed") => Outcome::Failed,
        Some("broken") => Outcome::Errored,
        Some("skipped") => Outcome::Skipped,
        _ => Outcome::Other,
    }
}

fn times(value: &Value) -> (Option<crate::model::Moment>, Option<f64>) {
    let (start, stop) = (value["start"].as_i64(), value["stop"].as_i64());
    let millis = start.zip(stop).map(|(start, stop)| stop.saturating_sub(start).max(0).unsigned_abs());
    (
        start.and_then(time::from_millis),
        millis.map(|millis| std::time::Duration::from_millis(millis).as_secs_f64()),
    )
}

fn labels(result: &Value) -> Properties {
    named(&result["labels"])
}

fn named(list: &Value) -> Properties {
    items(list).iter().take(LIST).map(|item| (name(&item["name"]), name(&item["value"]))).collect()
}

fn links(result: &Value) -> Properties {
    let links = items(&result["links"]).iter().take(LIST);
    links
        .map(|link| (some_name(&link["type"]).unwrap_or_else(|| "link".into()), name(&link["url"])))
        .collect()
}

fn attachments(value: &Value) -> Vec<Attachment> {
    let list = items(&value["attachments"]).iter().take(LIST);
    list.map(|attachment| Attachment {
        name: name(&attachment["name"]),
        path: some_name(&attachment["source"]),
        media_type: some_name(&attachment["type"]),
        content: None,
    })
    .collect()
}

/// The steps before and after the results of a container.
pub(crate) fn fixtures(container: &Value) -> (Vec<Step>, Vec<Step>) {
    let read = |key: &str| {
        let mut inside = Case::new(Vec::new(), "");
        // Fixtures have the shape of steps.
        step_list(&container[key], 0, &mut inside);
        inside.steps
    };
    (read("befores"), read("afters"))
}

fn steps(value: &Value, depth: u16, case: &mut Case) {
    step_list(&value["steps"], depth, case);
}

fn step_list(list: &Value, depth: u16, case: &mut Case) {
    for step in items(list) {
        if case.steps.len() >= LIST {
            return;
        }
        let outcome = outcome(&step["status"]);
        let (started_at, seconds) = times(step);
        let message = text(&step["statusDetails"]["message"]).filter(|_| outcome != Outcome::Passed);
        let failure = message.map(|message| failure(outcome, Some(&message), None));
        case.steps.push(Step { depth, name: name(&step["name"]), outcome, started_at, seconds, failure });
        case.attachments.extend(attachments(step));
        if usize::from(depth) < DEPTH {
            steps(step, depth + 1, case);
        }
    }
}
