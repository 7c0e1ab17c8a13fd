//! `GET /api/v2/status`: the state of the installation, so that a client can show the right page.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use testkeep_domain::desktop::SetupState;
use testkeep_domain::license::LicenseSummary;
use testkeep_domain::permission::{AccountAction, Level};
use testkeep_store::scopes::scope::ACCOUNT;
use utoipa::ToSchema;

use crate::clock_guard::{ClockState, clock_state};
use crate::http::{address, readiness};
use crate::identity::auth::Caller;
use crate::keys::trust;
use crate::ops::installation::setup_link::setup_state;
use crate::ops::people::forgotten_passwords;
use crate::{App, Error, VERSION};

/// Maximum length of a `Host` header in an answer, in bytes; no host name is longer.
const HOST_MAX: usize = 260;

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct ServerStatus {
    pub state: SetupState,
    pub version: String,
    /// This build trusts the published demo key.
    pub demo: bool,
    pub clock: ClockState,
    /// Of the files in force, the one that ends last; without one, the file imported last. If an account exists, only
    /// for people who are signed in.
    pub license: Option<LicenseSummary>,
    /// Files in force that end within 30 days, the earliest end first. Present under the same condition as `license`.
    pub ending: Vec<LicenseSummary>,
    /// The account has a mail server, so a forgotten password can be reset by mail.
    pub mail: bool,
    /// The server's address, as people should open it.
    pub server_url: String,
    /// The `Host` header of this request. A proxy may have replaced it.
    pub host: String,
    /// Problems that an admin of the account should solve; empty for all other callers.
    pub notices: Vec<String>,
}

/// The state of the installation.
#[utoipa::path(get, path = "/api/v2/status", tag = "installation", responses((status = OK, body = ServerStatus)))]
pub(crate) async fn find_status(
    State(app): State<App>,
    headers: HeaderMap,
    caller: Option<Caller>,
) -> Result<Json<ServerStatus>, Error> {
    let now = app.clock.now();
    let state = setup_state(&app).await?;
    // Before there is an account, nobody can sign in. The person who sets up the server needs to see the license.
    let sees_license = caller.is_some() || state != SetupState::Ready;
    let (license, ending) = if sees_license {
        (app.licensing.summary(&app.db, now).await?, app.licensing.ending(&app.db, now).await?)
    } else {
        (None, Vec::new())
    };
    Ok(Json(ServerStatus {
        state,
        version: VERSION.into(),
        demo: trust::IS_DEMO,
        clock: clock_state(&app.db, now).await?,
        license,
        ending,
        mail: forgotten_passwords::is_possible(&app).await?,
        server_url: app.config.server_url.as_str().to_owned(),
        host: host(&headers),
        notices: notices(&app, caller.as_ref()).await?,
    }))
}

fn host(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    host.chars().take(HOST_MAX).collect()
}

async fn notices(app: &App, caller: Option<&Caller>) -> Result<Vec<String>, Error> {
    let Some(caller) = caller else { return Ok(Vec::new()) };
    let account = caller.access(&app.db, Level::Account, ACCOUNT).await?;
    if account.require(AccountAction::ConfigureMail).is_err() {
        return Ok(Vec::new());
    }
    let trouble = readiness::trouble(app).await.map(str::to_owned);
    Ok(trouble.into_iter().chain(address::notices(app)).collect())
}
