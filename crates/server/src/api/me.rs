//! `GET /api/v2/me`: who is signed in and what they may do. The UI knows actions, never roles.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::Level;
use testkeep_store::scope::ACCOUNT;
use testkeep_store::{invitation, user};
use utoipa::ToSchema;

use super::organizations::{OrganizationAccessOut, visible_organizations};
use super::types::{RoleName, UserOut};
use crate::auth::Caller;
use crate::error::ErrorBody;
use crate::{App, Error};

#[derive(Serialize, Deserialize, ToSchema)]
pub struct MeOut {
    pub user: UserOut,
    /// Role at the account level.
    pub account_role: Option<RoleName>,
    /// Allowed actions at the account level.
    pub actions: Vec<String>,
    pub organizations: Vec<OrganizationAccessOut>,
    /// What the person was asked to join and has not answered.
    pub invitations: Vec<OpenInvitationOut>,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct OpenInvitationOut {
    pub id: i64,
    /// Absent: to the account.
    pub organization_name: Option<String>,
    pub invited_by: String,
    pub expires_at: DateTime<Utc>,
}

/// The person who is signed in.
#[utoipa::path(get, path = "/api/v2/me", tag = "me", responses(
    (status = OK, body = MeOut), (status = UNAUTHORIZED, body = ErrorBody),
))]
pub async fn find_me(State(app): State<App>, caller: Caller) -> Result<Json<MeOut>, Error> {
    show_me(&app, &caller).await.map(Json)
}

pub(super) async fn show_me(app: &App, caller: &Caller) -> Result<MeOut, Error> {
    let user = user::find_user(&app.db, caller.user_id).await?.ok_or(Error::Unauthorized)?;
    let account = caller.access(&app.db, Level::Account, ACCOUNT).await?;
    let invited = invitation::list_invitations_of(&app.db, &caller.email, app.clock.now()).await?;
    Ok(MeOut {
        user: user.into(),
        account_role: account.roles.account.map(Into::into),
        actions: account.actions(),
        organizations: visible_organizations(app, caller, &account.roles).await?,
        invitations: invited.into_iter().map(Into::into).collect(),
    })
}

impl From<invitation::Invitation> for OpenInvitationOut {
    fn from(row: invitation::Invitation) -> Self {
        Self {
            id: row.id,
            organization_name: (row.scope_level == Level::Organization.as_str()).then_some(row.scope_name),
            invited_by: row.inviter_email,
            expires_at: row.expires_at,
        }
    }
}
