//! The part of the URL after `?`: names and values, without their meaning.
//!
//! As in pgJDBC, names are taken as written, values are decoded, and the last of several equal names is used.

use std::collections::BTreeMap;

use super::{JdbcUrlError, encoding, known};
use crate::Secret;

pub(super) type Raw = BTreeMap<String, Secret>;

const MOST_PARAMETERS: usize = 100;

pub(super) fn parse(text: &str, notes: &mut Vec<String>) -> Result<Raw, JdbcUrlError> {
    let mut raw = Raw::new();
    let mut previous = "";
    for token in text.split('&').filter(|token| !token.is_empty()) {
        let (name, value) = token.split_once('=').unwrap_or((token, ""));
        known::check(name, token.contains('='), previous)?;
        let value = encoding::decode(value).map_err(|malformed| {
            JdbcUrlError::about(name, format!("The value of “{name}” {}", malformed.explanation()))
        })?;
        if raw.insert(name.to_owned(), Secret::new(value)).is_some() {
            notes.push(format!("“{name}” is given more than once; the last one counts."));
        }
        if raw.len() > MOST_PARAMETERS {
            return Err(JdbcUrlError::new(format!("There are more than {MOST_PARAMETERS} parameters.")));
        }
        previous = name;
    }
    Ok(raw)
}

/// Removes a parameter that has two names. Returns the value of the first of `names` that is present.
pub(super) fn take_last(raw: &mut Raw, names: [&str; 2]) -> Option<(String, Secret)> {
    let found = names.map(|name| raw.remove(name).map(|value| (name.to_owned(), value)));
    found.into_iter().flatten().next()
}
