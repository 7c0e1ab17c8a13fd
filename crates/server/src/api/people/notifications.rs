//! `/api/v2/me/notifications`: the kinds of mail that a person receives. Invitations and password resets are always
//! sent.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use testkeep_domain::mail::MailKind;
use testkeep_store::mail;
use utoipa::ToSchema;

use crate::api::body::Body;
use crate::http::error::ErrorBody;
use crate::identity::auth::Caller;
use crate::ops::people::profile;
use crate::{App, Error};

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct NotificationsOut {
    pub items: Vec<NotificationOut>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct NotificationOut {
    pub kind: MailKind,
    pub enabled: bool,
}

/// The kinds of mail that can be switched off.
#[utoipa::path(get, path = "/api/v2/me/notifications", tag = "me", responses(
    (status = OK, body = NotificationsOut), (status = UNAUTHORIZED, body = ErrorBody),
))]
pub(crate) async fn find_notifications(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<NotificationsOut>, Error> {
    show(&app, &caller).await.map(Json)
}

/// Switches a kind of mail on or off.
#[utoipa::path(patch, path = "/api/v2/me/notifications", tag = "me", request_body = NotificationOut, responses(
    (status = OK, body = NotificationsOut), (status = UNAUTHORIZED, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
))]
pub(crate) async fn update_notifications(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<NotificationOut>,
) -> Result<Json<NotificationsOut>, Error> {
    profile::update_notification(&app, &caller, body.kind, body.enabled).await?;
    show(&app, &caller).await.map(Json)
}

async fn show(app: &App, caller: &Caller) -> Result<NotificationsOut, Error> {
    let refused = mail::list_mail_refusals(&app.db, caller.user_id).await?;
    let optional = MailKind::ALL.into_iter().filter(|kind| kind.is_optional());
    let items = optional.map(|kind| NotificationOut {
        kind,
        enabled: !refused.iter().any(|refused| refused == kind.as_str()),
    });
    Ok(NotificationsOut { items: items.collect() })
}
