//! `GET /api/v2/system`: whether the server is well, for the status line of those who look after it.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::license::LicenseSummary;
use testkeep_domain::permission::{AccountAction, Level};
use testkeep_setup::check::space;
use testkeep_store::Db;
use testkeep_store::mail_state::{self, StuckSetting};
use testkeep_store::scopes::scope::ACCOUNT;
use utoipa::ToSchema;

use crate::clock_guard::{ClockState, clock_state};
use crate::http::error::ErrorBody;
use crate::http::readiness;
use crate::identity::auth::Caller;
use crate::{App, Error, VERSION};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DatabaseKind {
    BuiltIn,
    Postgresql,
}

/// The disk with the server's data folder.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DiskOut {
    pub free_bytes: u64,
    pub total_bytes: u64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SystemOut {
    pub version: String,
    pub started_at: DateTime<Utc>,
    pub database: DatabaseKind,
    /// Why the database cannot be written; absent: it can.
    pub database_trouble: Option<String>,
    pub clock: ClockState,
    /// Absent: the system does not report it.
    pub disk: Option<DiskOut>,
    /// Mails that are not sent yet, of the whole installation.
    pub mails_waiting: i64,
    /// Since when mails cannot be sent with some settings.
    pub mail_stuck_since: Option<DateTime<Utc>>,
    /// Since when some mail server accepts mails only slowly.
    pub mail_slow_since: Option<DateTime<Utc>>,
    /// Of the files in force, the one that ends last; without one, the file imported last.
    pub license: Option<LicenseSummary>,
}

/// The state of the server, its database, its mails and its license.
#[utoipa::path(get, path = "/api/v2/system", tag = "installation", responses(
    (status = OK, body = SystemOut), (status = UNAUTHORIZED, body = ErrorBody),
    (status = FORBIDDEN, body = ErrorBody),
))]
pub(crate) async fn find_system(State(app): State<App>, caller: Caller) -> Result<Json<SystemOut>, Error> {
    let account = caller.access(&app.db, Level::Account, ACCOUNT).await?;
    account.require(AccountAction::ConfigureMail)?;
    system(&app).await.map(Json)
}

pub(super) async fn system(app: &App) -> Result<SystemOut, Error> {
    let now = app.clock.now();
    let stuck = mail_state::list_stuck_settings(&app.db, None).await?;
    Ok(SystemOut {
        version: VERSION.into(),
        started_at: app.started_at,
        database: match app.db {
            Db::Sqlite { .. } => DatabaseKind::BuiltIn,
            Db::Postgres(_) => DatabaseKind::Postgresql,
        },
        database_trouble: readiness::trouble(app).await.map(str::to_owned),
        clock: clock_state(&app.db, now).await?,
        disk: disk(app).await,
        mails_waiting: mail_state::count_open_mails(&app.db, None).await?,
        mail_stuck_since: since(&stuck, false),
        mail_slow_since: since(&stuck, true),
        license: app.licensing.summary(&app.db, now).await?,
    })
}

/// Since when the first of these settings is limited, or sends nothing.
fn since(stuck: &[StuckSetting], limited: bool) -> Option<DateTime<Utc>> {
    stuck.iter().find(|setting| setting.is_limited() == limited).map(|setting| setting.since)
}

/// A disk that does not answer is not shown; its other effects are.
async fn disk(app: &App) -> Option<DiskOut> {
    let folder = app.layout.data();
    let owned = folder.clone();
    let space = app.disk.run(&folder, move || Ok(space::measure(&owned))).await.ok()?;
    Some(DiskOut { free_bytes: space.free?, total_bytes: space.total? })
}
