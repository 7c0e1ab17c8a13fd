//! The permission table as a page for people.

use super::{Action, Level, Rule};

/// `docs/permissions.md`; a test compares it with the committed page.
pub fn print() -> String {
    let mut page = String::from(HEAD);
    for level in Level::ALL {
        page.push_str(&format!("\n## {}\n\n| Area | Action |", title(level)));
        let roles = level.roles();
        roles.iter().for_each(|role| page.push_str(&format!(" {} |", role.as_str())));
        page.push_str("\n|---|---|");
        page.push_str(&"---|".repeat(roles.len()));
        page.push('\n');
        for action in Action::all(level) {
            page.push_str(&format!("| {} | `{}` |", action.area(), action.as_str()));
            roles.iter().for_each(|role| page.push_str(&format!(" {} |", words(action.rule(*role)))));
            page.push('\n');
        }
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
- `delete_organization`, `create_team` and `view_audit_log` are this product's own rows; `delete_account` is the uninstaller's
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
