//! An organization's license settings.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use testkeep_store::licenses::{setting, turn};
use utoipa::ToSchema;

use super::{ProductPath, viewer};
use crate::api::body::Body;
use crate::api::path::UrlPath;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::identity::auth::Caller;
use crate::ops::licenses::settings::{NewSettings, update};
use crate::{App, Error};

/// Seats that are reserved for a team.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ReservationOut {
    pub team_id: i64,
    pub team: String,
    pub seats: i64,
    pub in_use: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LicenseSettingsOut {
    /// Sessions end after this number of idle minutes; absent: sessions do not end by being idle.
    pub idle_minutes: Option<i64>,
    /// KRE: only assigned people may start sessions, not every member.
    pub assigned_only: bool,
    pub reservations: Vec<ReservationOut>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ReservationIn {
    pub team_id: i64,
    pub seats: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LicenseSettingsIn {
    /// 5 to 1,440; absent: sessions do not end by being idle.
    pub idle_minutes: Option<i64>,
    pub assigned_only: bool,
    /// Teams that are not listed have no reservation.
    pub reservations: Vec<ReservationIn>,
}

/// An organization's settings for a product.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses/{product}/settings", tag = "licenses",
    params(ProductPath), responses((status = OK, body = LicenseSettingsOut), AtScope))]
pub(crate) async fn find_license_settings(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
) -> Result<Json<LicenseSettingsOut>, Error> {
    viewer(&app, &caller, path.id).await?;
    show(&app, path).await.map(Json)
}

/// Changes an organization's settings for a product.
#[utoipa::path(put, path = "/api/v2/organizations/{id}/licenses/{product}/settings", tag = "licenses",
    params(ProductPath), request_body = LicenseSettingsIn, responses((status = OK, body = LicenseSettingsOut),
    AtScopeWithInput))]
pub(crate) async fn update_license_settings(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
    Body(body): Body<LicenseSettingsIn>,
) -> Result<Json<LicenseSettingsOut>, Error> {
    let settings = NewSettings {
        idle_minutes: body.idle_minutes,
        assigned_only: body.assigned_only,
        reservations: body.reservations.into_iter().map(|it| (it.team_id, it.seats)).collect(),
    };
    update(&app, &caller, (path.id, path.product), &settings).await?;
    show(&app, path).await.map(Json)
}

async fn show(app: &App, path: ProductPath) -> Result<LicenseSettingsOut, Error> {
    let word = path.product.word();
    let found = turn::find_organization_count(&app.db, path.id, word).await?.ok_or(Error::NotFound)?;
    let reservations = setting::list_reservations(&app.db, word, Some(path.id)).await?;
    let reservations = reservations.into_iter().map(|it| ReservationOut {
        team_id: it.team_id,
        team: it.team,
        seats: it.seats,
        in_use: it.in_use,
    });
    Ok(LicenseSettingsOut {
        idle_minutes: found.idle_minutes,
        assigned_only: found.assigned_only,
        reservations: reservations.collect(),
    })
}
