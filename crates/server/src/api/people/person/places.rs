//! Where a person belongs: scopes with the role and the actions of the caller, user groups, open invitations.

use chrono::DateTime;
use chrono::Utc;
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::{
    AccountAction, Denied, InvitationAction, Level, OrganizationAction, Roles,
};
use testkeep_store::people::member::{Member, Membership};
use testkeep_store::people::{group, invitation, user};
use utoipa::ToSchema;

use super::{Look, PART_MAX};
use crate::Error;
use crate::api::people::member_details::Details;
use crate::api::people::users::{MemberOut, member_out};
use crate::identity::visible::MEMBERSHIPS_MAX;
use crate::ops::people::invitations;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PersonPlaceOut {
    pub level: Level,
    pub id: i64,
    pub name: String,
    /// The organization of a team or project.
    pub organization_id: Option<i64>,
    pub organization_name: Option<String>,
    /// The role, and the actions that the caller may do to the person here.
    pub member: MemberOut,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PersonGroupOut {
    pub id: i64,
    pub name: String,
    pub organization_id: i64,
    pub organization_name: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PersonInvitationOut {
    pub id: i64,
    /// Name of the account or organization.
    pub place: String,
    pub invited_by: String,
    pub expires_at: DateTime<Utc>,
    pub actions: Vec<InvitationAction>,
    pub denied: Vec<Denied<InvitationAction>>,
}

impl Look<'_> {
    /// At most [`PART_MAX`] of each level, and whether there are more.
    pub(super) async fn places(&self) -> Result<(Vec<PersonPlaceOut>, bool), Error> {
        let last_access_at = user::find_last_access(&self.app.db, self.user.id).await?;
        let mut rows: Vec<&Membership> =
            self.memberships.iter().filter(|row| self.is_self() || self.visible.shows(row)).collect();
        let rank = |row: &Membership| Level::ALL.iter().position(|level| level.as_str() == row.level);
        rows.sort_by(|left, right| {
            (rank(left), &left.organization_name, &left.name).cmp(&(
                rank(right),
                &right.organization_name,
                &right.name,
            ))
        });
        let all = rows.len();
        let mut counts = [0; 4];
        rows.retain(|row| {
            let count = &mut counts[rank(row).unwrap_or_default()];
            *count += 1;
            *count <= PART_MAX
        });
        let more = rows.len() < all;
        let places = rows.into_iter().map(|row| self.place(row, last_access_at));
        Ok((places.collect::<Result<_, _>>()?, more))
    }

    fn place(
        &self,
        row: &Membership,
        last_access_at: Option<DateTime<Utc>>,
    ) -> Result<PersonPlaceOut, Error> {
        let access = self.visible.access(row)?;
        let user = self.user.clone();
        let member = Member {
            user_id: user.id,
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            role: row.role.clone(),
            password_sign_in: row.password_sign_in,
            joined_at: row.joined_at,
            last_access_at,
        };
        Ok(PersonPlaceOut {
            level: access.scope.level,
            id: row.scope_id,
            name: row.name.clone(),
            organization_id: row.organization_id,
            organization_name: row.organization_name.clone(),
            // The drawer shows licenses and teams in parts of their own.
            member: member_out(member, &access, self.caller, &mut Details::default())?,
        })
    }

    pub(super) async fn groups(&self) -> Result<Vec<PersonGroupOut>, Error> {
        let rows = group::list_groups_of_user(&self.app.db, self.user.id, MEMBERSHIPS_MAX).await?;
        let shown = rows.into_iter().filter_map(|(id, organization_id, name)| {
            let organization = self.visible.organization(organization_id)?;
            let may = organization.roles.may(OrganizationAction::ViewGroups);
            let organization_name = organization.name.clone();
            may.then_some(PersonGroupOut { id, name, organization_id, organization_name })
        });
        let mut groups: Vec<_> = shown.collect();
        groups.sort_by(|left, right| left.name.cmp(&right.name));
        groups.truncate(PART_MAX);
        Ok(groups)
    }

    /// Expired ones too: they can be sent again.
    pub(super) async fn invitations(&self) -> Result<Vec<PersonInvitationOut>, Error> {
        let rows =
            invitation::list_invitations_of(&self.app.db, &self.user.email, DateTime::UNIX_EPOCH).await?;
        let shown = rows.into_iter().filter_map(|row| {
            let level = Level::parse(&row.scope_level)?;
            let roles = self.inviting_roles(level, row.scope_id)?;
            let actions = invitations::possible_actions(level, &row);
            let denied =
                roles.denied(&actions).into_iter().map(|denied| denied.filter_map(InvitationAction::of));
            Some(PersonInvitationOut {
                id: row.id,
                place: row.scope_name,
                invited_by: row.inviter_email,
                expires_at: row.expires_at,
                actions: roles.allowed(&actions).into_iter().filter_map(InvitationAction::of).collect(),
                denied: denied.collect(),
            })
        });
        Ok(shown.take(PART_MAX).collect())
    }

    /// `None`: the caller may not see the invitations of this scope.
    fn inviting_roles(&self, level: Level, scope_id: i64) -> Option<Roles> {
        if level == Level::Account {
            let roles = self.visible.account();
            roles.may(AccountAction::InviteUser).then_some(roles)
        } else {
            let roles = self.visible.organization(scope_id)?.roles;
            roles.may(OrganizationAction::InviteUser).then_some(roles)
        }
    }
}
