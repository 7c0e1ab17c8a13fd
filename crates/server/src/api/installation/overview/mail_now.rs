//! How the mail stands: of the installation for those who configure the account's mail, otherwise of the caller's own
//! organizations.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::{AccountAction, OrganizationAction};
use testkeep_store::scopes::scope::ACCOUNT;
use testkeep_store::{mail_setting, mail_state};
use utoipa::ToSchema;

use super::sight::Sight;
use crate::{App, Error};

const DAY: TimeDelta = TimeDelta::days(1);
const WEEK: TimeDelta = TimeDelta::days(7);
/// Invitations end after this time, and with them their mails.
const MONTH: TimeDelta = TimeDelta::days(30);

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MailNowOut {
    /// The scope whose mail pages belong to these numbers: 1 or an organization.
    pub scope_id: i64,
    /// There is a mail server.
    pub configured: bool,
    /// Mails that are not sent yet.
    pub waiting: i64,
    /// Of the mails of the last 24 hours.
    pub sent: i64,
    /// Of the mails of the last 24 hours: given up.
    pub failed: i64,
    /// Of the mails of the last 7 days: given up.
    pub failed_in_week: i64,
    pub stuck: Vec<MailStuckOut>,
}

/// Settings with which no mail is sent now, or only slowly.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MailStuckOut {
    /// 1: the account's settings.
    pub scope_id: i64,
    pub organization: Option<String>,
    pub since: DateTime<Utc>,
    /// The mail server accepts mail, but only slowly.
    pub limited: bool,
    pub reason: Option<String>,
}

/// Open invitations of an organization or the account whose mail was given up.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BouncedOut {
    /// 1: the account.
    pub scope_id: i64,
    pub organization: Option<String>,
    pub count: i64,
}

pub(super) async fn mail_now(app: &App, sight: &Sight) -> Result<Option<MailNowOut>, Error> {
    let own = sight.organizations_with(OrganizationAction::ConfigureMail);
    let all = sight.account.may(AccountAction::ConfigureMail);
    let scopes = if all { None } else { Some(own.as_slice()) };
    let first = if all { Some(ACCOUNT) } else { own.first().copied() };
    let Some(scope_id) = first else { return Ok(None) };
    let now = app.clock.now();
    let setting = if all {
        mail_setting::find_mail_setting(&app.db, ACCOUNT).await?
    } else {
        mail_setting::find_mail_setting_of_organization(&app.db, scope_id).await?
    };
    let inherited = setting.as_ref().filter(|setting| !all && setting.scope_id == ACCOUNT);
    let states = mail_state::count_mails_by_state(&app.db, scopes, now - DAY).await?;
    let in_state = |word: &str| states.iter().find(|(state, _)| state == word).map_or(0, |(_, count)| *count);
    let mut stuck: Vec<_> = mail_state::list_stuck_settings(&app.db, scopes)
        .await?
        .into_iter()
        .map(|row| MailStuckOut {
            scope_id: row.scope_id,
            organization: sight.name_of(row.scope_id),
            since: row.since,
            limited: row.is_limited(),
            reason: row.reason,
        })
        .collect();
    if let Some((setting, since)) = inherited.and_then(|setting| Some((setting, setting.stuck_since?))) {
        // The answer of the account's mail server is for those who configure it.
        let limited = setting.is_limited();
        stuck.push(MailStuckOut {
            scope_id,
            organization: sight.name_of(scope_id),
            since,
            limited,
            reason: None,
        });
    }
    Ok(Some(MailNowOut {
        scope_id,
        configured: setting.is_some(),
        waiting: mail_state::count_open_mails(&app.db, scopes).await?,
        sent: in_state("sent"),
        failed: in_state("failed"),
        failed_in_week: mail_state::count_failed_mails(&app.db, scopes, now - WEEK).await?,
        stuck,
    }))
}

pub(super) async fn bounced(app: &App, sight: &Sight) -> Result<Vec<BouncedOut>, Error> {
    let mut scopes = sight.organizations_with(OrganizationAction::InviteUser);
    if sight.account.may(AccountAction::InviteUser) {
        scopes.push(ACCOUNT);
    }
    if scopes.is_empty() {
        return Ok(Vec::new());
    }
    let now = app.clock.now();
    let rows = mail_state::count_bounced_invitations(&app.db, &scopes, now - MONTH, now).await?;
    let out = |(scope_id, count)| BouncedOut { scope_id, organization: sight.name_of(scope_id), count };
    Ok(rows.into_iter().map(out).collect())
}
