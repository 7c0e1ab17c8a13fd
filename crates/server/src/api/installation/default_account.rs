//! `POST /api/v2/default-account`: creates the first account with the token of a setup link.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use testkeep_domain::Secret;
use utoipa::ToSchema;

use crate::api::body::Body;
use crate::api::types::UserOut;
use crate::http::error::ErrorBody;
use crate::ops::installation::default_account::{NewAccount, create_by_setup_link};
use crate::{App, Error};

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct DefaultAccountIn {
    /// From the link that the installer, the manager or `testkeep-server setup-link` shows.
    pub setup_token: String,
    pub email: String,
    /// At least 8 characters.
    #[schema(value_type = String)]
    pub password: Secret,
    pub first_name: String,
    pub last_name: String,
}

/// Creates the default account, once per installation.
#[utoipa::path(post, path = "/api/v2/default-account", tag = "installation",
    request_body = DefaultAccountIn, responses(
    (status = CREATED, body = UserOut), (status = CONFLICT, body = ErrorBody),
    (status = FORBIDDEN, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
))]
pub(crate) async fn create_default_account(
    State(app): State<App>,
    Body(body): Body<DefaultAccountIn>,
) -> Result<(StatusCode, Json<UserOut>), Error> {
    let DefaultAccountIn { setup_token, email, password, first_name, last_name } = body;
    let new = NewAccount { email, password, first_name, last_name };
    let created = create_by_setup_link(&app, &setup_token, new).await?;
    Ok((StatusCode::CREATED, Json(created.into())))
}
