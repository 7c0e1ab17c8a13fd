//! Dart's and Flutter's JSON reporter (`--machine`): one event a line.
//!
//! Hidden tests (loading a file, set-up) are not cases. A test without an end is read as errored.

use std::collections::BTreeMap;

use serde_json::Value;

use super::value::{failure, lines_of_json, name, some_name};
use crate::detect::Start;
use crate::input::Source;
use crate::json::text;
use crate::lines::Lines;
use crate::model::{Case, Event, Outcome, Suite};
use crate::sink::{Problem, Sink};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let text = lines_of_json(start)?;
    let is_event = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap_or_default();
        event["protocolVersion"].is_string() && event["type"] == "start" || event["testID"].is_u64()
    };
    if text.lines().any(is_event) {
        Ok(())
    } else {
        Err("it has no line with `protocolVersion` and type `start`".into())
    }
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut lines = Lines::new(source);
    let mut reader = Reader::default();
    while let Some(line) = lines.next()? {
        // Flutter's daemon writes its own events as lists; they are ignored.
        match serde_json::from_str::<Value>(line) {
            Ok(event) if event.is_object() => reader.event(&event, sink)?,
            Ok(_) => {}
            Err(_) if line.trim().is_empty() => {}
            Err(_) => sink.note("Lines that are not JSON were passed over."),
        }
    }
    reader.finish(sink)
}

#[derive(Default)]
struct Reader {
    /// Path of the file by suite.
    suites: BTreeMap<u64, String>,
    /// Where the tests of a suite run: the virtual machine, a browser.
    platforms: BTreeMap<u64, String>,
    /// Tests that have begun, with the time of their begin in milliseconds.
    tests: BTreeMap<u64, (Case, u64)>,
}

impl Reader {
    fn event(&mut self, event: &Value, sink: &mut Sink<'_>) -> Result<(), Problem> {
        let time = event["time"].as_u64().unwrap_or_default();
        let test_id = event["testID"].as_u64().unwrap_or(u64::MAX);
        match event["type"].as_str().unwrap_or_default() {
            "suite" => {
                let suite = &event["suite"];
                let id = suite["id"].as_u64().unwrap_or_default();
                self.suites.insert(id, name(&suite["path"]));
                self.platforms.extend(some_name(&suite["platform"]).map(|platform| (id, platform)));
            }
            "testStart" => {
                let test = &event["test"];
                self.tests.insert(test["id"].as_u64().unwrap_or(u64::MAX), (self.begun(test), time));
            }
            "print" => {
                if let (Some((case, _)), Some(message)) =
                    (self.tests.get_mut(&test_id), text(&event["message"]))
                {
                    case.output.push_line(&message);
                }
            }
            "error" => {
                if let Some((case, _)) = self.tests.get_mut(&test_id) {
                    let outcome = if event["isFailure"] == true { Outcome::Failed } else { Outcome::Errored };
                    let (message, trace) = (text(&event["error"]), text(&event["stackTrace"]));
                    case.failures.push(failure(outcome, message.as_deref(), trace.as_deref()));
                }
            }
            "testDone" => {
                let Some((mut case, begun)) = self.tests.remove(&test_id) else { return Ok(()) };
                if event["hidden"] == true && event["result"] == "success" {
                    return Ok(());
                }
                case.outcome = match event["result"].as_str() {
                    _ if event["skipped"] == true => Outcome::Skipped,
                    Some("success") => Outcome::Passed,
                    Some("failure") => Outcome::Failed,
                    Some("error") => Outcome::Errored,
                    _ => Outcome::Other,
                };
                case.seconds =
                    Some(std::time::Duration::from_millis(time.saturating_sub(begun)).as_secs_f64());
                sink.send(Event::Case(Box::new(case)))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn begun(&self, test: &Value) -> Case {
        let file = test["suiteID"].as_u64().and_then(|id| self.suites.get(&id)).cloned();
        let mut case = Case::new(file.iter().cloned().collect(), name(&test["name"]));
        case.file = some_name(&test["root_url"]).or_else(|| some_name(&test["url"])).or(file);
        let platform = test["suiteID"].as_u64().and_then(|id| self.platforms.get(&id));
        case.properties.extend(platform.map(|platform| ("platform".to_owned(), platform.clone())));
        if let Some(reason) = text(&test["metadata"]["skipReason"]) {
            case.failures.push(failure(Outcome::Skipped, Some(&reason), None));
        }
        case.line = test["root_line"].as_u64().or_else(|| test["line"].as_u64());
        case
    }

    fn finish(self, sink: &mut Sink<'_>) -> Result<(), Problem> {
        for (mut case, _) in self.tests.into_values() {
            case.outcome = Outcome::Errored;
            case.failures.push(failure(Outcome::Errored, Some("The test did not end."), None));
            sink.send(Event::Case(Box::new(case)))?;
        }
        for path in self.suites.into_values() {
            sink.send(Event::Suite(Suite { path: vec![path], ..Suite::default() }))?;
        }
        Ok(())
    }
}
