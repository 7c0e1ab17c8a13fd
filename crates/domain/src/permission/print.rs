//! Writes the permission table as a page for people.

use super::{Action, Level, Rule};

/// The text of `docs/permissions.md`. A test compares it with the committed page.
pub fn print() -> String {
    let levels: String = Level::ALL.into_iter().map(print_level).collect();
    format!("{HEAD}{levels}")
}

fn print_level(level: Level) -> String {
    let row = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let roles = level.roles();
    let head = [vec!["Area", "Action"], roles.iter().map(|role| role.as_str()).collect()].concat();
    let mut page = format!("\n## {}\n\n{}|{}\n", title(level), row(head), "---|".repeat(2 + roles.len()));
    for action in Action::all(level) {
        let name = format!("`{}`", action.as_str());
        let allowed = roles.iter().map(|role| words(action.rule(*role)));
        page += &row([action.area(), &name].into_iter().chain(allowed).collect());
    }
    page
}

const HEAD: &str = "# Who may do what

Printed from the permission table (`crates/domain/src/permission/`); `cargo xtask gen` writes this page and a test compares it.
*members only*: towards people whose role is Member.

- A level grants its own actions. The levels above grant them too where they have an action of the same meaning: an
  organization's Admin may edit every project of it, a team's Member works in all its projects.
- Owner, Admin and Billing Manager of the account act in every organization, as far as the account's table names the action.
  A Member of the account sees the organizations they belong to and no others.
- Only an Owner (whoever may transfer ownership) makes somebody Owner or Admin; an Admin gives the roles below Admin.
- What one may not see does not exist (404); what one sees and may not do is refused with the reason (403).
- Anybody may leave. The last Owner of the account or of an organization can neither leave nor be demoted or removed.
- `end_user_sessions`, `delete_organization`, `create_team`, `view_audit_log` and `configure_mail` are this product's own rows; `delete_account` is the uninstaller's
  job, and the subscription and payment rows have nothing to act on in an installation without Internet.
";

fn title(level: Level) -> &'static str {
    match level {
        Level::Account => "Account",
        Level::Organization => "Organization",
        Level::Team => "Team",
        Level::Project => "Project",
    }
}

fn words(rule: Rule) -> &'static str {
    match rule {
        Rule::Yes => "yes",
        Rule::MembersOnly => "members only",
        Rule::No => "no",
    }
}
