//! `GET /api/v2/me`: the signed-in person and their permissions. The UI works with actions, never with roles.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::{AccountAction, Denied, Level, Role};
use testkeep_store::people::{invitation, user};
use testkeep_store::scopes::scope::ACCOUNT;
use utoipa::ToSchema;

use crate::api::scopes::organizations::{OrganizationAccessOut, visible_organizations};
use crate::api::types::UserOut;
use crate::http::error::ErrorBody;
use crate::identity::auth::Caller;
use crate::{App, Error};

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct MeOut {
    pub user: UserOut,
    /// Role in the account.
    pub account_role: Option<Role>,
    /// Actions in the account that are allowed.
    pub actions: Vec<AccountAction>,
    /// Actions that are not allowed, with the reason.
    pub denied: Vec<Denied<AccountAction>>,
    pub organizations: Vec<OrganizationAccessOut>,
    /// Invitations that the person has not answered.
    pub invitations: Vec<OpenInvitationOut>,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct OpenInvitationOut {
    pub id: i64,
    /// Absent: the invitation is to the account.
    pub organization_name: Option<String>,
    pub invited_by: String,
    /// Only the link can accept it, because no mail has proven yet that the email address belongs to the caller.
    pub needs_link: bool,
    pub expires_at: DateTime<Utc>,
}

/// The signed-in person.
#[utoipa::path(get, path = "/api/v2/me", tag = "me", responses(
    (status = OK, body = MeOut), (status = UNAUTHORIZED, body = ErrorBody),
))]
pub(crate) async fn find_me(State(app): State<App>, caller: Caller) -> Result<Json<MeOut>, Error> {
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
