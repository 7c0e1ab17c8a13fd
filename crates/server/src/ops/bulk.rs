//! One action on many people or things, in one request and one transaction.
//!
//! Each gets an answer of its own: what cannot be done is refused with its reason and stops nothing else. Must never do
//! a part and fail: an error of the database undoes everything.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::Error;

/// Maximum number of ids in one request.
pub(crate) const AT_ONCE: usize = 500;

/// The answer about one id.
#[derive(Debug)]
pub(crate) struct Row {
    pub id: i64,
    pub done: bool,
    pub message: String,
}

impl Row {
    pub(in crate::ops) fn done(id: i64, message: impl Into<String>) -> Self {
        Self { id, done: true, message: message.into() }
    }

    pub(in crate::ops) fn refused(id: i64, message: impl Into<String>) -> Self {
        Self { id, done: false, message: message.into() }
    }
}

/// The id to undo with, and until when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UndoTicket {
    pub id: i64,
    pub until: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub(crate) struct Bulk {
    pub rows: Vec<Row>,
    pub undo: Option<UndoTicket>,
}

/// Each id once, in their order.
///
/// # Errors
/// [`Error::Invalid`] for no ids, and for too many.
pub(in crate::ops) fn chosen(field: &str, ids: &[i64]) -> Result<Vec<i64>, Error> {
    if ids.is_empty() || ids.len() > AT_ONCE {
        return Err(Error::field(field, format!("Choose 1 to {AT_ONCE} at once.")));
    }
    let mut seen = HashSet::new();
    Ok(ids.iter().copied().filter(|id| seen.insert(*id)).collect())
}
