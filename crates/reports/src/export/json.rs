//! JSON with everything that is known of each case: an array of objects whose keys are the words of [`crate::Case`]. A
//! key without a value is null or an empty list, so every object has the same keys. Contents of attachments are left out.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::moment;
use crate::model::{Attachment, Attempt, Case, Failure, Properties, Step};

/// Writes a whole document, one case a line.
///
/// # Errors
/// `out` cannot be written.
pub fn write_json(cases: &[Case], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"[\n")?;
    for (place, one) in cases.iter().enumerate() {
        if place > 0 {
            out.write_all(b",\n")?;
        }
        serde_json::to_writer(&mut *out, &case(one))?;
    }
    out.write_all(b"\n]\n")
}

fn case(case: &Case) -> Value {
    json!({
        "suite": case.suite,
        "class": case.class,
        "name": case.name,
        "file": case.file,
        "line": case.line,
        "outcome": case.outcome.as_str(),
        "flaky": case.flaky,
        "started_at": case.started_at.map(moment),
        "seconds": case.seconds,
        "failures": all(&case.failures, failure),
        "attempts": all(&case.attempts, attempt),
        "steps": all(&case.steps, step),
        "attachments": all(&case.attachments, attachment),
        "parameters": pairs(&case.parameters),
        "properties": pairs(&case.properties),
        "output": case.output.to_text(),
        "error_output": case.error_output.to_text(),
    })
}

fn all<T>(list: &[T], write: fn(&T) -> Value) -> Vec<Value> {
    list.iter().map(write).collect()
}

/// A list, because a name may occur several times.
fn pairs(pairs: &Properties) -> Vec<Value> {
    pairs.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn failure(failure: &Failure) -> Value {
    json!({
        "outcome": failure.outcome.as_str(),
        "type": failure.type_name,
        "message": failure.message,
        "detail": failure.detail.to_text(),
    })
}

fn attempt(attempt: &Attempt) -> Value {
    json!({
        "outcome": attempt.outcome.as_str(),
        "started_at": attempt.started_at.map(moment),
        "seconds": attempt.seconds,
        "failures": all(&attempt.failures, failure),
        "attachments": all(&attempt.attachments, attachment),
        "output": attempt.output.to_text(),
        "error_output": attempt.error_output.to_text(),
    })
}

fn step(step: &Step) -> Value {
    json!({
        "depth": step.depth,
        "name": step.name,
        "outcome": step.outcome.as_str(),
        "started_at": step.started_at.map(moment),
        "seconds": step.seconds,
        "failure": step.failure.as_ref().map(failure),
    })
}

fn attachment(attachment: &Attachment) -> Value {
    json!({ "name": attachment.name, "path": attachment.path, "media_type": attachment.media_type })
}
