//! `GET /api/v2/overview`: the first page in one answer. Each part is present only for callers with its permission, and
//! covers only the organizations in which they have it. Bounded, because pages ask every few seconds.

mod activity;
mod mail_now;
mod own;
mod seats_now;
mod sight;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::license::LicenseSummary;
use testkeep_domain::permission::{AccountAction, OrganizationAction};
use testkeep_store::installation::overview;
use utoipa::ToSchema;

use self::activity::{DaysOut, RecentEventOut, days, recent};
use self::mail_now::{BouncedOut, MailNowOut, bounced, mail_now};
use self::own::{OwnOut, own};
use self::seats_now::{SeatsNowOut, seats_now};
use self::sight::Sight;
use super::system::{SystemOut, system};
use crate::http::error::ErrorBody;
use crate::identity::auth::Caller;
use crate::{App, Error};

/// Maximum number of organizations that are listed with numbers.
const ORGANIZATIONS_MAX: usize = 50;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OverviewOut {
    /// The server's time of this answer.
    pub at: DateTime<Utc>,
    /// Where the caller may see the License Management page: one row for each product of the installation, or of each
    /// organization for callers who do not see all.
    pub seats: Vec<SeatsNowOut>,
    /// Every imported license file. Empty for callers who may not see the subscription.
    pub licenses: Vec<LicenseSummary>,
    pub days: DaysOut,
    /// Absent for callers who may configure mail nowhere.
    pub mail: Option<MailNowOut>,
    /// Open invitations whose mail was given up.
    pub bounced: Vec<BouncedOut>,
    /// Absent for callers who do not look after the server.
    pub system: Option<SystemOut>,
    /// The newest audit events, newest first; absent for callers who may see no audit log.
    pub recent: Option<Vec<RecentEventOut>>,
    /// The first 50, by name.
    pub organizations: Vec<OrganizationNumbersOut>,
    /// Absent for callers who may not see the account.
    pub account: Option<AccountNumbersOut>,
    pub own: OwnOut,
}

/// An organization in numbers; only organizations that the caller may administer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrganizationNumbersOut {
    pub id: i64,
    pub name: String,
    pub user_count: i64,
    pub team_count: i64,
    /// Archived ones excluded.
    pub project_count: i64,
    /// Open invitations.
    pub pending_count: i64,
    /// Seats in use, of all products.
    pub in_use: i64,
    /// Licenses assigned to people, of all products.
    pub assigned: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AccountNumbersOut {
    pub user_count: i64,
    /// Open invitations to the account.
    pub pending_count: i64,
}

/// What the first page shows.
#[utoipa::path(get, path = "/api/v2/overview", tag = "installation", responses(
    (status = OK, body = OverviewOut), (status = UNAUTHORIZED, body = ErrorBody),
))]
pub(crate) async fn find_overview(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<OverviewOut>, Error> {
    let sight = Sight::of(&app, &caller).await?;
    let now = app.clock.now();
    let may = |action: AccountAction| sight.account.may(action);
    let files = may(AccountAction::ViewSubscriptionDetails);
    let looks_after = may(AccountAction::ConfigureMail);
    Ok(Json(OverviewOut {
        at: now,
        seats: seats_now(&app, &sight).await?,
        licenses: if files { app.licensing.files(&app.db, now).await? } else { Vec::new() },
        days: days(&app, &sight).await?,
        mail: mail_now(&app, &sight).await?,
        bounced: bounced(&app, &sight).await?,
        system: if looks_after { Some(system(&app).await?) } else { None },
        recent: recent(&app, &sight).await?,
        organizations: organizations(&app, &sight).await?,
        account: account(&app, &sight).await?,
        own: own(&app, &caller, &sight).await?,
    }))
}

async fn organizations(app: &App, sight: &Sight) -> Result<Vec<OrganizationNumbersOut>, Error> {
    let mut ids = sight.organizations_with(OrganizationAction::ViewOrganization);
    ids.truncate(ORGANIZATIONS_MAX);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = overview::list_organization_numbers(&app.db, &ids).await?;
    let mut numbers: Vec<_> = rows
        .into_iter()
        .map(|row| OrganizationNumbersOut {
            id: row.id,
            name: sight.name_of(row.id).unwrap_or_default(),
            user_count: row.user_count,
            team_count: row.team_count,
            project_count: row.project_count,
            pending_count: row.pending_count,
            in_use: row.in_use,
            assigned: row.assigned,
        })
        .collect();
    numbers.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
    Ok(numbers)
}

async fn account(app: &App, sight: &Sight) -> Result<Option<AccountNumbersOut>, Error> {
    if !sight.account.may(AccountAction::ViewAccount) {
        return Ok(None);
    }
    let (user_count, pending_count) = overview::count_account(&app.db).await?;
    Ok(Some(AccountNumbersOut { user_count, pending_count }))
}
