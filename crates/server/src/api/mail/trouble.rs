//! Problems with sending mail, for the mail settings page.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_store::mail_setting::MailSetting;
use testkeep_store::mail_state;
use utoipa::ToSchema;

use crate::{App, Error};

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MailTroubleOut {
    pub kind: MailTroubleKind,
    pub since: DateTime<Utc>,
    /// The mail server's answer, or what went wrong. Absent for an organization that uses the account's settings.
    pub reason: Option<String>,
    /// Number of mails that wait for these settings, including one that is being tried.
    pub waiting: i64,
    /// No mail is tried before this time.
    pub next_attempt_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MailTroubleKind {
    /// The settings, the mail server or the network is wrong: no mail is sent.
    Configuration,
    /// The mail server limits the number of mails: they are sent slowly.
    Limit,
}

/// `is_own`: the settings belong to this scope, so the mail server's answer may be shown here.
pub(in crate::api) async fn trouble(
    app: &App,
    setting: &MailSetting,
    is_own: bool,
) -> Result<Option<MailTroubleOut>, Error> {
    let Some(since) = setting.stuck_since else { return Ok(None) };
    let kind = if setting.is_limited() { MailTroubleKind::Limit } else { MailTroubleKind::Configuration };
    Ok(Some(MailTroubleOut {
        kind,
        since,
        reason: setting.stuck_reason.clone().filter(|_| is_own),
        waiting: mail_state::count_waiting_mails(&app.db, setting.scope_id).await?,
        next_attempt_at: setting.not_before,
    }))
}
