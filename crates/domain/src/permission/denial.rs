//! Reasons why an action is not allowed: a word for programs, a sentence for people. No other module writes such
//! sentences.

use serde::{Deserialize, Serialize};

use super::{Action, Role, Roles};

words! {
    /// Why an action is not allowed.
    DenialReason {
        /// The caller's role does not allow the action.
        Role "role",
        /// The caller's role allows the action only on people whose role is Member.
        MembersOnly "members_only",
        /// The only roles left to give are Owner and Admin, and only an Owner may give these.
        OwnerGivesRoles "owner_gives_roles",
        /// The person is an Owner, and an Owner must be able to sign in with a password.
        OwnerNeedsPassword "owner_needs_password",
        /// The person is an Owner already.
        OwnerAlready "owner_already",
    }
}

/// Actions that are not allowed, all for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Denied<A> {
    pub reason: DenialReason,
    /// Text for people: the reason, and whom to ask.
    pub message: String,
    pub actions: Vec<A>,
}

impl<A> Denied<A> {
    /// The same reason, with each action replaced by its other name, or left out.
    pub fn filter_map<B>(self, name: impl FnMut(A) -> Option<B>) -> Denied<B> {
        let Self { reason, message, actions } = self;
        Denied { reason, message, actions: actions.into_iter().filter_map(name).collect() }
    }
}

impl Action {
    /// The sentence for a caller whose role does not allow the action.
    pub fn refusal(self) -> String {
        let (who, level) = (self.allowed_roles_in_words(), self.level().as_str());
        format!("Your role does not allow this. Ask {who} of the {level}.")
    }
}

impl Role {
    /// The sentence for a caller who may act on Members only. `self` is the role of the other person.
    pub fn out_of_reach(self) -> String {
        let role = self.in_words();
        format!("Your role allows this towards Members only, and this person is {role}. Ask an Owner.")
    }
}

impl Roles {
    /// The actions that are not allowed, grouped by the sentence with the reason.
    pub fn denied<A: Copy + Into<Action>>(&self, actions: &[A]) -> Vec<Denied<A>> {
        let mut all: Vec<Denied<A>> = Vec::new();
        for action in actions.iter().copied().filter(|action| !self.may(*action)) {
            deny(&mut all, DenialReason::Role, action.into().refusal(), action);
        }
        all
    }
}

/// Adds an action to the group with the same message, or starts a new group.
pub fn deny<A>(all: &mut Vec<Denied<A>>, reason: DenialReason, message: String, action: A) {
    match all.iter_mut().find(|denied| denied.message == message) {
        Some(denied) => denied.actions.push(action),
        None => all.push(Denied { reason, message, actions: vec![action] }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{OrganizationAction, TeamAction};
    use super::*;

    #[test]
    fn every_action_is_allowed_or_denied_once() {
        for role in [None, Some(Role::Member), Some(Role::Admin), Some(Role::Owner)] {
            let roles = Roles { organization: role, ..Roles::default() };
            let denied = roles.denied(OrganizationAction::ALL);
            let mut named: Vec<_> = denied.iter().flat_map(|denied| denied.actions.clone()).collect();
            named.extend(roles.allowed(OrganizationAction::ALL));
            assert_eq!(named.len(), OrganizationAction::ALL.len(), "{role:?}");
            assert!(OrganizationAction::ALL.iter().all(|action| named.contains(action)), "{role:?}");
            let messages: BTreeSet<_> = denied.iter().map(|denied| &denied.message).collect();
            assert_eq!(
                messages.len(),
                denied.len(),
                "actions with the same message are together: {denied:?}"
            );
        }
    }

    #[test]
    fn a_refusal_names_who_could() {
        let admin = Roles { organization: Some(Role::Admin), ..Roles::default() };
        let denied = admin.denied(&[OrganizationAction::CreateTeam, OrganizationAction::DeleteOrganization]);
        let expected = Denied {
            reason: DenialReason::Role,
            message: "Your role does not allow this. Ask an Owner of the organization.".into(),
            actions: vec![OrganizationAction::DeleteOrganization],
        };
        assert_eq!(denied, [expected]);
        let words = Action::from(TeamAction::EditTeam).refusal();
        assert!(words.ends_with("Ask an Owner or an Admin of the team."), "{words}");
        assert!(Role::Admin.out_of_reach().contains("this person is an Admin"));
    }
}
