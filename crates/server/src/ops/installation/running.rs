//! Records in the audit log that the server was stopped, and by whom, before the database connection is closed.

use std::time::Duration;

use testkeep_domain::audit::AuditAction;

use crate::ops::audit::Event;
use crate::ops::authorized::{Authorized, Installation};
use crate::ops::change::Change;
use crate::{App, Error};

/// Time limit for the event: an unreachable database must not keep the server from stopping.
const RECORDED_WITHIN: Duration = Duration::from_secs(2);

/// `how`: `control port` or `signal`. A failure to record the event is logged.
pub(crate) async fn record_stop(app: &App, may: Authorized<Installation>, how: &str) {
    let recorded = tokio::time::timeout(RECORDED_WITHIN, record(app, may, how)).await;
    match recorded {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, how, "the stop is missing in the audit log"),
        Err(_) => tracing::warn!(how, "the stop is missing in the audit log: the database does not answer"),
    }
}

async fn record(app: &App, may: Authorized<Installation>, how: &str) -> Result<(), Error> {
    let mut change = Change::of(app, may).await?;
    let event = Event::new(AuditAction::StopServer, "server", None, app.config.server_url.as_str())
        .detail("how", how)
        .detail("process", std::process::id());
    change.record(event);
    change.commit().await
}
