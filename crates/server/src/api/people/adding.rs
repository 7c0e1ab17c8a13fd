//! `POST /api/v2/{level}/{id}/users` and `GET …/candidates`: adds people of an organization to its teams and projects.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use testkeep_store::List;
use testkeep_store::people::candidate;
use utoipa::{IntoParams, ToSchema};

use crate::api::body::Body;
use crate::api::level::ScopePath;
use crate::api::list::ListQuery;
use crate::api::path::UrlPath;
use crate::api::people::groups::{GroupOut, group_out};
use crate::api::query::UrlQuery;
use crate::api::refusals::AtScopeWithInput;
use crate::api::types::PersonOut;
use crate::identity::auth::Caller;
use crate::ops::people::adding::{self, Added, add};
use crate::{App, Error};

/// Maximum number of people and of groups in an answer; a more exact search finds others.
const CANDIDATES: i64 = 20;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AddIn {
    /// People of the organization, at most 1,000 ids.
    #[serde(default)]
    pub user_ids: Vec<i64>,
    /// User groups of the organization, at most 1,000 ids; adds the people who are in them now.
    #[serde(default)]
    pub group_ids: Vec<i64>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AddedOut {
    pub added: i64,
    /// Number of people who were there before; their roles do not change.
    pub already: i64,
}

/// People and groups that the caller may add.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct CandidatesOut {
    pub users: Vec<PersonOut>,
    /// Groups with at least one person who is not there yet.
    pub groups: Vec<GroupOut>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Search {
    /// Part of a name or an email address.
    pub search: Option<String>,
}

impl Search {
    pub(in crate::api) fn read(self) -> Result<List, Error> {
        let query = ListQuery { search: self.search, ..ListQuery::default() };
        Ok(List { limit: CANDIDATES, ..query.read_all(&[])? })
    }
}

impl From<Added> for AddedOut {
    fn from(Added { added, already }: Added) -> Self {
        Self { added, already }
    }
}

/// Adds people of the organization to a team or project, as Members.
#[utoipa::path(post, path = "/api/v2/{level}/{id}/users", tag = "users", params(ScopePath), request_body = AddIn,
    responses((status = OK, body = AddedOut), AtScopeWithInput))]
pub(crate) async fn add_users(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    Body(body): Body<AddIn>,
) -> Result<Json<AddedOut>, Error> {
    let to = (place.level.into(), place.id);
    let added = adding::add_users(&app, &caller, to, &body.user_ids, &body.group_ids).await?;
    Ok(Json(added.into()))
}

/// People and user groups of the organization that may be added to a team or project, at most 20 of each.
#[utoipa::path(get, path = "/api/v2/{level}/{id}/candidates", tag = "users", params(ScopePath, Search),
    responses((status = OK, body = CandidatesOut), AtScopeWithInput))]
pub(crate) async fn list_candidates(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    UrlQuery(search): UrlQuery<Search>,
) -> Result<Json<CandidatesOut>, Error> {
    let action = add(place.level.into())?;
    let access = caller.access(&app.db, place.level.into(), place.id).await?;
    access.require(action)?;
    let organization_id = access.scope.organization_id.ok_or(Error::NotFound)?;
    let list = search.read()?;
    let users = candidate::list_member_candidates(&app.db, organization_id, place.id, &list).await?;
    let groups = candidate::list_group_candidates(&app.db, organization_id, place.id, &list).await?;
    Ok(Json(CandidatesOut {
        users: users.into_iter().map(Into::into).collect(),
        groups: groups.into_iter().map(|row| group_out(row, &access)).collect(),
    }))
}
