//! Everything that a caller may see at once: the organizations with the caller's roles, and the teams and projects that
//! the caller belongs to.
//!
//! For a search, and for what is known of one person. Must never decide by role: only the permission table does.

use testkeep_domain::permission::{
    AccountAction, Action, Level, OrganizationAction, ProjectAction, Role, Roles, TeamAction,
};
use testkeep_store::people::member::{self, Membership};
use testkeep_store::scopes::organization;
use testkeep_store::scopes::project::{self, ProjectRow};
use testkeep_store::scopes::scope::ACCOUNT;
use testkeep_store::search::{self, PlaceFilter};

use crate::identity::access::{Access, Scope};
use crate::identity::auth::Caller;
use crate::{App, Error};

/// More scopes of one person are not read.
pub(crate) const MEMBERSHIPS_MAX: i64 = 2000;

#[derive(Clone, Debug)]
pub(crate) struct VisibleOrganization {
    pub id: i64,
    pub name: String,
    pub roles: Roles,
}

#[derive(Clone, Debug)]
pub(crate) struct Visible {
    account: Roles,
    pub organizations: Vec<VisibleOrganization>,
    /// The caller's own teams and projects, in organizations that are open to the caller.
    own: Vec<Membership>,
}

impl Visible {
    pub(crate) async fn to(app: &App, caller: &Caller) -> Result<Self, Error> {
        let account = caller.access(&app.db, Level::Account, ACCOUNT).await?.roles;
        let all = account.may_see(Level::Organization);
        let rows = organization::list_organizations(&app.db, caller.user_id, all).await?;
        let organizations: Vec<_> = rows
            .into_iter()
            .map(|row| {
                // A session by password does not reach into an organization that is closed to it.
                let open = row.password_sign_in != Some(false);
                let organization = row.role.as_deref().and_then(Role::parse).filter(|_| open);
                (
                    open,
                    VisibleOrganization {
                        id: row.id,
                        name: row.name,
                        roles: Roles { organization, ..account },
                    },
                )
            })
            .collect();
        let is_open = |id: Option<i64>| organizations.iter().any(|(open, one)| *open && Some(one.id) == id);
        let mut own = member::list_memberships(&app.db, caller.user_id, MEMBERSHIPS_MAX).await?;
        own.retain(|row| is_open(row.organization_id) && matches!(row.level.as_str(), "team" | "project"));
        let organizations = organizations.into_iter().map(|(_, organization)| organization);
        let organizations = organizations.filter(|one| one.roles.may_see(Level::Organization)).collect();
        Ok(Self { account, organizations, own })
    }

    /// The caller's roles in the account.
    pub(crate) fn account(&self) -> Roles {
        self.account
    }

    pub(crate) fn may_in_account(&self, action: AccountAction) -> bool {
        self.account.may(action)
    }

    /// The organizations in which the caller may do this to something of the organization.
    pub(crate) fn organizations_where(&self, action: impl Into<Action>) -> Vec<i64> {
        let action = action.into();
        self.organizations.iter().filter(|one| one.roles.may(action)).map(|one| one.id).collect()
    }

    pub(crate) fn organization(&self, id: i64) -> Option<&VisibleOrganization> {
        self.organizations.iter().find(|one| one.id == id)
    }

    /// The teams and projects that the caller may see.
    pub(crate) fn places(&self) -> PlaceFilter {
        let single = self.own.iter().filter(|row| self.shows(row)).map(|row| row.scope_id).collect();
        let in_teams = self.own.iter().filter(|row| row.level == Level::Team.as_str());
        let in_teams = in_teams.filter(|row| self.roles(row).may(ProjectAction::ViewProject));
        PlaceFilter {
            teams_of: self.organizations_where(TeamAction::ViewTeam),
            projects_of: self.organizations_where(ProjectAction::ViewProject),
            single,
            projects_in: in_teams.map(|row| row.scope_id).collect(),
        }
    }

    /// The projects that the caller may see and upload to, which the permission table gives to the same roles.
    pub(crate) async fn projects(&self, app: &App) -> Result<Vec<ProjectRow>, Error> {
        let ids = search::list_place_ids(&app.db, &self.places()).await?;
        let ids: Vec<i64> = ids.into_iter().map(|(id,)| id).collect();
        Ok(project::list_projects_among(&app.db, &ids).await?)
    }

    /// The account, if the caller may see who is invited to it, and the organizations of which they may see this.
    pub(crate) fn scopes_with_invitations(&self) -> Vec<i64> {
        let mut ids = self.organizations_where(OrganizationAction::InviteUser);
        if self.may_in_account(AccountAction::InviteUser) {
            ids.push(ACCOUNT);
        }
        ids
    }

    /// The scopes whose people the caller may see.
    pub(crate) async fn scopes_with_people(&self, app: &App) -> Result<Vec<i64>, Error> {
        if self.may_in_account(AccountAction::InviteUser) {
            return Ok(vec![ACCOUNT]);
        }
        let mut ids = self.organizations_where(OrganizationAction::InviteUser);
        let mut places = self.places();
        // The people of their teams and projects are among the organization's.
        places.teams_of.retain(|id| !ids.contains(id));
        places.projects_of.retain(|id| !ids.contains(id));
        ids.extend(search::list_place_ids(&app.db, &places).await?.into_iter().map(|(id,)| id));
        Ok(ids)
    }

    /// Whether the caller may see the people of a scope, by one person's row there.
    pub(crate) fn shows(&self, row: &Membership) -> bool {
        let roles = self.roles(row);
        match Level::parse(&row.level) {
            Some(Level::Account) => roles.may(AccountAction::InviteUser),
            Some(Level::Organization) => roles.may(OrganizationAction::InviteUser),
            Some(Level::Team) => roles.may(TeamAction::ViewTeam),
            Some(Level::Project) => roles.may(ProjectAction::ViewProject),
            None => false,
        }
    }

    /// The caller's access to the scope of such a row.
    ///
    /// # Errors
    /// [`Error::Internal`] when the database holds an unknown level.
    pub(crate) fn access(&self, row: &Membership) -> Result<Access, Error> {
        let level = Level::parse(&row.level);
        let level = level.ok_or_else(|| Error::unknown_word("level", "scope.level", &row.level))?;
        let organization_id = organization_of(row);
        let scope =
            Scope { id: row.scope_id, level, name: row.name.clone(), organization_id, team_id: row.team_id };
        Ok(Access { scope, roles: self.roles(row) })
    }

    fn roles(&self, row: &Membership) -> Roles {
        let Some(organization_id) = organization_of(row) else { return self.account };
        let Some(organization) = self.organization(organization_id) else { return Roles::default() };
        let role_in = |id: Option<i64>| {
            self.own.iter().find(|own| Some(own.scope_id) == id).and_then(|own| Role::parse(&own.role))
        };
        let (team, project) = match row.level.as_str() {
            "team" => (role_in(Some(row.scope_id)), None),
            "project" => (role_in(row.team_id), role_in(Some(row.scope_id))),
            _ => (None, None),
        };
        Roles { team, project, ..organization.roles }
    }
}

fn organization_of(row: &Membership) -> Option<i64> {
    if row.level == Level::Organization.as_str() { Some(row.scope_id) } else { row.organization_id }
}
