//! What must be tidied now and then, whether or not anybody asks.

use std::time::Duration;

use testkeep_store::{session, sign_in_attempt};

use super::attempts::ATTEMPT_WINDOW;
use crate::auth::SESSION_IDLE;
use crate::{App, Error, clock_guard};

const EVERY: Duration = Duration::from_mins(10);

/// Runs until the server stops.
pub async fn keep_house(app: App) {
    loop {
        if let Err(error) = tidy(&app).await {
            tracing::warn!(%error, "housekeeping failed; it is tried again in ten minutes");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn tidy(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    clock_guard::note_time(&app.db, now).await?;
    let mut tx = app.db.begin().await?;
    session::delete_ended_sessions(&mut tx, now, now - SESSION_IDLE).await?;
    sign_in_attempt::delete_old_attempts(&mut tx, now - ATTEMPT_WINDOW).await?;
    Ok(tx.commit().await?)
}
