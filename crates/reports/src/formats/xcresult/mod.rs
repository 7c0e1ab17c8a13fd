//! What `xcresulttool get` writes about an Xcode result bundle, as JSON.
//!
//! Two forms: a tree of `testNodes` (since Xcode 16), and the older objects whose values are in `_value` and `_values`.
//! In both an expected failure is read as skipped. A bundle itself is a database of Apple's and is not read.

use crate::detect::Start;
use crate::input::Source;
use crate::json::Json;
use crate::model::Outcome;
use crate::sink::{Problem, Sink};

mod nodes;
mod summaries;

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let json = start.json()?;
    let old = json.has("_type") && (json.has("summaries") || json.has("actions") || json.has("issues"));
    if json.has("testNodes") || old || json.text.contains("\"ActionTestPlanRunSummaries\"") {
        return Ok(());
    }
    Err("it has no `testNodes` and no `summaries` of an Xcode result".into())
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut json = Json::new(source);
    json.object(&mut |key, json| match key {
        "testNodes" => json.values(&mut |node| nodes::read(&node, sink)),
        "summaries" => {
            let summaries = json.value()?;
            summaries::read(&summaries, sink)
        }
        "actions" => {
            sink.note(
                "This is the record of the bundle without its tests. Export them with \
                 “xcresulttool get test-results tests”, or with the id of `testsRef`.",
            );
            json.skip()
        }
        _ => json.skip(),
    })?;
    json.end()
}

/// The outcome of a result in words, the same in both forms.
fn outcome(words: Option<&str>) -> Outcome {
    match words {
        Some("Passed" | "Success") => Outcome::Passed,
        Some("Failed" | "Failure") => Outcome::Failed,
        Some("Skipped" | "Expected Failure") => Outcome::Skipped,
        _ => Outcome::Other,
    }
}
