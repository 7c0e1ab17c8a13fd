//! Ends expired leases and sessions, and records the seats in use for each hour.
//!
//! Each request about licenses ends expired ones too; this task does it when there are no requests.

use chrono::{DateTime, Utc};

use crate::ops::leases::{begin_hour, end_expired};
use crate::{App, Error};

/// `hour`: the last hour that was recorded.
pub(super) async fn run(app: &App, hour: &mut Option<DateTime<Utc>>) -> Result<(), Error> {
    begin_hour(app, hour).await?;
    end_expired(app).await
}
