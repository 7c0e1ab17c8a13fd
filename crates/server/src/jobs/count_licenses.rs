//! Ends licenses whose time is over, and notes for each hour how many are in use.
//!
//! Each request about licenses ends what is over as well; this task does it when there are no requests.

use chrono::{DateTime, Utc};

use crate::ops::leases::{begin_hour, end_what_is_over};
use crate::{App, Error};

/// `hour`: the last hour that was begun.
pub(super) async fn run(app: &App, hour: &mut Option<DateTime<Utc>>) -> Result<(), Error> {
    begin_hour(app, hour).await?;
    end_what_is_over(app).await
}
