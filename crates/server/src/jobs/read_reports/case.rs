//! One test case of a report as a row and its long texts.

use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use testkeep_domain::execution::TestOutcome;
use testkeep_reports::{Case, Failure, Moment, Outcome, Properties};

use crate::ops::reports::media_type;
use crate::ops::reports::rows::{ErrorRow, ResultRow};
use crate::ops::reports::texts::{self, Texts, milliseconds};

/// Maximum number of characters of a name.
const NAME: usize = 1000;
/// Maximum number of characters of the error in a list.
const MESSAGE: usize = 500;
const TYPE_NAME: usize = 200;
/// Bytes of one file inside a report. A larger one is left out.
const EMBEDDED_MAX: usize = 20 * 1024 * 1024;

pub(super) struct Converted {
    pub row: ResultRow,
    /// Packed; empty: there are none.
    pub texts: Vec<u8>,
    /// Files inside the report: name, media type, content.
    pub embedded: Vec<(String, &'static str, Vec<u8>)>,
}

/// `position`: the number of the case in its execution, which makes the names of embedded files unique.
pub(super) fn convert(mut case: Case, position: u64) -> Converted {
    let mut embedded = Vec::new();
    for (number, attachment) in case.attachments.iter_mut().enumerate() {
        if let Some(content) = attachment.content.take().filter(|content| content.len() <= EMBEDDED_MAX) {
            let name = format!("embedded/{position}-{number}-{}", texts::file_name(&attachment.name));
            attachment.path = Some(name.clone());
            let media_type = media_type::of(&name);
            embedded.push((name, media_type, content));
        }
    }
    let suite = suite_of(&case);
    let name = clean(&case.name, NAME);
    let parameters = parameters_of(&case.parameters);
    let row = ResultRow {
        identity: identity(&suite, &name, parameters.as_deref()),
        suite,
        name,
        parameters,
        outcome: outcome(case.outcome),
        flaky: case.flaky,
        duration_ms: milliseconds(case.seconds),
        error: error_of(&case),
        text_at: 0,
        text_size: 0,
    };
    Converted { row, texts: Texts::of(case).map(|texts| texts.pack()).unwrap_or_default(), embedded }
}

fn suite_of(case: &Case) -> String {
    let mut parts: Vec<&str> = case.suite.iter().map(String::as_str).collect();
    if let Some(class) =
        case.class.as_deref().filter(|class| !class.is_empty() && parts.last() != Some(class))
    {
        parts.push(class);
    }
    clean(&parts.join(" › "), NAME)
}

fn parameters_of(parameters: &Properties) -> Option<String> {
    let text =
        parameters.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ");
    Some(clean(&text, NAME)).filter(|text| !text.is_empty())
}

/// The first 16 bytes of SHA-256 over the three texts as JSON, hexadecimal.
fn identity(suite: &str, name: &str, parameters: Option<&str>) -> String {
    hex::encode(&Sha256::digest(json!([suite, name, parameters]).to_string())[..16])
}

fn error_of(case: &Case) -> Option<ErrorRow> {
    let outcome = outcome(case.outcome);
    if !outcome.is_broken() {
        return None;
    }
    let none = String::from("The report gives no reason.");
    let Some(failure) = case.failures.first() else {
        return Some(ErrorRow { key: error_key(None, &none), type_name: None, message: none });
    };
    let message = message_of(failure).unwrap_or(none);
    let type_name =
        failure.type_name.as_deref().map(|name| clean(name, TYPE_NAME)).filter(|name| !name.is_empty());
    Some(ErrorRow { key: error_key(type_name.as_deref(), &message), type_name, message })
}

/// The message, or the first line of the detail.
fn message_of(failure: &Failure) -> Option<String> {
    let message = failure.message.as_deref().map(|text| clean(text, MESSAGE)).filter(|text| !text.is_empty());
    message.or_else(|| {
        let detail = failure.detail.to_text();
        let line = detail.lines().find(|line| !line.trim().is_empty())?;
        Some(clean(line, MESSAGE))
    })
}

/// Equal for errors that differ only in numbers.
fn error_key(type_name: Option<&str>, message: &str) -> String {
    let mut masked = String::new();
    for c in message.chars() {
        match c {
            '0'..='9' if masked.ends_with('#') => {}
            '0'..='9' => masked.push('#'),
            other => masked.push(other),
        }
    }
    hex::encode(&Sha256::digest(json!([type_name, masked]).to_string())[..8])
}

fn outcome(outcome: Outcome) -> TestOutcome {
    match outcome {
        Outcome::Passed => TestOutcome::Passed,
        Outcome::Failed => TestOutcome::Failed,
        Outcome::Errored => TestOutcome::Errored,
        Outcome::Skipped => TestOutcome::Skipped,
        Outcome::Other => TestOutcome::Other,
    }
}

/// A time without a zone could be any time, so it is not used.
pub(super) fn utc(moment: Option<Moment>) -> Option<DateTime<Utc>> {
    let sensible = 0..=253_402_300_799;
    match moment {
        Some(Moment::Utc(at)) => Some(at).filter(|at| sensible.contains(&at.timestamp())),
        Some(Moment::Local(_)) | None => None,
    }
}

/// One line without control characters, cut to a number of characters.
fn clean(text: &str, limit: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(limit).collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_that_differ_in_numbers_are_equal() {
        let key = |message| error_key(Some("AssertionError"), message);
        assert_eq!(key("expected 12 but was 7"), key("expected 3 but was 1024"));
        assert_ne!(key("expected 12"), key("wanted 12"));
        assert_ne!(key("a"), error_key(None, "a"));
    }

    #[test]
    fn a_case_is_the_same_whatever_its_outcome() {
        let case = |name: &str, outcome| {
            let mut case = Case::new(vec!["suite".into()], name);
            case.class = Some("Class".into());
            case.outcome = outcome;
            convert(case, 0).row
        };
        let (passed, failed) = (case("a\u{0}b", Outcome::Passed), case("a\u{0}b", Outcome::Failed));
        assert_eq!(passed.identity, failed.identity);
        assert_eq!((passed.suite.as_str(), passed.name.as_str()), ("suite › Class", "a b"));
        assert!(passed.error.is_none());
        assert_eq!(failed.error.unwrap().message, "The report gives no reason.");
        assert_ne!(case("c", Outcome::Passed).identity, passed.identity);
    }
}
