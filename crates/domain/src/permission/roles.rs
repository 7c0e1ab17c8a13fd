//! The roles of one person in a scope and in the scopes above it, and the actions that they allow together.
//!
//! A role allows the actions of its own level. It also allows actions of lower levels if its own level has an action
//! with the same meaning: an Admin of an organization may edit all projects in it. The role Member of the account
//! allows nothing below it: ordinary people see only the organizations that they belong to.

use super::{AccountAction, Action, Level, OrganizationAction, ProjectAction, Role, Rule, TeamAction};

/// The roles of one person in a scope and the scopes above it; `None`: no role.
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

    /// The strongest rule of all levels.
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

    /// Whether the person may see the scope at this level. If not, the API answers as if it did not exist.
    pub fn may_see(&self, level: Level) -> bool {
        match level {
            Level::Account => self.account.is_some(),
            Level::Organization => self.organization.is_some() || self.may(OrganizationAction::ViewProjects),
            Level::Team => self.may(TeamAction::ViewTeam),
            Level::Project => self.may(ProjectAction::ViewProject),
        }
    }

    /// The allowed actions among those given, including those allowed on Members only.
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

    /// The rule of the person's role in the team only; `rule` evaluates the role in the organization separately.
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

/// The team's action that includes this action on its projects: the members of a team work on the same projects.
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
