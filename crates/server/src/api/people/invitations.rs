//! Invitations for the people who invite: `/api/v2/{level}/{id}/invitations` and `/api/v2/invitations/{id}`.

use std::collections::{BTreeSet, HashMap};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::invitation::Delivery;
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Denied, InvitationAction, Level, Role};
use testkeep_store::list::Slice;
use testkeep_store::people::invitation::{self, Invitation};
use testkeep_store::people::invitation_offer;
use utoipa::{IntoParams, ToSchema};

use crate::api::body::Body;
use crate::api::level::ScopePath;
use crate::api::list::{CursorQuery, ListQuery, Page, SeekQuery};
use crate::api::path::UrlPath;
use crate::api::people::invitation_delivery::{DeliveryOut, Mails};
use crate::api::people::users::invite;
use crate::api::query::UrlQuery;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::api::word::{RoleWord, Word};
use crate::identity::access::Access;
use crate::identity::auth::Caller;
use crate::ops::people::invitations::{self, Inviters, Offer, Outcome, State as Stand};
use crate::{App, Error};

const COLUMNS: [&str; 3] = ["created_at", "email", "expires_at"];

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct InvitationsIn {
    /// One or more email addresses, separated by comma, semicolon or white space.
    pub addresses: String,
    /// A project of the organization, which the invited people join too.
    pub project_id: Option<i64>,
    /// The role that the invited people get; default: Member.
    pub role: Option<Role>,
    /// Teams of the organization that the invited people join.
    #[serde(default)]
    pub team_ids: Vec<i64>,
    /// Products that are assigned to the invited people when they accept. Those for whom no license is free then join
    /// without one.
    #[serde(default)]
    pub products: Vec<Product>,
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
    pub role: RoleWord,
    /// The teams that the person joins, by name.
    pub teams: Vec<String>,
    /// The products that the person gets when they accept, if a license is free then.
    pub products: Vec<Product>,
    pub delivery: DeliveryOut,
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

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryFilter {
    #[param(inline)]
    pub delivery: Option<Delivery>,
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
    let offer = Offer {
        role: body.role.unwrap_or(Role::Member),
        team_ids: body.team_ids.into_iter().collect(),
        products: body.products,
    };
    let invited = invitations::invite(&app, &caller, at, &body.addresses, (body.project_id, &offer)).await?;
    let access = caller.access(&app.db, at.0, at.1).await?;
    let mut shown =
        Shown::of(&app, &access, invited.iter().filter_map(|one| one.invitation.as_ref())).await?;
    let mut results = Vec::with_capacity(invited.len());
    for one in invited {
        let invitation = match one.invitation {
            Some(row) => Some(shown.show(row).await?),
            None => None,
        };
        let (address, outcome, message) = (one.address, one.outcome.into(), one.message);
        results.push(InvitationResultOut { address, outcome, message, invitation });
    }
    Ok(Json(InvitationResultsOut { results }))
}

/// Pending Activations: invitations of people who have not joined yet.
#[utoipa::path(get, path = "/api/v2/{level}/{id}/invitations", tag = "invitations", params(ScopePath, ListQuery, CursorQuery, DeliveryFilter),
    responses((status = OK, body = Page<InvitationOut>), AtScopeWithInput))]
pub(crate) async fn list_invitations(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    query: SeekQuery,
    UrlQuery(filter): UrlQuery<DeliveryFilter>,
) -> Result<Json<Page<InvitationOut>>, Error> {
    let action = invite(place.level.into())?;
    let access = caller.access(&app.db, place.level.into(), place.id).await?;
    access.require(action)?;
    let list = query.read(&COLUMNS, true)?;
    let at = (filter.delivery.map(Delivery::as_str), app.clock.now());
    let total = invitation::count_open_invitations(&app.db, place.id, at, &list).await?;
    let slice = invitation::list_open_invitations(&app.db, place.id, at, &list).await?;
    let mut shown = Shown::of(&app, &access, &slice.rows).await?;
    let mut rows = Vec::new();
    for row in slice.rows {
        rows.push(shown.show(row).await?);
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
    let mut shown = Shown::of(&app, &access, [&row]).await?;
    shown.show(row).await.map(Json)
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

/// Data that the rows of one answer share.
struct Shown<'a> {
    app: &'a App,
    access: &'a Access,
    inviters: Inviters,
    mails: Mails,
    teams: HashMap<i64, String>,
}

impl<'a> Shown<'a> {
    async fn of<'r>(
        app: &'a App,
        access: &'a Access,
        rows: impl IntoIterator<Item = &'r Invitation> + Clone,
    ) -> Result<Self, Error> {
        let ids: BTreeSet<i64> = rows.clone().into_iter().flat_map(invitations::team_ids).collect();
        let teams = team_names(app, access.scope.organization_id, ids).await?;
        let mails = Mails::of(&app.db, rows).await?;
        Ok(Self { app, access, inviters: Inviters::default(), mails, teams })
    }

    async fn show(&mut self, row: Invitation) -> Result<InvitationOut, Error> {
        let (app, roles, now) = (self.app, &self.access.roles, self.app.clock.now());
        let state = self.inviters.state(&app.db, &row, now).await?;
        let actions = invitations::possible_actions(self.access.scope.level, &row);
        let works = matches!(state, Stand::MustSetPassword | Stand::NotAccepted);
        let denied = roles.denied(&actions).into_iter();
        let teams = invitations::team_ids(&row).into_iter().filter_map(|id| self.teams.get(&id).cloned());
        Ok(InvitationOut {
            actions: roles.allowed(&actions).into_iter().filter_map(InvitationAction::of).collect(),
            denied: denied.map(|denied| denied.filter_map(InvitationAction::of)).collect(),
            link: invitations::link(app, &row.nonce, &row.token_hash).filter(|_| works),
            state: state.into(),
            delivery: self.mails.delivery(&row, now),
            teams: teams.collect(),
            products: invitations::products(&row),
            id: row.id,
            role: Word::read(row.role.clone(), Role::parse),
            email: row.email,
            invited_by: row.inviter_email,
            created_at: row.created_at,
            expires_at: row.expires_at,
            project_id: row.project_id,
            project_name: row.project_name,
        })
    }
}

pub(super) async fn team_names(
    app: &App,
    organization_id: Option<i64>,
    ids: BTreeSet<i64>,
) -> Result<HashMap<i64, String>, Error> {
    let Some(organization_id) = organization_id.filter(|_| !ids.is_empty()) else {
        return Ok(HashMap::new());
    };
    let teams = invitation_offer::list_offered_teams(&app.db, organization_id, ids).await?;
    Ok(teams.into_iter().map(|team| (team.id, team.name)).collect())
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
