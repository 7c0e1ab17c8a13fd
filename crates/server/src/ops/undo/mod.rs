//! Undo: for a minute, the person who removed people or revoked licenses can take it back.
//!
//! A row of `undo` holds the deleted rows ([`kept`]); its job deletes it when the time is over, and sends the mails that
//! were held back. [`restore`] brings the rows back, as far as nothing else has taken their place.

mod kept;
mod restore;

pub(crate) use kept::end;
pub(in crate::ops) use kept::{Farewell, Person, Undoable, keep};
pub(crate) use restore::undo;
