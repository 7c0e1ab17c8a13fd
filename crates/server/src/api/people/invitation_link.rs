//! Invitations for the people who are invited: `/api/v2/invitation-link` and `/api/v2/me/invitations`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use testkeep_domain::Secret;
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Level, Role};
use utoipa::ToSchema;

use crate::api::body::Body;
use crate::api::path::UrlPath;
use crate::api::people::invitations::team_names;
use crate::api::word::{RoleWord, Word};
use crate::http::error::ErrorBody;
use crate::identity::access::Scope;
use crate::identity::auth::{Caller, ClientAddress};
use crate::ops::people::invitations::{self, ChosenPassword, Standing};
use crate::{App, Error};

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct InvitationLinkIn {
    /// The part of the link after `#token=`.
    pub token: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct InvitationPasswordIn {
    pub token: String,
    /// At least 8 characters.
    #[schema(value_type = String)]
    pub password: Secret,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct InvitationViewOut {
    pub email: String,
    /// Absent: the invitation is to the account.
    pub organization_name: Option<String>,
    /// Absent: the invitation is to the account.
    pub organization_id: Option<i64>,
    pub invited_by: String,
    pub state: LinkState,
    pub role: RoleWord,
    /// The teams that the person joins, by name.
    pub teams: Vec<String>,
    /// The products that the person gets, if a license is free.
    pub products: Vec<Product>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LinkState {
    MustSetPassword,
    /// A person who was removed enters their old password as proof. A link from a mail does not need it.
    ConfirmPassword,
    /// The email address has an account: sign in, then accept.
    SignIn,
    /// The invited person is signed in.
    Accept,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct JoinedOut {
    /// Absent: the person joined the account.
    pub organization_id: Option<i64>,
}

/// The invitation of a link, and the next step.
#[utoipa::path(post, path = "/api/v2/invitation-link/look", tag = "invitations", request_body = InvitationLinkIn,
    responses((status = OK, body = InvitationViewOut), (status = FORBIDDEN, body = ErrorBody),
    (status = GONE, body = ErrorBody)))]
pub(crate) async fn look_at_invitation_link(
    State(app): State<App>,
    caller: Option<Caller>,
    Body(body): Body<InvitationLinkIn>,
) -> Result<Json<InvitationViewOut>, Error> {
    let view = invitations::open(&app, caller.as_ref(), &body.token).await?;
    let to_organization = view.invitation.scope_level == Level::Organization.as_str();
    let organization_id = to_organization.then_some(view.invitation.scope_id);
    let teams = team_names(&app, organization_id, invitations::team_ids(&view.invitation)).await?;
    let mut teams: Vec<String> = teams.into_values().collect();
    teams.sort_unstable();
    Ok(Json(InvitationViewOut {
        organization_id,
        teams,
        products: invitations::products(&view.invitation),
        role: Word::read(view.invitation.role.clone(), Role::parse),
        organization_name: to_organization.then_some(view.invitation.scope_name),
        email: view.invitation.email,
        invited_by: view.invitation.inviter_email,
        state: view.standing.into(),
    }))
}

/// A new person chooses a password; a person who was removed enters the old one. The next sign-in joins.
#[utoipa::path(post, path = "/api/v2/invitation-link/password", tag = "invitations",
    request_body = InvitationPasswordIn, responses((status = NO_CONTENT), (status = FORBIDDEN, body = ErrorBody),
    (status = CONFLICT, body = ErrorBody), (status = GONE, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn set_password_by_invitation(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    caller: Option<Caller>,
    Body(body): Body<InvitationPasswordIn>,
) -> Result<StatusCode, Error> {
    let InvitationPasswordIn { token, password, first_name, last_name } = body;
    let chosen = ChosenPassword { password, first_name, last_name, address };
    invitations::set_password(&app, caller.as_ref(), &token, chosen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The signed-in person accepts the link's invitation.
#[utoipa::path(post, path = "/api/v2/invitation-link/accept", tag = "invitations", request_body = InvitationLinkIn,
    responses((status = OK, body = JoinedOut), (status = UNAUTHORIZED, body = ErrorBody),
    (status = FORBIDDEN, body = ErrorBody), (status = GONE, body = ErrorBody)))]
pub(crate) async fn accept_invitation_link(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<InvitationLinkIn>,
) -> Result<Json<JoinedOut>, Error> {
    invitations::accept_by_link(&app, &caller, &body.token).await.map(|scope| joined(&scope))
}

/// Accepts an invitation to the caller's own email address.
#[utoipa::path(post, path = "/api/v2/me/invitations/{id}/accept", tag = "invitations", params(("id" = i64, Path)),
    responses((status = OK, body = JoinedOut), (status = UNAUTHORIZED, body = ErrorBody),
    (status = NOT_FOUND, body = ErrorBody), (status = GONE, body = ErrorBody)))]
pub(crate) async fn accept_own_invitation(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<JoinedOut>, Error> {
    invitations::accept_own(&app, &caller, id).await.map(|scope| joined(&scope))
}

/// Declines an invitation to the caller's own email address.
#[utoipa::path(post, path = "/api/v2/me/invitations/{id}/decline", tag = "invitations", params(("id" = i64, Path)),
    responses((status = NO_CONTENT), (status = UNAUTHORIZED, body = ErrorBody),
    (status = NOT_FOUND, body = ErrorBody), (status = GONE, body = ErrorBody)))]
pub(crate) async fn decline_own_invitation(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<StatusCode, Error> {
    invitations::decline_own(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn joined(scope: &Scope) -> Json<JoinedOut> {
    Json(JoinedOut { organization_id: scope.organization_id })
}

impl From<Standing> for LinkState {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::MustSetPassword => Self::MustSetPassword,
            Standing::ConfirmPassword => Self::ConfirmPassword,
            Standing::SignIn => Self::SignIn,
            Standing::Accept => Self::Accept,
        }
    }
}
