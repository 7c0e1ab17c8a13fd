//! `/api/v2/password-resets`: “Forgot your password”, for people who are not signed in.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use serde::{Deserialize, Serialize};
use testkeep_domain::Secret;
use utoipa::ToSchema;

use crate::api::body::Body;
use crate::api::people::sessions::remember_device;
use crate::http::error::ErrorBody;
use crate::identity::auth::ClientAddress;
use crate::ops::people::forgotten_passwords;
use crate::{App, Error};

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PasswordResetIn {
    pub email: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ResetLinkIn {
    /// The part of the link after `#token=`.
    pub token: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ResetLinkOut {
    pub email: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct NewPasswordIn {
    pub token: String,
    /// At least 8 characters.
    #[schema(value_type = String)]
    pub password: Secret,
}

/// Requests a link by mail. The answer is the same for known and unknown email addresses.
#[utoipa::path(post, path = "/api/v2/password-resets", tag = "passwords", request_body = PasswordResetIn,
    responses((status = ACCEPTED), (status = CONFLICT, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody), (status = TOO_MANY_REQUESTS, body = ErrorBody)))]
pub(crate) async fn create_password_reset(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    Body(body): Body<PasswordResetIn>,
) -> Result<StatusCode, Error> {
    forgotten_passwords::request(&app, &body.email, address).await?;
    Ok(StatusCode::ACCEPTED)
}

/// The email address whose password the link resets.
#[utoipa::path(post, path = "/api/v2/password-resets/look", tag = "passwords", request_body = ResetLinkIn,
    responses((status = OK, body = ResetLinkOut), (status = GONE, body = ErrorBody)))]
pub(crate) async fn look_at_reset_link(
    State(app): State<App>,
    Body(body): Body<ResetLinkIn>,
) -> Result<Json<ResetLinkOut>, Error> {
    Ok(Json(ResetLinkOut { email: forgotten_passwords::look(&app, &body.token).await? }))
}

/// Sets the new password and ends every session of the person. The browser becomes a known device.
#[utoipa::path(post, path = "/api/v2/password-resets/password", tag = "passwords", request_body = NewPasswordIn,
    responses((status = NO_CONTENT), (status = GONE, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn set_password_by_reset_link(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    jar: CookieJar,
    Body(body): Body<NewPasswordIn>,
) -> Result<(StatusCode, CookieJar), Error> {
    let user_id = forgotten_passwords::reset(&app, &body.token, &body.password, address).await?;
    Ok((StatusCode::NO_CONTENT, remember_device(&app, jar, user_id)?))
}
