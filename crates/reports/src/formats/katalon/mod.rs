//! Katalon's own formats: the log of Katalon Studio (`execution0.log`) and the JSON files of Katalon's reporters.

mod escape;
pub(crate) mod json;
pub(crate) mod log;

use crate::model::Outcome;

/// The outcome that Katalon writes as this word; `None`: the word is no result.
fn outcome(word: &str) -> Option<Outcome> {
    Some(match word {
        "PASSED" => Outcome::Passed,
        "FAILED" => Outcome::Failed,
        "ERROR" | "INCOMPLETE" | "ABORTED" => Outcome::Errored,
        "SKIPPED" | "NOT_RUN" => Outcome::Skipped,
        _ => return None,
    })
}
