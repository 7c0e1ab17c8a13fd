//! Registered machines.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_store::licenses::machine;
use utoipa::ToSchema;

use super::{ProductItemPath, ProductPath, viewer};
use crate::api::list::{ListQuery, Page};
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::identity::auth::Caller;
use crate::ops::licenses::machines;
use crate::{App, Error};

const COLUMNS: [&str; 4] = ["hostname", "email", "registered_at", "last_seen_at"];

/// A machine that counts against the machine quota.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LicenseMachineOut {
    pub id: i64,
    pub machine_key: String,
    pub hostname: String,
    /// The person who used it last.
    pub user_id: i64,
    pub email: String,
    pub registered_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// A session runs on it now.
    pub online: bool,
}

/// Registered machines.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses/{product}/machines", tag = "licenses",
    params(ProductPath, ListQuery), responses((status = OK, body = Page<LicenseMachineOut>), AtScopeWithInput))]
pub(crate) async fn list_machines(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
    UrlQuery(query): UrlQuery<ListQuery>,
) -> Result<Json<Page<LicenseMachineOut>>, Error> {
    viewer(&app, &caller, path.id).await?;
    let (list, word) = (query.read(&COLUMNS)?, path.product.word());
    let total = machine::count_machines(&app.db, path.id, word, &list).await?;
    let rows = machine::list_machines(&app.db, path.id, word, &list).await?;
    let items = rows.into_iter().map(|row| LicenseMachineOut {
        id: row.id,
        machine_key: row.machine_key,
        hostname: row.hostname,
        user_id: row.user_id,
        email: row.email,
        registered_at: row.registered_at,
        last_seen_at: row.last_seen_at,
        online: row.online,
    });
    Ok(Json(Page::new(items.collect(), total)))
}

/// Removes a machine. Its live sessions end now.
#[utoipa::path(delete, path = "/api/v2/organizations/{id}/licenses/{product}/machines/{item_id}", tag = "licenses",
    params(ProductItemPath), responses((status = NO_CONTENT), AtScope))]
pub(crate) async fn remove_machine(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductItemPath>,
) -> Result<StatusCode, Error> {
    machines::remove_machine(&app, &caller, (path.id, path.product), path.item_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
