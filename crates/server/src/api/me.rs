//! `GET /api/v2/me`: who is signed in and what they may do. The UI knows actions, never roles.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::{AccountAction, Role};
use testkeep_store::account;
use utoipa::ToSchema;

use super::types::UserOut;
use crate::auth::Caller;
use crate::error::ErrorBody;
use crate::{App, Error};

#[derive(Serialize, Deserialize, ToSchema)]
pub struct MeOut {
    pub user: UserOut,
    /// Role at the account level; most people have none.
    pub account_role: Option<String>,
    /// Allowed actions at the account level.
    pub actions: Vec<String>,
}

/// The person who is signed in.
#[utoipa::path(get, path = "/api/v2/me", tag = "sessions", responses(
    (status = OK, body = MeOut), (status = UNAUTHORIZED, body = ErrorBody),
))]
pub async fn find_me(State(app): State<App>, caller: Caller) -> Result<Json<MeOut>, Error> {
    let role = account::find_account_role(&app.db, caller.session.user_id).await?;
    let role = role.as_deref().and_then(Role::parse);
    let actions = AccountAction::ALL
        .iter()
        .filter(|action| role.is_some_and(|role| action.is_allowed(role)))
        .map(|action| action.as_str().to_owned())
        .collect();
    Ok(Json(MeOut { user: caller.into(), account_role: role.map(|role| role.as_str().to_owned()), actions }))
}
