//! Teams as clients see them. An organization is shown as a team, too: that of its projects without a team.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkeep_domain::permission::{Level, Role};
use testkeep_store::people::member;
use testkeep_store::scopes::organization;

use super::client::Client;
use super::{organization as organization_shown, role_word};
use crate::identity::visible::MEMBERSHIPS_MAX;
use crate::{App, Error};

/// The person's teams, with their organizations.
pub(super) async fn of_person(app: &App, client: &Client) -> Result<Vec<Value>, Error> {
    let own = organization::list_organizations(&app.db, client.user_id, false).await?;
    let open = own.iter().filter(|row| row.password_sign_in != Some(false));
    let names: BTreeMap<i64, &str> = open.map(|row| (row.id, row.name.as_str())).collect();
    let mut teams: Vec<Value> = Vec::new();
    for row in own.iter().filter(|row| names.contains_key(&row.id)) {
        let role = row.role.as_deref().and_then(Role::parse);
        teams.push(team(row.id, &row.name, role, row.id, &row.name));
    }
    for row in member::list_memberships(&app.db, client.user_id, MEMBERSHIPS_MAX).await? {
        let Some((id, name)) = row.organization_id.and_then(|id| Some((id, *names.get(&id)?))) else {
            continue;
        };
        if row.level == Level::Team.as_str() {
            teams.push(team(row.scope_id, &row.name, Role::parse(&row.role), id, name));
        }
    }
    Ok(teams)
}

fn team(id: i64, name: &str, role: Option<Role>, organization_id: i64, organization: &str) -> Value {
    // A team has no billing manager; clients know three words only.
    let role = role.filter(|role| *role != Role::BillingManager).unwrap_or(Role::Member);
    json!({
        "id": id,
        "name": name,
        "role": role_word(role),
        "organization": organization_shown(organization_id, organization, None),
        "organizationId": organization_id,
    })
}
