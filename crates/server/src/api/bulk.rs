//! Bodies of requests about many people or things, and their answers.

use axum::Json;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::Role;
use utoipa::ToSchema;

use crate::ops::bulk::{Bulk, Row, UndoTicket};

/// 1 to 500 people.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct UserIdsIn {
    pub user_ids: Vec<i64>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RolesIn {
    pub user_ids: Vec<i64>,
    pub role: Role,
}

/// 1 to 500 things.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct IdsIn {
    pub ids: Vec<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BulkOutcome {
    Done,
    Refused,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BulkResultOut {
    pub id: i64,
    pub outcome: BulkOutcome,
    pub message: String,
}

/// For `POST /api/v2/undo/{id}`, by the same person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct UndoOut {
    pub id: i64,
    pub until: DateTime<Utc>,
}

/// One result for each id, in their order.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct BulkOut {
    pub results: Vec<BulkResultOut>,
    /// Absent: nothing was done, or it cannot be undone.
    pub undo: Option<UndoOut>,
}

impl From<Row> for BulkResultOut {
    fn from(Row { id, done, message }: Row) -> Self {
        let outcome = if done { BulkOutcome::Done } else { BulkOutcome::Refused };
        Self { id, outcome, message }
    }
}

impl From<Bulk> for BulkOut {
    fn from(Bulk { rows, undo }: Bulk) -> Self {
        let undo = undo.map(|UndoTicket { id, until }| UndoOut { id, until });
        Self { results: rows.into_iter().map(Into::into).collect(), undo }
    }
}

impl From<Bulk> for Json<BulkOut> {
    fn from(bulk: Bulk) -> Self {
        Json(bulk.into())
    }
}
