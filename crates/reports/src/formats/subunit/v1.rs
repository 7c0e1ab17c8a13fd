//! Subunit version 1: a line begins or ends a test, and details follow in brackets.
//!
//! Details are plain text, or parts with a content type, a name and chunks whose lengths are hexadecimal.

use super::Tests;
use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME};
use crate::lines::Lines;
use crate::model::{Outcome, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;
use crate::time;

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let Start::Text(text) = start else { return Err("it is not lines of text".into()) };
    // The protocol allows the words without a colon, but ordinary text has such lines, too.
    let has = |words: &[&str]| text.lines().any(|line| words.iter().any(|word| line.starts_with(word)));
    let begins = has(&["test: ", "testing: "]);
    let ends =
        has(&["success: ", "successful: ", "failure: ", "error: ", "skip: ", "xfail: ", "uxsuccess: "]);
    if begins && ends && !has(&["TAP version "]) {
        return Ok(());
    }
    Err("it has no lines of subunit such as `test: name` and `success: name`".into())
}

#[derive(Clone, Copy)]
enum Command {
    Begin,
    /// The outcome, and what subunit calls it if it says more than the outcome.
    End(Outcome, Option<&'static str>),
    Tags,
    Time,
    /// `progress:`, which tells how many tests there will be.
    Other,
}

/// The words of the protocol; each may be followed by a colon.
fn command(line: &str) -> Option<(Command, &str)> {
    let (word, rest) = line.split_once([':', ' '])?;
    let command = match word {
        "test" | "testing" => Command::Begin,
        "success" | "successful" => Command::End(Outcome::Passed, None),
        "failure" => Command::End(Outcome::Failed, None),
        "error" => Command::End(Outcome::Errored, None),
        "skip" => Command::End(Outcome::Skipped, None),
        "xfail" => Command::End(Outcome::Skipped, Some("expected failure")),
        "uxsuccess" => Command::End(Outcome::Failed, Some("unexpected success")),
        "tags" => Command::Tags,
        "time" => Command::Time,
        "progress" => Command::Other,
        _ => return None,
    };
    Some((command, rest.trim()))
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut lines = Lines::new(source);
    let (mut tests, mut now) = (Tests::default(), None);
    let mut current: Option<String> = None;
    let mut tags: Vec<String> = Vec::new();
    while let Some(line) = lines.next()? {
        let Some((command, rest)) = command(line) else {
            // Other lines are what the test wrote.
            if let Some(id) = &current {
                tests.at(id, now).output.push_line(line);
            }
            continue;
        };
        match command {
            Command::Begin => {
                let id = rest.to_owned();
                tests.at(&id, now);
                current = Some(id);
            }
            Command::End(outcome, kind) => {
                let form = details_form(rest);
                let id = form.map_or(rest, |(id, _)| id).to_owned();
                if !tests.runs(&id) {
                    // As in subunit's own parser: an end without its beginning is only text.
                    continue;
                }
                let detail = match form {
                    Some((_, true)) => parts(&mut lines)?,
                    Some((_, false)) => plain(&mut lines)?,
                    None => Text::default(),
                };
                let case = tests.at(&id, now);
                case.properties.extend(tags.iter().map(|tag| ("tag".to_owned(), tag.clone())));
                tests.end(&id, outcome, kind, detail, now, sink)?;
                current = None;
            }
            Command::Tags => match &current {
                Some(id) => {
                    let case = tests.at(id, now);
                    let known = rest.split_whitespace().filter(|tag| !tag.starts_with('-'));
                    case.properties.extend(known.take(LIST).map(|tag| ("tag".to_owned(), cut(tag, NAME))));
                }
                None => change_tags(&mut tags, rest),
            },
            Command::Time => now = time::moment(rest).or(now),
            Command::Other => {}
        }
    }
    Ok(tests.finish(sink)?)
}

/// Global tags hold for all tests that follow; `-name` removes one.
fn change_tags(tags: &mut Vec<String>, words: &str) {
    for word in words.split_whitespace() {
        match word.strip_prefix('-') {
            Some(gone) => tags.retain(|tag| tag != gone),
            None if tags.len() < LIST => tags.push(cut(word, NAME)),
            None => {}
        }
    }
}

/// The id before an opening bracket, and whether the details are in parts.
fn details_form(rest: &str) -> Option<(&str, bool)> {
    let multipart = rest.strip_suffix("[ multipart").or_else(|| rest.strip_suffix("[multipart"));
    match multipart {
        Some(id) => Some((id.trim_end(), true)),
        None => rest.strip_suffix('[').map(|id| (id.trim_end(), false)),
    }
}

/// Lines up to the closing bracket. A line that begins with a blank and a bracket is a bracket of the text.
fn plain(lines: &mut Lines<'_>) -> Result<Text, String> {
    let mut detail = Text::default();
    while let Some(line) = lines.next()? {
        if line == "]" {
            return Ok(detail);
        }
        detail.push_line(line.strip_prefix(' ').filter(|line| line.starts_with(']')).unwrap_or(line));
    }
    Ok(detail)
}

/// The texts of all parts. Lines with a content type, a name and the lengths of chunks are left out.
fn parts(lines: &mut Lines<'_>) -> Result<Text, String> {
    let (mut detail, mut is_name, mut is_text) = (Text::default(), false, true);
    // The last line of a part is followed by the length 0, without a line end if the text has none.
    let mut held: Option<String> = None;
    while let Some(line) = lines.next()? {
        let kind = line.strip_prefix("Content-Type:");
        if kind.is_some() || line == "]" {
            if let Some(last) = held.take() {
                detail.push_line(last.strip_suffix('0').unwrap_or(&last));
            }
            if line == "]" {
                break;
            }
        }
        if let Some(kind) = kind {
            (is_name, is_text) = (true, kind.trim_start().starts_with("text/"));
        } else if is_name {
            is_name = false;
        } else if is_text {
            // A length on a line of its own ends the line before it.
            let next = (!is_length(line)).then(|| line.to_owned());
            if let Some(earlier) = std::mem::replace(&mut held, next) {
                detail.push_line(&earlier);
            }
        }
    }
    Ok(detail)
}

/// The length of a chunk is hexadecimal.
fn is_length(line: &str) -> bool {
    !line.is_empty() && line.len() <= 8 && line.bytes().all(|byte| byte.is_ascii_hexdigit())
}
