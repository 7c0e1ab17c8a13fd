//! What somebody is at each level above a place, and what that adds up to.
//!
//! A level grants its own actions; the levels above it grant them too where they have an action of the same meaning
//! (an organization's Admin may edit every project of it). A Member of the account gets nothing from it: ordinary
//! people see the organizations they belong to and no others.

use super::{AccountAction, Action, Level, OrganizationAction, ProjectAction, Role, Rule, TeamAction};

/// The roles of one person on the way from the account down to a place; `None` where they have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    pub account: Option<Role>,
    pub organization: Option<Role>,
    pub team: Option<Role>,
    pub project: Option<Role>,
}

impl Roles {
    pub fn at(&self, level: Level) -> Option<Role> {
        match level {
            Level::Account => self.account,
            Level::Organization => self.organization,
            Level::Team => self.team,
            Level::Project => self.project,
        }
    }

    /// The strongest of what each level says.
    pub fn rule(&self, action: impl Into<Action>) -> Rule {
        let action = action.into();
        let own = self.at(action.level()).map_or(Rule::No, |role| action.rule(role));
        let above = match action {
            Action::Account(_) => Rule::No,
            Action::Organization(action) => self.rule_of_account(action),
            Action::Team(action) => self.rule(above_team(action)),
            Action::Project(action) => {
                self.rule(above_project_in_organization(action)).max(self.rule_in_team(action))
            }
        };
        own.max(above)
    }

    pub fn may(&self, action: impl Into<Action>) -> bool {
        self.rule(action) != Rule::No
    }

    /// Whether the place exists for this person at all.
    pub fn may_see(&self, level: Level) -> bool {
        match level {
            Level::Account => self.account.is_some(),
            Level::Organization => self.organization.is_some() || self.may(OrganizationAction::ViewProjects),
            Level::Team => self.may(TeamAction::ViewTeam),
            Level::Project => self.may(ProjectAction::ViewProject),
        }
    }

    /// Those of these actions that are allowed, be it towards members only.
    pub fn allowed<A: Copy + Into<Action>>(&self, actions: &[A]) -> Vec<A> {
        actions.iter().copied().filter(|action| self.may(*action)).collect()
    }

    fn rule_of_account(self, action: OrganizationAction) -> Rule {
        match self.account {
            Some(role) if role != Role::Member => {
                same_in_account(action).map_or(Rule::No, |same| same.rule(role))
            }
            _ => Rule::No,
        }
    }

    /// A team's own members alone: what the organization grants is asked of the organization.
    fn rule_in_team(self, action: ProjectAction) -> Rule {
        self.team.map_or(Rule::No, |role| above_project_in_team(action).rule(role))
    }
}

fn same_in_account(action: OrganizationAction) -> Option<AccountAction> {
    AccountAction::ALL.iter().copied().find(|same| same.as_str() == action.as_str())
}

fn above_team(action: TeamAction) -> OrganizationAction {
    match action {
        TeamAction::ViewTeam => OrganizationAction::ViewOrganization,
        TeamAction::EditTeam
        | TeamAction::DeleteTeam
        | TeamAction::AddTeamUser
        | TeamAction::RemoveTeamUser
        | TeamAction::EditTeamUserRole
        | TeamAction::TransferOwnership => OrganizationAction::UpdateOrganization,
        TeamAction::ViewProjects => OrganizationAction::ViewProjects,
        TeamAction::CreateProject => OrganizationAction::CreateProject,
        TeamAction::EditProject => OrganizationAction::EditProjectName,
        TeamAction::DeleteProject => OrganizationAction::DeleteProject,
    }
}

fn above_project_in_organization(action: ProjectAction) -> OrganizationAction {
    match action {
        ProjectAction::ViewProject => OrganizationAction::ViewProjects,
        ProjectAction::DeleteProject => OrganizationAction::DeleteProject,
        ProjectAction::AddProjectUser => OrganizationAction::InviteProjectUser,
        ProjectAction::RemoveProjectUser => OrganizationAction::RemoveProjectUser,
        ProjectAction::EditProjectUserRole | ProjectAction::TransferOwnership => {
            OrganizationAction::EditProjectUserRole
        }
        ProjectAction::ViewTestResults
        | ProjectAction::UploadTestResults
        | ProjectAction::RunTests
        | ProjectAction::LinkIssue
        | ProjectAction::EditProject
        | ProjectAction::ManageSchedules
        | ProjectAction::ManageReleases
        | ProjectAction::ConfigureJira => OrganizationAction::EditProjectName,
    }
}

/// A team is a group of people who work on the same projects.
fn above_project_in_team(action: ProjectAction) -> TeamAction {
    match action {
        ProjectAction::ViewProject
        | ProjectAction::ViewTestResults
        | ProjectAction::UploadTestResults
        | ProjectAction::RunTests
        | ProjectAction::LinkIssue => TeamAction::ViewProjects,
        ProjectAction::EditProject
        | ProjectAction::ManageSchedules
        | ProjectAction::ManageReleases
        | ProjectAction::ConfigureJira => TeamAction::EditProject,
        ProjectAction::DeleteProject => TeamAction::DeleteProject,
        ProjectAction::AddProjectUser => TeamAction::AddTeamUser,
        ProjectAction::RemoveProjectUser => TeamAction::RemoveTeamUser,
        ProjectAction::EditProjectUserRole => TeamAction::EditTeamUserRole,
        ProjectAction::TransferOwnership => TeamAction::TransferOwnership,
    }
}
