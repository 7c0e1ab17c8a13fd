//! Why mail is not going out, as the mail settings page shows it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_store::job;
use testkeep_store::mail::MailSetting;
use utoipa::ToSchema;

use crate::{App, Error};

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MailTroubleOut {
    pub kind: MailTroubleKind,
    pub since: DateTime<Utc>,
    /// The mail server's own words, or what went wrong; an organization that uses the account's settings is not told.
    pub reason: Option<String>,
    /// How many mails wait for these settings.
    pub waiting: i64,
    /// Nothing is tried before.
    pub next_attempt_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailTroubleKind {
    /// The settings, the mail server, or the way to it: nothing goes out.
    Configuration,
    /// The mail server takes mails slowly.
    Limit,
}

/// `is_own`: of this place, so that its words may be shown here.
pub(in crate::api) async fn trouble(
    app: &App,
    setting: &MailSetting,
    is_own: bool,
) -> Result<Option<MailTroubleOut>, Error> {
    let Some(since) = setting.stuck_since else { return Ok(None) };
    let kind = match setting.stuck_kind.as_deref() {
        Some("limit") => MailTroubleKind::Limit,
        _ => MailTroubleKind::Configuration,
    };
    Ok(Some(MailTroubleOut {
        kind,
        since,
        reason: setting.stuck_reason.clone().filter(|_| is_own),
        waiting: job::count_waiting(&app.db, setting.scope_id).await?,
        next_attempt_at: setting.not_before,
    }))
}
