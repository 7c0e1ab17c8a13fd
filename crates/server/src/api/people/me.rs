//! `GET /api/v2/me`: who is signed in and what they may do. The UI knows actions, never roles.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::{AccountAction, Denied, Level, Role};
use testkeep_store::scope::ACCOUNT;
use testkeep_store::{invitation, user};
use utoipa::ToSchema;

use crate::api::scopes::organizations::{OrganizationAccessOut, visible_organizations};
use crate::api::types::UserOut;
use crate::http::error::ErrorBody;
use crate::identity::auth::Caller;
use crate::{App, Error};

#[derive(Serialize, Deserialize, ToSchema)]
pub struct MeOut {
    pub user: UserOut,
    /// Role at the account level.
    pub account_role: Option<Role>,
    /// Allowed actions at the account level.
    pub actions: Vec<AccountAction>,
    /// What is not, and why.
    pub denied: Vec<Denied<AccountAction>>,
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
    /// It is accepted by its link alone: no mail has shown yet that the address is the caller's.
    pub needs_link: bool,
    pub expires_at: DateTime<Utc>,
}

/// The person who is signed in.
#[utoipa::path(get, path = "/api/v2/me", tag = "me", responses(
    (status = OK, body = MeOut), (status = UNAUTHORIZED, body = ErrorBody),
))]
pub async fn find_me(State(app): State<App>, caller: Caller) -> Result<Json<MeOut>, Error> {
    show_me(&app, &caller).await.map(Json)
}

pub(in crate::api) async fn show_me(app: &App, caller: &Caller) -> Result<MeOut, Error> {
    let user = user::find_user(&app.db, caller.user_id).await?.ok_or(Error::Unauthorized)?;
    let account = caller.access(&app.db, Level::Account, ACCOUNT).await?;
    let invited = invitation::list_invitations_of(&app.db, &caller.email, app.clock.now()).await?;
    let needs_link = !invited.is_empty() && !user::is_address_proven(&app.db, caller.user_id).await?;
    Ok(MeOut {
        user: user.into(),
        account_role: account.roles.account,
        actions: account.roles.allowed(AccountAction::ALL),
        denied: account.roles.denied(AccountAction::ALL),
        organizations: visible_organizations(app, caller, &account.roles).await?,
        invitations: invited.into_iter().map(|row| OpenInvitationOut::new(row, needs_link)).collect(),
    })
}

impl OpenInvitationOut {
    fn new(row: invitation::Invitation, needs_link: bool) -> Self {
        Self {
            id: row.id,
            organization_name: (row.scope_level == Level::Organization.as_str()).then_some(row.scope_name),
            invited_by: row.inviter_email,
            needs_link,
            expires_at: row.expires_at,
        }
    }
}
