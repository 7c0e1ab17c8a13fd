//! The commands of docs/api-design.md, “Desktop commands”: each parses, calls and answers.
//!
//! Owns their names and arguments. Must never contain a rule of its own, and never be callable from a page of the
//! network.

pub(crate) mod dialogs;
pub(crate) mod host;
pub(crate) mod install;
pub(crate) mod license;
pub(crate) mod server;

use serde_json::Value;
use testkeep_domain::answers::Answers;

use crate::error::CommandError;

/// Reads the wizard's answers as `Answers`.
fn answers_of(answers: Value) -> Result<Answers, CommandError> {
    serde_json::from_value(answers)
        .map_err(|error| CommandError::Invalid(format!("The answers are not complete: {error}.")))
}
