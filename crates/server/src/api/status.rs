//! `GET /api/v2/status`: where the installation stands, so that a client knows which page to show.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use testkeep_store::mail;
use utoipa::ToSchema;

use super::types::LicenseOut;
use crate::clock_guard::{ClockState, clock_state};
use crate::ops::setup_link::{SetupState, setup_state};
use crate::{App, Error, VERSION, trust};

#[derive(Serialize, Deserialize, ToSchema)]
pub struct ServerStatus {
    pub state: InstallationState,
    pub version: String,
    /// This build trusts the published demo key.
    pub demo: bool,
    pub clock: ClockState,
    /// In force with the latest end, else the one imported last.
    pub license: Option<LicenseOut>,
    /// Files in force that end within 30 days, the first to end first.
    pub ending: Vec<LicenseOut>,
    /// Mail can be sent, so that a forgotten password can be reset by mail.
    pub mail: bool,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InstallationState {
    ActivationRequired,
    AccountRequired,
    Ready,
}

impl From<SetupState> for InstallationState {
    fn from(state: SetupState) -> Self {
        match state {
            SetupState::ActivationRequired => Self::ActivationRequired,
            SetupState::AccountRequired => Self::AccountRequired,
            SetupState::Ready => Self::Ready,
        }
    }
}

/// Where the installation stands.
#[utoipa::path(get, path = "/api/v2/status", tag = "installation", responses((status = OK, body = ServerStatus)))]
pub async fn find_status(State(app): State<App>) -> Result<Json<ServerStatus>, Error> {
    let now = app.clock.now();
    Ok(Json(ServerStatus {
        state: setup_state(&app).await?.into(),
        version: VERSION.into(),
        demo: trust::IS_DEMO,
        clock: clock_state(&app.db, now).await?,
        license: app.licensing.summary(&app.db, now).await?.map(Into::into),
        ending: app.licensing.ending(&app.db, now).await?.into_iter().map(Into::into).collect(),
        mail: mail::is_mail_configured(&app.db).await?,
    }))
}
