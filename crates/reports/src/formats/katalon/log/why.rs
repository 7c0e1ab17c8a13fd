//! Why a step or a test did not pass, from the message and the exception of a record.

use super::record::Record;
use crate::limits::NAME;
use crate::model::{Failure, Outcome, Text};
use crate::text::cut;

/// The property with the place in the test, in newer logs.
const STACK: &str = "testops-execution-stacktrace";

pub(super) fn failure(record: &Record, outcome: Outcome) -> Failure {
    let thrown = record.thrown.first().map(|(words, _)| words.as_str());
    let (mut type_name, mut message) = split(reason(&record.message));
    if let Some((name, words)) = thrown.map(|words| split(first_line(words))) {
        type_name = type_name.or(name);
        message = if message.is_empty() { words } else { message };
    }
    Failure {
        outcome,
        type_name: type_name.map(|name| cut(name, NAME)),
        message: Some(cut(message, NAME)).filter(|message| !message.is_empty()),
        detail: detail(record),
    }
}

/// The line after “Reason:”, which is what a message ends in: “Test Cases/Login FAILED.↵Reason:↵…”.
fn reason(message: &str) -> &str {
    let after =
        message.split_once("Reason:").map(|(_, after)| after).filter(|after| !after.trim().is_empty());
    first_line(after.unwrap_or(message))
}

fn first_line(text: &str) -> &str {
    text.trim_start().lines().next().unwrap_or_default().trim_end()
}

/// The class of an exception before the colon, and the words after it.
fn split(line: &str) -> (Option<&str>, &str) {
    let is_class = |name: &str| {
        name.contains('.') && !name.ends_with('.') && !name.contains(|c: char| c.is_whitespace() || c == '/')
    };
    match line.split_once(": ").or_else(|| line.strip_suffix(':').map(|name| (name, ""))) {
        Some((name, words)) if is_class(name) => (Some(name), words.trim()),
        _ => (None, line),
    }
}

fn detail(record: &Record) -> Text {
    let mut detail = Text::from(record.message.trim());
    for (words, frames) in &record.thrown {
        add(&mut detail, first_line(words), &record.message);
        for frame in frames {
            add(&mut detail, frame, "");
        }
    }
    if let Some(stack) = record.get(STACK) {
        add(&mut detail, stack, &record.message);
    }
    detail
}

/// Adds lines that are not there already.
fn add(detail: &mut Text, lines: &str, known: &str) {
    if !lines.is_empty() && !known.contains(lines) {
        if !detail.is_empty() {
            detail.push("\n");
        }
        detail.push(lines);
    }
}
