//! Compares the table with the role matrix, and tests combined levels.

use super::{AccountAction, Action, Level, OrganizationAction, ProjectAction, Role, Roles, Rule, TeamAction};

#[path = "roles_tests.rs"]
mod roles;

/// The role matrix that the product must match. It does not contain the rows below `ours`.
const MATRIX: &str = include_str!("../../../../tests/fixtures/permissions.csv");
const OURS: [&str; 5] =
    ["delete_organization", "create_team", "view_audit_log", "configure_mail", "end_user_sessions"];

fn rule_of(word: &str) -> Rule {
    match word {
        "yes" => Rule::Yes,
        "members_only" => Rule::MembersOnly,
        "no" | "n/a" => Rule::No,
        other => panic!("{other}"),
    }
}

#[test]
fn is_the_role_matrix() {
    let mut rows = 0;
    for line in MATRIX.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let level = Level::parse(cells[0]).unwrap();
        let action = Action::all(level)
            .into_iter()
            .find(|action| action.as_str() == cells[2] && action.area() == cells[1])
            .unwrap_or_else(|| panic!("no row for {line}"));
        for (role, word) in Role::ALL.into_iter().zip(&cells[3..7]) {
            assert_eq!(action.rule(role), rule_of(word), "{line}: {}", role.as_str());
        }
        rows += 1;
    }
    let all: Vec<Action> = Level::ALL.into_iter().flat_map(Action::all).collect();
    let ours = all.iter().filter(|action| OURS.contains(&action.as_str())).count();
    assert_eq!(all.len(), rows + ours, "a row that neither the matrix nor our own list has");
}

#[test]
fn names_are_unique_within_a_level() {
    for level in Level::ALL {
        let mut names: Vec<_> = Action::all(level).into_iter().map(Action::as_str).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "{level:?}");
    }
}

#[test]
fn the_api_spells_names_as_the_table_does() {
    fn spelled<A: serde::Serialize>(actions: &[A]) -> Vec<serde_json::Value> {
        actions.iter().map(|action| serde_json::json!(action)).collect()
    }
    for (level, spelled) in [
        (Level::Account, spelled(AccountAction::ALL)),
        (Level::Organization, spelled(OrganizationAction::ALL)),
        (Level::Team, spelled(TeamAction::ALL)),
        (Level::Project, spelled(ProjectAction::ALL)),
    ] {
        assert_eq!(spelled, Action::all(level).into_iter().map(Action::as_str).collect::<Vec<_>>());
    }
    assert!(Role::ALL.into_iter().all(|role| serde_json::json!(role) == role.as_str()));
    assert!(Level::ALL.into_iter().all(|level| serde_json::json!(level) == level.as_str()));
}

#[test]
fn says_who_may() {
    let action = Action::from(AccountAction::GetQuote);
    assert_eq!(action.allowed_roles_in_words(), "an Owner or a Billing Manager");
}

#[test]
fn levels_above_grant_what_means_the_same() {
    let admin = Roles { organization: Some(Role::Admin), ..Roles::default() };
    assert_eq!(admin.rule(ProjectAction::DeleteProject), Rule::Yes);
    assert_eq!(admin.rule(TeamAction::EditTeamUserRole), Rule::Yes);
    assert_eq!(admin.rule(OrganizationAction::EditUserRole), Rule::MembersOnly);
    let both = Roles { account: Some(Role::Owner), ..admin };
    assert_eq!(both.rule(OrganizationAction::EditUserRole), Rule::Yes);
    let team = Roles { team: Some(Role::Member), ..Roles::default() };
    assert!(team.may(ProjectAction::UploadTestResults) && !team.may(ProjectAction::EditProject));
}

#[test]
fn members_of_the_account_see_no_organization() {
    let member = Roles { account: Some(Role::Member), ..Roles::default() };
    assert!(!member.may_see(Level::Organization) && !member.may_see(Level::Project));
    let billing = Roles { account: Some(Role::BillingManager), ..Roles::default() };
    assert!(billing.may_see(Level::Organization) && !billing.may(OrganizationAction::InviteUser));
    assert!(billing.may(ProjectAction::ViewProject) && !billing.may(ProjectAction::ViewTestResults));
}

#[test]
fn the_page_is_printed() {
    let page = include_str!("../../../../docs/permissions.md");
    assert_eq!(page, super::print(), "run `cargo xtask gen`");
}
