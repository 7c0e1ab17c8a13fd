//! Actions on one row of a list: on a person in a scope, or on an open invitation. The names are those of the
//! permission table and do not depend on the level.

use super::Action;

words! {
    /// An action on a person in a scope.
    MemberAction {
        EditUserRole "edit_user_role",
        EditTeamUserRole "edit_team_user_role",
        EditProjectUserRole "edit_project_user_role",
        EditUserLoginOptions "edit_user_login_options",
        EndUserSessions "end_user_sessions",
        RemoveUser "remove_user",
        RemoveTeamUser "remove_team_user",
        RemoveProjectUser "remove_project_user",
        TransferOwnership "transfer_ownership",
        /// Only on oneself; needs no permission.
        Leave "leave",
    }
}

words! {
    /// An action on an open invitation.
    InvitationAction {
        ResendInvitation "resend_invitation",
        ResendProjectInvitation "resend_project_invitation",
        RevokeInvitation "revoke_invitation",
    }
}

impl MemberAction {
    /// `None`: it is not an action on a person.
    pub fn of(action: Action) -> Option<Self> {
        Self::parse(action.as_str())
    }
}

impl InvitationAction {
    /// `None`: it is not an action on an invitation.
    pub fn of(action: Action) -> Option<Self> {
        Self::parse(action.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn every_action_is_one_of_the_table() {
        let known: Vec<_> = Level::ALL.into_iter().flat_map(Action::all).collect();
        let of_people = known.iter().filter_map(|action| MemberAction::of(*action));
        let of_people: std::collections::HashSet<_> = of_people.collect();
        assert_eq!(of_people.len(), MemberAction::ALL.len() - 1, "all but leaving: {of_people:?}");
        for action in InvitationAction::ALL {
            assert!(known.iter().any(|known| InvitationAction::of(*known) == Some(action)), "{action:?}");
        }
    }
}
