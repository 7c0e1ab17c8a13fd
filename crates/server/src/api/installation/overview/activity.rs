//! What happened lately: sign-ins and denials per hour, and the newest audit events.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::{AccountAction, OrganizationAction};
use testkeep_store::audit::AuditEvent;
use testkeep_store::installation::overview;
use utoipa::ToSchema;

use super::sight::Sight;
use crate::api::audit_events::AuditEventOut;
use crate::{App, Error};

/// The days that the charts show, and one more: a day begins at another time in each zone.
const SINCE: TimeDelta = TimeDelta::days(15);
const EVENTS_MAX: i64 = 12;
/// Callers who see a few organizations get the newest events of at most this number of them.
const ORGANIZATIONS_MAX: usize = 5;

/// Hours, so that a page can add them up to days in its reader's time zone. Hours without anything are left out.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DaysOut {
    /// Of the whole installation; absent for callers who may not see its audit log.
    pub sign_ins: Option<Vec<HourOut>>,
    /// Refused requests for a seat; absent for callers who may see the License Management page nowhere.
    pub denials: Option<Vec<HourOut>>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct HourOut {
    /// When the hour began.
    pub at: DateTime<Utc>,
    pub count: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RecentEventOut {
    #[serde(flatten)]
    pub event: AuditEventOut,
    pub organization_id: Option<i64>,
    pub organization: Option<String>,
}

pub(super) async fn days(app: &App, sight: &Sight) -> Result<DaysOut, Error> {
    let since = app.clock.now() - SINCE;
    let licensed = sight.organizations_with(OrganizationAction::ViewLicenseManagement);
    let sign_ins = if sight.account.may(AccountAction::ViewAuditLog) {
        Some(hours(overview::count_sign_ins_by_hour(&app.db, since).await?))
    } else {
        None
    };
    let denials = if licensed.is_empty() {
        None
    } else {
        Some(hours(overview::count_denials_by_hour(&app.db, &licensed, since).await?))
    };
    Ok(DaysOut { sign_ins, denials })
}

fn hours(rows: Vec<(DateTime<Utc>, i64)>) -> Vec<HourOut> {
    rows.into_iter().map(|(at, count)| HourOut { at, count }).collect()
}

pub(super) async fn recent(app: &App, sight: &Sight) -> Result<Option<Vec<RecentEventOut>>, Error> {
    let mut events = Vec::new();
    if sight.account.may(AccountAction::ViewAuditLog) {
        events = overview::list_recent_events(&app.db, EVENTS_MAX).await?;
    } else {
        let ids = sight.organizations_with(OrganizationAction::ViewAuditLog);
        if ids.is_empty() {
            return Ok(None);
        }
        for id in ids.into_iter().take(ORGANIZATIONS_MAX) {
            events.extend(overview::list_recent_events_of_organization(&app.db, id, EVENTS_MAX).await?);
        }
    }
    events.sort_by_key(|event| std::cmp::Reverse(event.number));
    events.truncate(usize::try_from(EVENTS_MAX).map_err(Error::internal)?);
    Ok(Some(events.into_iter().map(|event| of_event(event, sight)).collect()))
}

fn of_event(event: AuditEvent, sight: &Sight) -> RecentEventOut {
    let organization_id = event.organization_id;
    let organization = organization_id.and_then(|id| sight.name_of(id));
    RecentEventOut { organization_id, organization, event: event.into() }
}
