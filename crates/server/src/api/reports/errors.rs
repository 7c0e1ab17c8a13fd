//! What failed in an execution, grouped by equal errors.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use testkeep_store::reports::test_result_list::{self, NamedResult};
use utoipa::ToSchema;

use super::visible_execution;
use crate::api::path::UrlPath;
use crate::api::refusals::AtScope;
use crate::identity::auth::Caller;
use crate::{App, Error};

/// Groups of one answer.
const GROUPS: i64 = 50;
/// Results of one group.
const RESULTS: i64 = 5;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ErrorGroupsOut {
    /// The first 50: groups with new failures first, then the largest.
    pub groups: Vec<ErrorGroupOut>,
}

/// Results with the same error, whatever numbers are in it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ErrorGroupOut {
    pub key: String,
    pub error_type: Option<String>,
    /// Of the first result.
    pub error_message: String,
    pub count: i64,
    /// Number of results whose test case passed before, or did not exist.
    pub new_count: i64,
    /// The first five.
    pub results: Vec<NamedResultOut>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct NamedResultOut {
    pub id: i64,
    pub suite: String,
    pub name: String,
}

impl From<NamedResult> for NamedResultOut {
    fn from(row: NamedResult) -> Self {
        Self { id: row.id, suite: row.suite, name: row.name }
    }
}

/// What failed in an execution, grouped by equal errors.
#[utoipa::path(get, path = "/api/v2/executions/{id}/errors", tag = "executions", params(("id" = i64, Path)),
    responses((status = OK, body = ErrorGroupsOut), AtScope))]
pub(crate) async fn list_errors(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<ErrorGroupsOut>, Error> {
    visible_execution(&app, &caller, id).await?;
    let mut groups = Vec::new();
    for group in test_result_list::list_error_groups(&app.db, id, GROUPS).await? {
        let rows = test_result_list::list_with_error(&app.db, id, &group.error_key, RESULTS).await?;
        let first = rows.first().cloned();
        groups.push(ErrorGroupOut {
            key: group.error_key,
            error_type: first.as_ref().and_then(|row| row.error_type.clone()),
            error_message: first.and_then(|row| row.error_message).unwrap_or_default(),
            count: group.count,
            new_count: group.new_count,
            results: rows.into_iter().map(Into::into).collect(),
        });
    }
    Ok(Json(ErrorGroupsOut { groups }))
}
