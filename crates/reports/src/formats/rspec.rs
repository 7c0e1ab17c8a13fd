//! RSpec's JSON formatter: `examples`.

use serde_json::Value;

use super::value::{SuiteSet, failure, name, some_name};
use crate::detect::Start;
use crate::input::Source;
use crate::json::{Json, items, number, text};
use crate::model::{Case, Event, Outcome, Text};
use crate::sink::{Problem, Sink};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let json = start.json()?;
    if json.has("examples") {
        return Ok(());
    }
    Err("it has no `examples`".into())
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut suites = SuiteSet::default();
    let mut json = Json::new(source);
    json.object(&mut |key, json| match key {
        "examples" => json.values(&mut |example| {
            let case = case(&example);
            suites.add(&case.suite);
            Ok(sink.send(Event::Case(Box::new(case)))?)
        }),
        "summary" => {
            let stated = json.value()?["example_count"].as_u64();
            sink.states(stated);
            Ok(())
        }
        _ => json.skip(),
    })?;
    suites.send(sink)?;
    json.end()
}

/// A case. Its suite is the file, because the groups are only in the full description, without separators.
fn case(example: &Value) -> Case {
    let file = some_name(&example["file_path"]);
    let full = some_name(&example["full_description"]).unwrap_or_else(|| name(&example["description"]));
    let mut case = Case::new(file.iter().cloned().collect(), full);
    case.file = file;
    case.line = example["line_number"].as_u64();
    case.seconds = number(&example["run_time"]);
    case.outcome = match example["status"].as_str() {
        Some("passed") => Outcome::Passed,
        Some("failed") => Outcome::Failed,
        Some("pending") => Outcome::Skipped,
        _ => Outcome::Other,
    };
    let exception = &example["exception"];
    if let Some(message) = text(&exception["message"]) {
        let trace: Vec<String> = items(&exception["backtrace"]).iter().filter_map(text).collect();
        let mut failure = failure(Outcome::Failed, Some(&message), None);
        failure.type_name = some_name(&exception["class"]);
        failure.detail = Text::from(&*format!("{message}\n{}", trace.join("\n")));
        case.failures.push(failure);
    } else if let Some(reason) = text(&example["pending_message"]) {
        case.failures.push(failure(Outcome::Skipped, Some(&reason), None));
    }
    case
}
