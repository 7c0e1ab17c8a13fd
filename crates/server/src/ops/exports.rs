//! Writes an audit event for each file that leaves the server: lists as CSV, and license files.

use testkeep_domain::permission::{Action, Level};

use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::change::Change;
use crate::{App, Error};

/// Checks the permission for an export and records the export. Call it before the first byte is sent.
///
/// # Errors
/// [`Error::NotFound`] when the caller may not see the scope; [`Error::Forbidden`] without the permission.
pub(crate) async fn record_export(
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
