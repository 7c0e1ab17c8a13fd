//! Offline licenses: files for machines that have no connection to the server.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::Day;
use testkeep_domain::audit::AuditAction;
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Level, OrganizationAction};
use testkeep_store::licenses::offline::{self, OfflineLicense};
use utoipa::ToSchema;

use super::{ProductItemPath, ProductPath, viewer};
use crate::api::body::Body;
use crate::api::list::{ListQuery, Page};
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::http::error::ErrorBody;
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::exports::record_export;
use crate::ops::licenses::offline::{NewFile, create};
use crate::{App, Error};

const COLUMNS: [&str; 4] = ["created_at", "holder", "machine_key", "expires_at"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OfflineState {
    Active,
    Expired,
}

/// A license that was created as a file.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OfflineLicenseOut {
    pub id: i64,
    /// The owner of the machine.
    pub holder: String,
    pub machine_key: String,
    pub created_at: DateTime<Utc>,
    /// Email address of the person who created it.
    pub created_by: String,
    pub expires_at: DateTime<Utc>,
    pub state: OfflineState,
    pub file_name: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OfflineLicenseIn {
    pub machine_key: String,
    /// The owner of the machine.
    pub holder: String,
    /// The last day, UTC; absent: the last day of the subscription.
    #[schema(value_type = Option<NaiveDate>)]
    pub expires_on: Option<Day>,
    /// `true`: signed for programs that use Testkeep's client; `false`: for existing clients.
    #[serde(default)]
    pub native: bool,
}

/// Offline licenses.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses/{product}/offline", tag = "licenses",
    params(ProductPath, ListQuery), responses((status = OK, body = Page<OfflineLicenseOut>), AtScopeWithInput))]
pub(crate) async fn list_offline_licenses(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
    UrlQuery(query): UrlQuery<ListQuery>,
) -> Result<Json<Page<OfflineLicenseOut>>, Error> {
    viewer(&app, &caller, path.id).await?;
    let (list, product) = (query.read(&COLUMNS)?, path.product);
    let total = offline::count_offline_licenses(&app.db, path.id, product.word(), &list).await?;
    let rows = offline::list_offline_licenses(&app.db, path.id, product.word(), &list).await?;
    let items = rows.into_iter().map(|row| offline_out(row, product, app.clock.now()));
    Ok(Json(Page::new(items.collect(), total)))
}

/// Creates an offline license. It takes a seat until it expires and cannot be revoked.
#[utoipa::path(post, path = "/api/v2/organizations/{id}/licenses/{product}/offline", tag = "licenses",
    params(ProductPath), request_body = OfflineLicenseIn,
    responses((status = CREATED, body = OfflineLicenseOut),
    (status = CONFLICT, body = ErrorBody, description = "No seat is free."), AtScopeWithInput))]
pub(crate) async fn create_offline_license(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
    Body(body): Body<OfflineLicenseIn>,
) -> Result<(StatusCode, Json<OfflineLicenseOut>), Error> {
    let product = path.product;
    let OfflineLicenseIn { machine_key, holder, expires_on, native } = body;
    let file = NewFile { machine_key, holder, expires_on, native };
    let id = create(&app, &caller, (path.id, product), file).await?;
    let row = offline::find_offline_license(&app.db, path.id, product.word(), id).await?;
    let row = row.ok_or(Error::NotFound)?;
    Ok((StatusCode::CREATED, Json(offline_out(row, product, app.clock.now()))))
}

/// The license file, for its machine.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses/{product}/offline/{item_id}/file", tag = "licenses",
    params(ProductItemPath), responses((status = OK, content_type = "application/octet-stream"), AtScope))]
pub(crate) async fn download_offline_license(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductItemPath>,
) -> Result<impl IntoResponse, Error> {
    let access = caller.access(&app.db, Level::Organization, path.id).await?;
    access.require(OrganizationAction::AssignLicense)?;
    let product = path.product;
    let found = offline::find_offline_content(&app.db, path.id, product.word(), path.item_id).await?;
    let (machine_key, content) = found.ok_or(Error::NotFound)?;
    let (place, action) = ((Level::Organization, path.id), OrganizationAction::AssignLicense);
    record_export(&app, &caller, place, action, |scope| {
        Event::new(
            AuditAction::DownloadOfflineLicense,
            "offline license",
            Some(path.item_id),
            machine_key.as_str(),
        )
        .at(scope)
        .detail("product", product.word())
    })
    .await?;
    let disposition = format!("attachment; filename=\"{}\"", file_name(product, &machine_key));
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, content))
}

fn offline_out(row: OfflineLicense, product: Product, now: DateTime<Utc>) -> OfflineLicenseOut {
    let state = if row.expires_at > now { OfflineState::Active } else { OfflineState::Expired };
    let file_name = file_name(product, &row.machine_key);
    OfflineLicenseOut {
        id: row.id,
        holder: row.holder,
        machine_key: row.machine_key,
        created_at: row.created_at,
        created_by: row.created_by,
        expires_at: row.expires_at,
        state,
        file_name,
    }
}

/// The name that existing clients look for (client protocol 2.4).
fn file_name(product: Product, machine_key: &str) -> String {
    let key: String = machine_key
        .chars()
        .map(|it| if it.is_ascii_alphanumeric() || it == '-' { it } else { '_' })
        .collect();
    format!("{product}_{key}.lic")
}
