//! Invitations: `/api/v2/{level}/{id}/invitations` and `/api/v2/invitations/{id}` for the people who invite,
//! `/api/v2/invitation-link` and `/api/v2/me/invitations` for the people who are invited.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::Secret;
use testkeep_domain::permission::{Denied, InvitationAction, Level};
use testkeep_store::list::Slice;
use testkeep_store::people::invitation::{self, Invitation};
use utoipa::ToSchema;

use crate::api::body::Body;
use crate::api::level::ScopePath;
use crate::api::list::{CursorQuery, ListQuery, Page, SeekQuery};
use crate::api::path::UrlPath;
use crate::api::people::users::invite;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::http::error::ErrorBody;
use crate::identity::access::{Access, Scope};
use crate::identity::auth::{Caller, ClientAddress};
use crate::ops::people::invitations::{self, ChosenPassword, Inviters, Outcome, Standing, State as Stand};
use crate::{App, Error};

const COLUMNS: [&str; 3] = ["created_at", "email", "expires_at"];

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct InvitationsIn {
    /// One or more email addresses, separated by comma, semicolon or white space.
    pub addresses: String,
    /// A project of the organization, which the invited people join too.
    pub project_id: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct InvitationResultsOut {
    /// In the order of the email addresses.
    pub results: Vec<InvitationResultOut>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct InvitationResultOut {
    pub address: String,
    pub outcome: OutcomeName,
    pub message: String,
    pub invitation: Option<InvitationOut>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OutcomeName {
    Invited,
    InvitedAgain,
    AlreadyMember,
    Duplicate,
    Invalid,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct InvitationOut {
    pub id: i64,
    pub email: String,
    pub state: InvitationState,
    /// The link for the invited person; absent when it cannot work any more. Send the invitation again to get a new
    /// one.
    pub link: Option<String>,
    pub invited_by: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub project_id: Option<i64>,
    pub project_name: Option<String>,
    /// Actions that the caller may do with the invitation.
    pub actions: Vec<InvitationAction>,
    /// Actions that the caller may not do, with the reason.
    pub denied: Vec<Denied<InvitationAction>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InvitationState {
    MustSetPassword,
    NotAccepted,
    /// A new person chose a password by the link, and joins at the first sign-in.
    WaitsForSignIn,
    Expired,
    /// The inviter may no longer invite. Sending the invitation again makes the sender the inviter.
    InviterMayNot,
}

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
    pub invited_by: String,
    pub state: LinkState,
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

/// Invites people. Each email address gets its own result.
#[utoipa::path(post, path = "/api/v2/{level}/{id}/invitations", tag = "invitations", params(ScopePath),
    request_body = InvitationsIn, responses((status = OK, body = InvitationResultsOut), AtScopeWithInput))]
pub(crate) async fn create_invitations(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    Body(body): Body<InvitationsIn>,
) -> Result<Json<InvitationResultsOut>, Error> {
    let at = (place.level.into(), place.id);
    let invited = invitations::invite(&app, &caller, at, &body.addresses, body.project_id).await?;
    let access = caller.access(&app.db, at.0, at.1).await?;
    let mut inviters = Inviters::default();
    let mut results = Vec::with_capacity(invited.len());
    for one in invited {
        let invitation = match one.invitation {
            Some(row) => Some(show(&app, row, &access, &mut inviters).await?),
            None => None,
        };
        let (address, outcome, message) = (one.address, one.outcome.into(), one.message);
        results.push(InvitationResultOut { address, outcome, message, invitation });
    }
    Ok(Json(InvitationResultsOut { results }))
}

/// Pending Activations: invitations of people who have not joined yet.
#[utoipa::path(get, path = "/api/v2/{level}/{id}/invitations", tag = "invitations", params(ScopePath, ListQuery, CursorQuery),
    responses((status = OK, body = Page<InvitationOut>), AtScopeWithInput))]
pub(crate) async fn list_invitations(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    query: SeekQuery,
) -> Result<Json<Page<InvitationOut>>, Error> {
    let action = invite(place.level.into())?;
    let access = caller.access(&app.db, place.level.into(), place.id).await?;
    access.require(action)?;
    let list = query.read(&COLUMNS, true)?;
    let total = invitation::count_open_invitations(&app.db, place.id, &list).await?;
    let mut inviters = Inviters::default();
    let slice = invitation::list_open_invitations(&app.db, place.id, &list).await?;
    let mut rows = Vec::new();
    for row in slice.rows {
        rows.push(show(&app, row, &access, &mut inviters).await?);
    }
    Ok(Json(Page::seeked(&list, Slice { rows, next: slice.next, previous: slice.previous }, total)))
}

/// Extends an invitation's expiry, and makes a new link if the old one cannot work any more.
#[utoipa::path(post, path = "/api/v2/invitations/{id}/resend", tag = "invitations", params(("id" = i64, Path)),
    responses((status = OK, body = InvitationOut), AtScope))]
pub(crate) async fn resend_invitation(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<InvitationOut>, Error> {
    let row = invitations::resend(&app, &caller, id).await?;
    let level = Level::parse(&row.scope_level).ok_or(Error::NotFound)?;
    let access = caller.access(&app.db, level, row.scope_id).await?;
    show(&app, row, &access, &mut Inviters::default()).await.map(Json)
}

/// Revokes an invitation: its link stops working.
#[utoipa::path(delete, path = "/api/v2/invitations/{id}", tag = "invitations", params(("id" = i64, Path)),
    responses((status = NO_CONTENT), AtScope))]
pub(crate) async fn delete_invitation(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<StatusCode, Error> {
    invitations::revoke(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn show(
    app: &App,
    row: Invitation,
    access: &Access,
    inviters: &mut Inviters,
) -> Result<InvitationOut, Error> {
    let state = inviters.state(&app.db, &row, app.clock.now()).await?;
    let actions = invitations::possible_actions(access.scope.level, &row);
    let works = matches!(state, Stand::MustSetPassword | Stand::NotAccepted);
    Ok(InvitationOut {
        actions: access.roles.allowed(&actions).into_iter().filter_map(InvitationAction::of).collect(),
        denied: access
            .roles
            .denied(&actions)
            .into_iter()
            .map(|denied| denied.filter_map(InvitationAction::of))
            .collect(),
        link: invitations::link(app, &row.nonce, &row.token_hash).filter(|_| works),
        state: state.into(),
        id: row.id,
        email: row.email,
        invited_by: row.inviter_email,
        created_at: row.created_at,
        expires_at: row.expires_at,
        project_id: row.project_id,
        project_name: row.project_name,
    })
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
    let view = invitations::look(&app, caller.as_ref(), &body.token).await?;
    let to_organization = view.invitation.scope_level == Level::Organization.as_str();
    Ok(Json(InvitationViewOut {
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

impl From<Outcome> for OutcomeName {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Invited => Self::Invited,
            Outcome::InvitedAgain => Self::InvitedAgain,
            Outcome::AlreadyMember => Self::AlreadyMember,
            Outcome::Duplicate => Self::Duplicate,
            Outcome::Invalid => Self::Invalid,
        }
    }
}

impl From<Stand> for InvitationState {
    fn from(state: Stand) -> Self {
        match state {
            Stand::MustSetPassword => Self::MustSetPassword,
            Stand::NotAccepted => Self::NotAccepted,
            Stand::WaitsForSignIn => Self::WaitsForSignIn,
            Stand::Expired => Self::Expired,
            Stand::InviterMayNot => Self::InviterMayNot,
        }
    }
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
