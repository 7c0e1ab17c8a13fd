//! Licensed users: the people who are assigned a product.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::audit::AuditAction;
use testkeep_domain::permission::{Level, OrganizationAction};
use testkeep_store::licenses::assignment::{self, LicensedUser};
use utoipa::ToSchema;

use super::{ProductItemPath, ProductPath, viewer};
use crate::api::body::Body;
use crate::api::csv::{Csv, CsvQuery};
use crate::api::list::{ListQuery, Page};
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::exports::record_export;
use crate::ops::licenses::{assign, revoke};
use crate::{App, Error};

const COLUMNS: [&str; 4] = ["email", "name", "assigned_at", "last_used_at"];

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LicensedUserOut {
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub assigned_at: DateTime<Utc>,
    /// Email address of the person who assigned the license.
    pub assigned_by: String,
    pub last_used_at: Option<DateTime<Utc>>,
    /// The person has a live session.
    pub online: bool,
    /// The host of the person's latest live session.
    pub hostname: Option<String>,
}

impl From<LicensedUser> for LicensedUserOut {
    fn from(row: LicensedUser) -> Self {
        Self {
            user_id: row.user_id,
            email: row.email,
            first_name: row.first_name,
            last_name: row.last_name,
            assigned_at: row.assigned_at,
            assigned_by: row.assigned_by,
            last_used_at: row.last_used_at,
            online: row.hostname.is_some(),
            hostname: row.hostname,
        }
    }
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LicenseAssignmentsIn {
    /// 1 to 1,000 email addresses; a text may hold several, as people paste them.
    pub emails: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AssignmentOutcome {
    Assigned,
    AlreadyAssigned,
    NotAMember,
    NoSeat,
    Invalid,
}

impl From<assign::Outcome> for AssignmentOutcome {
    fn from(outcome: assign::Outcome) -> Self {
        match outcome {
            assign::Outcome::Assigned => Self::Assigned,
            assign::Outcome::AlreadyAssigned => Self::AlreadyAssigned,
            assign::Outcome::NotAMember => Self::NotAMember,
            assign::Outcome::NoSeat => Self::NoSeat,
            assign::Outcome::Invalid => Self::Invalid,
        }
    }
}

/// The result for one email address.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LicenseAssignmentOut {
    pub email: String,
    pub outcome: AssignmentOutcome,
    /// What happened, and what to do.
    pub message: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LicenseAssignmentsOut {
    /// In the order of the email addresses.
    pub results: Vec<LicenseAssignmentOut>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LicenseTransferIn {
    /// Email address of a member of the organization without this license.
    pub email: String,
}

/// Assigned people.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses/{product}/users", tag = "licenses",
    params(ProductPath, ListQuery), responses((status = OK, body = Page<LicensedUserOut>), AtScopeWithInput))]
pub(crate) async fn list_licensed_users(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
    UrlQuery(query): UrlQuery<ListQuery>,
) -> Result<Json<Page<LicensedUserOut>>, Error> {
    viewer(&app, &caller, path.id).await?;
    let (list, word) = (query.read(&COLUMNS)?, path.product.word());
    let total = assignment::count_licensed_users(&app.db, path.id, word, &list).await?;
    let rows = assignment::list_licensed_users(&app.db, path.id, word, &list).await?;
    Ok(Json(Page::new(rows.into_iter().map(Into::into).collect(), total)))
}

/// Assigned people, as CSV.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses/{product}/users/export", tag = "licenses",
    params(ProductPath, ListQuery, CsvQuery), responses((status = OK, content_type = "text/csv"), AtScopeWithInput))]
pub(crate) async fn export_licensed_users(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
    UrlQuery(query): UrlQuery<ListQuery>,
    UrlQuery(style): UrlQuery<CsvQuery>,
) -> Result<impl IntoResponse, Error> {
    viewer(&app, &caller, path.id).await?;
    let (list, word) = (query.read_all(&COLUMNS)?, path.product.word());
    let head = ["email", "first_name", "last_name", "assigned_at", "assigned_by", "last_used_at", "hostname"];
    let mut csv = Csv::new("licensed-users.csv", style, &head)?;
    let rows = assignment::list_licensed_users(&app.db, path.id, word, &list).await?;
    record_export(
        &app,
        &caller,
        (Level::Organization, path.id),
        OrganizationAction::ViewLicenseManagement,
        |scope| {
            Event::of(AuditAction::ExportLicensedUsers, scope)
                .detail("product", word)
                .detail("rows", rows.len())
        },
    )
    .await?;
    for row in rows {
        let (assigned, by) = (row.assigned_at.to_rfc3339(), row.assigned_by.as_str());
        let used = row.last_used_at.map(|time| time.to_rfc3339()).unwrap_or_default();
        let hostname = row.hostname.as_deref().unwrap_or_default();
        csv.row(&[&row.email, &row.first_name, &row.last_name, &assigned, by, &used, hostname])?;
    }
    Ok(csv)
}

/// Assigns licenses to many email addresses at once, with a result for each.
#[utoipa::path(post, path = "/api/v2/organizations/{id}/licenses/{product}/users", tag = "licenses",
    params(ProductPath), request_body = LicenseAssignmentsIn,
    responses((status = OK, body = LicenseAssignmentsOut), AtScopeWithInput))]
pub(crate) async fn assign_licenses(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
    Body(body): Body<LicenseAssignmentsIn>,
) -> Result<Json<LicenseAssignmentsOut>, Error> {
    let product = path.product;
    let outcomes = assign::assign(&app, &caller, path.id, product, &body.emails).await?;
    let results = outcomes.into_iter().map(|(email, outcome)| LicenseAssignmentOut {
        email,
        outcome: outcome.into(),
        message: outcome.message(product),
    });
    Ok(Json(LicenseAssignmentsOut { results: results.collect() }))
}

/// Revokes a person's assignment. The person's live session ends now.
#[utoipa::path(delete, path = "/api/v2/organizations/{id}/licenses/{product}/users/{item_id}", tag = "licenses",
    params(ProductItemPath), responses((status = NO_CONTENT), AtScope))]
pub(crate) async fn revoke_license(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductItemPath>,
) -> Result<StatusCode, Error> {
    revoke::revoke_user(&app, &caller, (path.id, path.product), path.item_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Transfers an assignment to another person. The first person's live session ends now.
#[utoipa::path(post, path = "/api/v2/organizations/{id}/licenses/{product}/users/{item_id}/transfer",
    tag = "licenses", params(ProductItemPath), request_body = LicenseTransferIn,
    responses((status = NO_CONTENT), AtScopeWithInput))]
pub(crate) async fn transfer_license(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductItemPath>,
    Body(body): Body<LicenseTransferIn>,
) -> Result<StatusCode, Error> {
    let at = (path.id, path.product);
    assign::transfer(&app, &caller, at, path.item_id, &body.email).await?;
    Ok(StatusCode::NO_CONTENT)
}
