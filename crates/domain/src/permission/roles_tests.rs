//! Combined roles: laws that hold for every person and every action.

use proptest::prelude::*;

use super::*;

fn role() -> impl Strategy<Value = Option<Role>> {
    prop::option::of(prop::sample::select(Role::ALL.to_vec()))
}

/// A role below the account, where there is no Billing Manager.
fn role_below() -> impl Strategy<Value = Option<Role>> {
    prop::option::of(prop::sample::select(Level::Team.roles().to_vec()))
}

fn roles() -> impl Strategy<Value = Roles> {
    (role(), role_below(), role_below(), role_below())
        .prop_map(|(account, organization, team, project)| Roles { account, organization, team, project })
}

fn level() -> impl Strategy<Value = Level> {
    prop::sample::select(Level::ALL.to_vec())
}

fn without(roles: Roles, level: Level) -> Roles {
    match level {
        Level::Account => Roles { account: None, ..roles },
        Level::Organization => Roles { organization: None, ..roles },
        Level::Team => Roles { team: None, ..roles },
        Level::Project => Roles { project: None, ..roles },
    }
}

fn alone(level: Level, role: Role) -> Roles {
    let at = |own: Level| (own == level).then_some(role);
    Roles {
        account: at(Level::Account),
        organization: at(Level::Organization),
        team: at(Level::Team),
        project: at(Level::Project),
    }
}

proptest! {
    #[test]
    fn a_role_at_a_level_grants_its_row(roles in roles(), level in level()) {
        for action in Action::all(level) {
            prop_assert_eq!(action.level(), level);
            if let Some(role) = roles.at(level) {
                prop_assert!(roles.rule(action) >= action.rule(role));
            }
        }
    }

    #[test]
    fn losing_a_role_never_gives_anything(roles in roles(), lost in level(), level in level()) {
        let fewer = without(roles, lost);
        prop_assert_eq!(fewer.at(lost), None);
        for action in Action::all(level) {
            prop_assert!(fewer.rule(action) <= roles.rule(action), "{:?}", action);
        }
        prop_assert!(roles.may_see(level) || !fewer.may_see(level));
    }

    #[test]
    fn what_is_below_grants_nothing_above(roles in roles()) {
        let above = Roles { team: None, project: None, ..roles };
        for action in Action::all(Level::Organization).into_iter().chain(Action::all(Level::Account)) {
            prop_assert_eq!(roles.rule(action), above.rule(action));
        }
        let above = Roles { project: None, ..roles };
        for action in Action::all(Level::Team) {
            prop_assert_eq!(roles.rule(action), above.rule(action));
        }
    }

    #[test]
    fn the_strongest_level_counts(roles in roles(), level in level()) {
        for action in Action::all(level) {
            let of_each = Level::ALL.into_iter().filter_map(|own| roles.at(own).map(|role| alone(own, role)));
            let strongest = of_each.map(|one| one.rule(action)).max().unwrap_or(Rule::No);
            prop_assert_eq!(roles.rule(action), strongest, "{:?}", action);
        }
    }

    #[test]
    fn the_allowed_names_are_those_of_what_one_may(roles in roles(), level in level()) {
        let allowed = roles.allowed(&Action::all(level));
        for action in Action::all(level) {
            prop_assert_eq!(roles.may(action), roles.rule(action) != Rule::No);
            prop_assert_eq!(allowed.iter().any(|one| one.as_str() == action.as_str()), roles.may(action), "{:?}", action);
        }
    }

    #[test]
    fn one_sees_the_places_one_belongs_to(level in level(), role in prop::sample::select(Level::Team.roles().to_vec())) {
        prop_assert!(alone(level, role).may_see(level));
        prop_assert!(!Roles::default().may_see(level));
    }
}

#[test]
fn an_organization_opens_what_is_in_it_and_not_the_account() {
    let member = alone(Level::Organization, Role::Member);
    assert!(
        member.may_see(Level::Project) && !member.may_see(Level::Team) && !member.may_see(Level::Account)
    );
    assert!(alone(Level::Organization, Role::Admin).may_see(Level::Team));
    let team = alone(Level::Team, Role::Member);
    assert!(team.may_see(Level::Project) && !team.may_see(Level::Organization));
    let project = alone(Level::Project, Role::Owner);
    assert!(!project.may_see(Level::Team) && !project.may_see(Level::Organization));
    assert!(!alone(Level::Account, Role::Member).may_see(Level::Team));
    let owner = alone(Level::Account, Role::Owner);
    assert!(Level::ALL.into_iter().all(|level| owner.may_see(level)));
}

#[test]
fn owners_of_the_account_may_whatever_an_owner_below_may_by_name() {
    let (account, organization) =
        (alone(Level::Account, Role::Owner), alone(Level::Organization, Role::Owner));
    for action in Action::all(Level::Organization) {
        let named = Action::all(Level::Account).iter().any(|same| same.as_str() == action.as_str());
        assert_eq!(account.may(action), named, "{action:?}");
        assert!(organization.may(action), "{action:?}");
    }
}

#[test]
fn a_team_grants_in_its_projects_what_its_role_grants_in_the_team() {
    for action in Action::all(Level::Project) {
        let (member, admin, owner) = (
            alone(Level::Team, Role::Member).rule(action),
            alone(Level::Team, Role::Admin).rule(action),
            alone(Level::Team, Role::Owner).rule(action),
        );
        assert!(member <= admin && admin <= owner, "{action:?}");
        assert_eq!(owner, Rule::Yes, "{action:?}");
    }
    let admin = alone(Level::Team, Role::Admin);
    assert_eq!(admin.rule(ProjectAction::RemoveProjectUser), Rule::MembersOnly);
    assert_eq!(admin.rule(ProjectAction::TransferOwnership), Rule::No);
    assert_eq!(admin.rule(ProjectAction::AddProjectUser), Rule::Yes);
}

#[test]
fn words_are_read_back() {
    for role in Role::ALL {
        assert_eq!(Role::parse(role.as_str()), Some(role));
        assert_eq!(serde_json::json!(role), role.as_str());
        assert!(role.in_words().ends_with(role.title()), "{}", role.in_words());
        let article = if role.title().starts_with(['A', 'O']) { "an " } else { "a " };
        assert_eq!(role.in_words(), format!("{article}{}", role.title()));
        assert_eq!(role.title().to_lowercase().replace(' ', "_"), role.as_str());
    }
    for level in Level::ALL {
        assert_eq!(Level::parse(level.as_str()), Some(level));
        assert_eq!(serde_json::json!(level), level.as_str());
    }
    assert_eq!((Role::parse("Owner"), Level::parse("")), (None, None));
}

#[test]
fn billing_is_of_the_account_alone() {
    for level in Level::ALL {
        let has = level.roles().contains(&Role::BillingManager);
        assert_eq!(has, level == Level::Account);
        assert_eq!(level.roles().len(), 3 + usize::from(has));
        for action in Action::all(level).into_iter().filter(|_| !has) {
            assert_eq!(action.rule(Role::BillingManager), Rule::No, "{action:?}");
        }
    }
}
