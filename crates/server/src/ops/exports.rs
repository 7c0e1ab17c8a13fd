//! Tells the audit log what left the server as a file: lists as CSV, and license files.

use testkeep_domain::permission::{Action, Level};

use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::change::Change;
use crate::{App, Error};

/// Checks that the caller may, and records it before the first byte is sent.
///
/// # Errors
/// [`Error::NotFound`] for a place that may not be seen, [`Error::Forbidden`].
pub async fn record_export(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    action: impl Into<Action>,
    event: impl FnOnce(&Scope) -> Event,
) -> Result<(), Error> {
    let mut change = Change::begin(app, caller, level, id, action).await?;
    change.record(event(change.scope()));
    change.commit().await
}
