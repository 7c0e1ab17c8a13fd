//! `/api/v2/activation`: the Machine ID and the license file.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use serde::{Deserialize, Serialize};
use testkeep_domain::license::{LicenseError, LicenseSummary};
use testkeep_domain::permission::AccountAction;
use utoipa::ToSchema;

use crate::http::error::ErrorBody;
use crate::identity::auth::Caller;
use crate::ops::change::Change;
use crate::ops::installation::activation;
use crate::{App, Error};

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Activation {
    /// The vendor needs it to make a license for this machine.
    pub machine_id: String,
    pub factors: Vec<FactorOut>,
    /// Of the files in force, the one that ends last; without one, the file imported last.
    pub license: Option<LicenseSummary>,
    /// Every imported file, in the order of import. Files add up.
    pub files: Vec<LicenseSummary>,
    /// The file that this request imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<LicenseSummary>,
}

/// One property of the machine from which the Machine ID is made.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct FactorOut {
    pub name: String,
    /// Whether this machine has the property.
    pub present: bool,
}

/// Machine ID and license. Without sign-in until the server is activated, then for people who are signed in.
#[utoipa::path(get, path = "/api/v2/activation", tag = "installation", responses(
    (status = OK, body = Activation), (status = UNAUTHORIZED, body = ErrorBody),
))]
pub(crate) async fn find_activation(
    State(app): State<App>,
    caller: Option<Caller>,
) -> Result<Json<Activation>, Error> {
    if caller.is_none() && app.licensing.is_activated(&app.db).await? {
        return Err(Error::Unauthorized);
    }
    show(&app, None).await.map(Json)
}

/// Adds a license file to the imported ones. Without sign-in until the server is activated, then by an Owner.
#[utoipa::path(post, path = "/api/v2/activation", tag = "installation",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = OK, body = Activation), (status = UNAUTHORIZED, body = ErrorBody),
        (status = FORBIDDEN, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
    ))]
pub(crate) async fn create_activation(
    State(app): State<App>,
    caller: Option<Caller>,
    file: Result<Bytes, BytesRejection>,
) -> Result<Json<Activation>, Error> {
    // The router refuses a larger body; a license file is never that large.
    let file = file.map_err(|_| Error::field(activation::FILE, LicenseError::TooLarge.to_string()))?;
    let imported = match caller {
        Some(caller) => {
            let change = Change::begin_installation(&app, &caller, AccountAction::UpdateAccount).await?;
            activation::activate(&app, change, &file).await?
        }
        None => activation::activate_first(&app, &file).await?,
    };
    show(&app, Some(imported)).await.map(Json)
}

async fn show(app: &App, imported: Option<LicenseSummary>) -> Result<Activation, Error> {
    let now = app.clock.now();
    let machine_id = app.licensing.machine_id();
    Ok(Activation {
        machine_id: machine_id.to_string(),
        factors: machine_id
            .factors()
            .iter()
            .map(|factor| FactorOut { name: factor.name.title().to_owned(), present: factor.present })
            .collect(),
        license: app.licensing.summary(&app.db, now).await?,
        files: app.licensing.files(&app.db, now).await?,
        imported,
    })
}
