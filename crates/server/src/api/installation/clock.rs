//! `/api/v2/clock`: repairs the latest time seen after the server's clock was in the future.

use axum::extract::State;
use axum::http::StatusCode;
use testkeep_domain::permission::AccountAction;

use crate::http::error::ErrorBody;
use crate::identity::auth::Caller;
use crate::ops::change::Change;
use crate::ops::installation::clock;
use crate::{App, Error};

/// Accepts the server's clock as right after it was in the future, so that seats are given out again. By an Owner.
#[utoipa::path(post, path = "/api/v2/clock/reset", tag = "installation", responses((status = NO_CONTENT),
    (status = UNAUTHORIZED, body = ErrorBody), (status = FORBIDDEN, body = ErrorBody),
    (status = CONFLICT, body = ErrorBody)))]
pub(crate) async fn reset_clock(State(app): State<App>, caller: Caller) -> Result<StatusCode, Error> {
    let change = Change::begin_installation(&app, &caller, AccountAction::UpdateAccount).await?;
    clock::reset_clock(&app, change).await?;
    Ok(StatusCode::NO_CONTENT)
}
