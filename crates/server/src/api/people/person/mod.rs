//! `GET /api/v2/people/{user_id}`: one person, with everything about them that the caller may see.
//!
//! A person whom no list of the caller shows is answered as if they did not exist. A part that the caller may not see is
//! absent; each part has at most [`PART_MAX`] rows.

mod events;
mod licenses;
mod places;
mod safety;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::AccountAction;
use testkeep_store::people::member::{self, Membership};
use testkeep_store::people::user;
use utoipa::ToSchema;

use crate::api::audit_events::AuditEventOut;
use crate::api::path::UrlPath;
use crate::api::people::api_keys::ApiKeyOut;
use crate::api::people::profile::SessionOut;
use crate::api::refusals::AtScope;
use crate::identity::auth::Caller;
use crate::identity::visible::{MEMBERSHIPS_MAX, Visible};
use crate::{App, Error};

pub(crate) use licenses::{PersonLicenseOut, PersonSeatOut};
pub(crate) use places::{PersonGroupOut, PersonInvitationOut, PersonPlaceOut};

/// Maximum number of rows of each part.
const PART_MAX: usize = 10;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FoundPersonOut {
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    /// `false`: the person was removed from the account.
    pub in_account: bool,
    pub last_access_at: Option<DateTime<Utc>>,
    /// The account, organizations, teams and projects, with the person's role in each; at most 10 of each level.
    pub places: Vec<PersonPlaceOut>,
    /// There are further places.
    pub more_places: bool,
    pub groups: Vec<PersonGroupOut>,
    /// Open invitations.
    pub invitations: Vec<PersonInvitationOut>,
    /// The products in the person's organizations; absent if the caller may see the licenses of none.
    pub licenses: Option<Vec<PersonLicenseOut>>,
    /// Live license sessions, newest first.
    pub seats: Option<Vec<PersonSeatOut>>,
    /// Sign-in sessions, last used first.
    pub sessions: Option<Vec<SessionOut>>,
    pub api_keys: Option<Vec<ApiKeyOut>>,
    /// The newest audit events by and about the person.
    pub events: Option<Vec<AuditEventOut>>,
}

/// Where the parts are read from, and for whom.
struct Look<'a> {
    app: &'a App,
    caller: &'a Caller,
    visible: Visible,
    user: user::User,
    memberships: Vec<Membership>,
}

impl Look<'_> {
    fn is_self(&self) -> bool {
        self.caller.user_id == self.user.id
    }
}

/// A person, as far as the caller may see them.
#[utoipa::path(get, path = "/api/v2/people/{user_id}", tag = "users", params(("user_id" = i64, Path)),
    responses((status = OK, body = FoundPersonOut), AtScope))]
pub(crate) async fn find_person(
    State(app): State<App>,
    caller: Caller,
    UrlPath(user_id): UrlPath<i64>,
) -> Result<Json<FoundPersonOut>, Error> {
    let look = look(&app, &caller, user_id).await?;
    let (places, more_places) = look.places().await?;
    let account = look.memberships.iter().find(|row| row.organization_id.is_none() && row.level == "account");
    Ok(Json(FoundPersonOut {
        user_id,
        in_account: account.is_some(),
        last_access_at: places.iter().find_map(|place| place.member.last_access_at),
        more_places,
        groups: look.groups().await?,
        invitations: look.invitations().await?,
        licenses: look.licenses().await?,
        seats: look.seats().await?,
        sessions: look.sessions().await?,
        api_keys: look.api_keys().await?,
        events: look.events().await?,
        places,
        email: look.user.email,
        first_name: look.user.first_name,
        last_name: look.user.last_name,
    }))
}

/// # Errors
/// [`Error::NotFound`] if no list of the caller shows the person.
async fn look<'a>(app: &'a App, caller: &'a Caller, user_id: i64) -> Result<Look<'a>, Error> {
    let visible = Visible::to(app, caller).await?;
    let user = user::find_user(&app.db, user_id).await?.ok_or(Error::NotFound)?;
    let memberships = member::list_memberships(&app.db, user_id, MEMBERSHIPS_MAX).await?;
    // People who were removed are listed, too.
    let of_account = visible.may_in_account(AccountAction::InviteUser);
    let shown = of_account || user_id == caller.user_id || memberships.iter().any(|row| visible.shows(row));
    shown.then_some(Look { app, caller, visible, user, memberships }).ok_or(Error::NotFound)
}
