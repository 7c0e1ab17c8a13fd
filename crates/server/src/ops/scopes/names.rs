//! Checks of names and descriptions that people enter, and of the typed name that confirms a deletion that cannot be
//! undone.

use testkeep_domain::account::name_problem;
use testkeep_domain::text::hidden_problem;
use testkeep_store::StoreError;
use testkeep_store::scopes::scope;

use crate::Error;
use crate::identity::access::Scope;
use crate::ops::change::Change;

const DESCRIPTION_MAX: usize = 2000;

pub(in crate::ops) fn checked_name(name: &str) -> Result<String, Error> {
    match name_problem(name) {
        Some(problem) => Err(Error::field("name", problem)),
        None => Ok(name.trim().to_owned()),
    }
}

/// Returns the description with `\n` as line end, whatever the sender's system uses.
pub(in crate::ops) fn checked_description(text: &str) -> Result<String, Error> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    if text.chars().count() > DESCRIPTION_MAX {
        return Err(Error::field(
            "description",
            format!("Use at most {DESCRIPTION_MAX} characters. Shorten the description."),
        ));
    }
    // Each line is checked by itself, and a tab counts as a space.
    match text.split('\n').find_map(|line| hidden_problem(&line.replace('\t', " "))) {
        Some(problem) => Err(Error::field("description", problem)),
        None => Ok(text.to_owned()),
    }
}

/// The error for a name that `what` has already, or for a parent that was deleted just before.
pub(in crate::ops) fn taken(error: StoreError, what: &str) -> Error {
    match error.as_database_error() {
        Some(cause) if cause.is_unique_violation() => {
            Error::field("name", format!("Another {what} here has this name. Choose another."))
        }
        Some(cause) if cause.is_foreign_key_violation() => Error::NotFound,
        _ => error.into(),
    }
}

pub(in crate::ops) async fn rename(change: &mut Change<Scope>, name: &str) -> Result<(), Error> {
    let Scope { id, level, .. } = *change.scope();
    scope::update_scope_name(change.tx(), id, name).await.map_err(|error| taken(error, level.as_str()))
}

pub(in crate::ops) fn require_typed_name(scope: &Scope, confirm: &str) -> Result<(), Error> {
    if confirm.trim() == scope.name {
        return Ok(());
    }
    Err(Error::field("confirm", format!("Type the name “{}” to confirm.", scope.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_keep_their_lines() {
        assert_eq!(checked_description(" one\r\ntwo\tthree \n").unwrap(), "one\ntwo\tthree");
        assert_eq!(checked_description(&"ü".repeat(2000)).unwrap().chars().count(), 2000);
        for bad in ["a\0b", "a\rb", "a\u{1b}b", "a\u{202e}b", &"a".repeat(2001)] {
            assert!(checked_description(bad).is_err(), "{bad:?}");
        }
    }
}
