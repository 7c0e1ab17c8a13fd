//! People of the organization who have no license of a product: those to whom one can be assigned or transferred.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::{Level, OrganizationAction};
use testkeep_store::licenses::assignment;
use utoipa::ToSchema;

use super::ProductPath;
use crate::api::path::UrlPath;
use crate::api::people::adding::Search;
use crate::api::query::UrlQuery;
use crate::api::refusals::AtScopeWithInput;
use crate::api::types::PersonOut;
use crate::identity::auth::Caller;
use crate::{App, Error};

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LicenseCandidatesOut {
    /// At most 20, by name; a more exact search finds others.
    pub users: Vec<PersonOut>,
}

/// People who have no license of a product yet.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses/{product}/candidates", tag = "licenses",
    params(ProductPath, Search), responses((status = OK, body = LicenseCandidatesOut), AtScopeWithInput))]
pub(crate) async fn list_license_candidates(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
    UrlQuery(search): UrlQuery<Search>,
) -> Result<Json<LicenseCandidatesOut>, Error> {
    let access = caller.access(&app.db, Level::Organization, path.id).await?;
    access.require(OrganizationAction::AssignLicense)?;
    let list = search.read()?;
    let people = assignment::list_candidates(&app.db, path.id, path.product.word(), &list).await?;
    Ok(Json(LicenseCandidatesOut { users: people.into_iter().map(Into::into).collect() }))
}
