//! CTRF (JSON). What CTRF has no place for is in `extra.testkeep` of a test: the class, the exact outcome, the type of the
//! failure, and depth, time and failure of the steps.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::count::Counts;
use crate::model::{Attachment, Attempt, Case, Moment, Outcome, Properties, Step, Text};

/// Writes a whole document.
///
/// # Errors
/// `out` cannot be written.
pub fn write_ctrf(cases: &[Case], out: &mut dyn Write) -> io::Result<()> {
    let mut counts = Counts::default();
    out.write_all(b"{\"reportFormat\":\"CTRF\",\"specVersion\":\"0.0.0\",\"results\":{")?;
    out.write_all(b"\"tool\":{\"name\":\"Testkeep\"},\"tests\":[\n")?;
    for (place, case) in cases.iter().enumerate() {
        if place > 0 {
            out.write_all(b",\n")?;
        }
        counts.add_case(case.outcome, case.flaky);
        serde_json::to_writer(&mut *out, &test(case))?;
    }
    let start = cases.iter().filter_map(|case| millis(case.started_at?)).min().unwrap_or_default();
    let stop = cases.iter().filter_map(end).max().unwrap_or(start);
    let summary = json!({
        "tests": counts.cases,
        "passed": counts.passed,
        "failed": counts.failed + counts.errored,
        "pending": 0,
        "skipped": counts.skipped,
        "other": counts.other,
        "flaky": counts.flaky,
        "start": start,
        "stop": stop,
    });
    write!(out, "\n],\"summary\":{summary}}}}}\n")
}

fn test(case: &Case) -> Value {
    let mut test = Map::new();
    let mut put = |key: &str, value: Value| {
        if !is_nothing(&value) {
            test.insert(key.to_owned(), value);
        }
    };
    put("name", json!(case.name));
    put("status", json!(status(case.outcome)));
    put("suite", json!(case.suite));
    put("filePath", json!(case.file));
    put("line", json!(case.line));
    put("start", json!(case.started_at.and_then(millis)));
    put("stop", json!(end(case)));
    if let Some(failure) = case.failures.first() {
        put("message", json!(failure.message));
        put("trace", lines_or_null(&failure.detail));
    }
    put("tags", tags(&case.properties));
    put("labels", pairs(case.properties.iter().filter(|(name, _)| name != "tag")));
    put("parameters", pairs(case.parameters.iter()));
    put("stdout", lines(&case.output));
    put("stderr", lines(&case.error_output));
    put("steps", case.steps.iter().map(step).collect());
    put("attachments", case.attachments.iter().map(attachment).collect());
    put("retries", json!((!case.attempts.is_empty()).then_some(case.attempts.len())));
    put("retryAttempts", case.attempts.iter().zip(1..).map(attempt).collect());
    put("extra", extra(case));
    // CTRF demands a duration of every test.
    test.insert("duration".into(), json!(case.seconds.map_or(0.0, milliseconds)));
    test.insert("flaky".into(), json!(case.flaky));
    Value::Object(test)
}

/// What only this program reads.
fn extra(case: &Case) -> Value {
    let steps = case.steps.iter().map(|step| {
        let message = step.failure.as_ref().and_then(|failure| failure.message.clone());
        json!({ "depth": step.depth, "seconds": step.seconds, "message": message, "outcome": step.outcome.as_str() })
    });
    json!({ "testkeep": {
        "class": case.class,
        "outcome": case.outcome.as_str(),
        "type": case.failures.first().and_then(|failure| failure.type_name.clone()),
        "has_duration": case.seconds.is_some(),
        "steps": steps.collect::<Vec<_>>(),
    } })
}

fn status(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Errored => "failed",
        other => other.as_str(),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(values) => values.is_empty(),
        _ => false,
    }
}

fn milliseconds(seconds: f64) -> f64 {
    (seconds * 1000.0 * 1000.0).round() / 1000.0
}

fn millis(moment: Moment) -> Option<i64> {
    match moment {
        Moment::Utc(time) => Some(time.timestamp_millis()),
        Moment::Local(_) => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
fn end(case: &Case) -> Option<i64> {
    Some(millis(case.started_at?)?.saturating_add(milliseconds(case.seconds?) as i64))
}

fn tags(properties: &Properties) -> Value {
    properties.iter().filter(|(name, _)| name == "tag").map(|(_, value)| json!(value)).collect()
}

/// Names with values; of several values with the same name the first.
fn pairs<'a>(pairs: impl Iterator<Item = &'a (String, String)>) -> Value {
    let mut map = Map::new();
    for (name, value) in pairs {
        map.entry(name.clone()).or_insert_with(|| json!(value));
    }
    Value::Object(map)
}

fn lines(text: &Text) -> Value {
    text.to_text().lines().map(|line| json!(line)).collect()
}

fn lines_or_null(text: &Text) -> Value {
    if text.is_empty() { Value::Null } else { json!(text.to_text()) }
}

fn step(step: &Step) -> Value {
    json!({ "name": step.name, "status": status(step.outcome) })
}

fn attachment(attachment: &Attachment) -> Value {
    json!({
        "name": attachment.name,
        "contentType": attachment.media_type.as_deref().unwrap_or("application/octet-stream"),
        "path": attachment.path.as_deref().unwrap_or_default(),
    })
}

fn attempt((attempt, number): (&Attempt, u64)) -> Value {
    let failure = attempt.failures.first();
    json!({
        "attempt": number,
        "status": status(attempt.outcome),
        "duration": attempt.seconds.map(milliseconds),
        "start": attempt.started_at.and_then(millis),
        "message": failure.and_then(|failure| failure.message.clone()),
        "trace": failure.map(|failure| lines_or_null(&failure.detail)),
        "stdout": lines(&attempt.output),
        "stderr": lines(&attempt.error_output),
        "attachments": attempt.attachments.iter().map(attachment).collect::<Vec<_>>(),
        "extra": { "testkeep": { "outcome": attempt.outcome.as_str() } },
    })
}
