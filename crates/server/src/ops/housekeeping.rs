//! What must be tidied now and then, whether or not anybody asks.

use std::time::Duration;

use chrono::TimeDelta;
use testkeep_store::{invitation, job, licenses, mail, password_reset, session, sign_in_attempt};

use super::attempts::ATTEMPT_WINDOW;
use super::license_expiry;
use crate::auth::SESSION_IDLE;
use crate::{App, Error, clock_guard};

const KEEP_PARKED: TimeDelta = TimeDelta::days(30);
const KEEP_MAIL_LOG: TimeDelta = TimeDelta::days(180);
/// Used links say that they were used, for a while.
const KEEP_LINKS: TimeDelta = TimeDelta::days(30);
const KEEP_INVITATIONS: TimeDelta = TimeDelta::days(90);
/// A year of usage, with some days to look back.
const KEEP_LICENSE_USE: TimeDelta = TimeDelta::days(400);
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
    job::delete_old_parked_jobs(&mut tx, now - KEEP_PARKED).await?;
    mail::delete_old_mail_messages(&mut tx, now - KEEP_MAIL_LOG).await?;
    password_reset::delete_old_password_resets(&mut tx, now - KEEP_LINKS).await?;
    invitation::delete_old_invitations(&mut tx, now - KEEP_INVITATIONS).await?;
    licenses::session::delete_old_sessions(&mut tx, now - KEEP_LICENSE_USE).await?;
    licenses::denial::delete_old_denials(&mut tx, now - KEEP_LICENSE_USE).await?;
    licenses::usage::delete_old_hours(&mut tx, now - KEEP_LICENSE_USE).await?;
    tx.commit().await?;
    license_expiry::notify(app).await
}
