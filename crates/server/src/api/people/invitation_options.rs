//! What an inviter sees before inviting: `/api/v2/{level}/{id}/invitation-options` and
//! `/api/v2/{level}/{id}/invitation-checks`.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use testkeep_domain::license::Product;
use testkeep_domain::permission::Role;
use utoipa::ToSchema;

use crate::api::body::Body;
use crate::api::level::ScopePath;
use crate::api::path::UrlPath;
use crate::api::people::invitations::OutcomeName;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::identity::auth::Caller;
use crate::ops::people::invitations;
use crate::{App, Error};

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct InvitationOptionsOut {
    /// Roles that the caller may give.
    pub roles: Vec<Role>,
    /// Teams that the caller may add people to; empty for the account.
    pub teams: Vec<NamedTeamOut>,
    /// Products that the caller may assign; empty for the account.
    pub licenses: Vec<FreeLicensesOut>,
    /// A mail server sends the links. Without one, the inviter hands them over.
    pub sends_mail: bool,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct NamedTeamOut {
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FreeLicensesOut {
    pub product: Product,
    /// Licenses that can be assigned now; absent: any number.
    pub free: Option<i64>,
    /// People who were invited with this product and may still accept. No seat is kept for them.
    pub promised: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct InvitationChecksIn {
    /// One or more email addresses, as for an invitation.
    pub addresses: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct InvitationChecksOut {
    /// In the order of the email addresses.
    pub checks: Vec<InvitationCheckOut>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct InvitationCheckOut {
    /// The text as it was given.
    pub address: String,
    /// The email address in its one spelling; absent: the text is not an email address.
    pub email: Option<String>,
    /// What inviting the address would answer now.
    pub outcome: OutcomeName,
    pub message: String,
}

/// What the caller may give to people they invite.
#[utoipa::path(get, path = "/api/v2/{level}/{id}/invitation-options", tag = "invitations", params(ScopePath),
    responses((status = OK, body = InvitationOptionsOut), AtScope))]
pub(crate) async fn find_invitation_options(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
) -> Result<Json<InvitationOptionsOut>, Error> {
    let options = invitations::options(&app, &caller, place.level.into(), place.id).await?;
    Ok(Json(InvitationOptionsOut {
        roles: options.roles,
        teams: options.teams.into_iter().map(|team| NamedTeamOut { id: team.id, name: team.name }).collect(),
        licenses: options
            .licenses
            .into_iter()
            .map(|it| FreeLicensesOut { product: it.product, free: it.free, promised: it.promised })
            .collect(),
        sends_mail: options.sends_mail,
    }))
}

/// Returns, for each email address, the result that an invitation would have. Sends no invitation.
#[utoipa::path(post, path = "/api/v2/{level}/{id}/invitation-checks", tag = "invitations", params(ScopePath),
    request_body = InvitationChecksIn, responses((status = OK, body = InvitationChecksOut), AtScopeWithInput))]
pub(crate) async fn check_invitations(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    Body(body): Body<InvitationChecksIn>,
) -> Result<Json<InvitationChecksOut>, Error> {
    let at = (place.level.into(), place.id);
    let checked = invitations::check(&app, &caller, at, &body.addresses).await?;
    let checks = checked.into_iter().map(|it| InvitationCheckOut {
        email: it.email().map(str::to_owned),
        outcome: it.outcome.into(),
        message: it.message,
        address: it.address,
    });
    Ok(Json(InvitationChecksOut { checks: checks.collect() }))
}
