//! Teams: create, rename, delete. The creator becomes Owner if they belong to the organization.

use testkeep_domain::audit::AuditAction;
use testkeep_domain::permission::{Level, OrganizationAction, TeamAction};
use testkeep_store::Tx;
use testkeep_store::scopes::scope::{self, NewScope};
use testkeep_store::scopes::{organization, team};

use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::change::Change;
use crate::ops::scopes::creation::{lock_organization, make_creator_owner};
use crate::ops::scopes::names::{checked_name, rename, require_typed_name, taken};
use crate::{App, Error};

pub(crate) async fn create_team(
    app: &App,
    caller: &Caller,
    organization_id: i64,
    name: &str,
) -> Result<i64, Error> {
    let mut change =
        Change::begin(app, caller, Level::Organization, organization_id, OrganizationAction::CreateTeam)
            .await?;
    let name = checked_name(name)?;
    lock_organization(&mut change).await?;
    require_teams(change.tx(), organization_id).await?;
    let now = change.now();
    let new = NewScope {
        level: Level::Team.as_str(),
        organization_id: Some(organization_id),
        team_id: None,
        name: &name,
        description: "",
    };
    let id = scope::create_scope(change.tx(), new, now).await.map_err(|error| taken(error, "team"))?;
    let created =
        Scope { id, level: Level::Team, name, organization_id: Some(organization_id), team_id: None };
    make_creator_owner(&mut change, caller, &created).await?;
    change.record(Event::of(AuditAction::CreateTeam, &created));
    change.commit().await?;
    Ok(id)
}

async fn require_teams(tx: &mut Tx, organization_id: i64) -> Result<(), Error> {
    let organization = organization::find_organization(tx, organization_id).await?.ok_or(Error::NotFound)?;
    if organization.teams_enabled {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "Teams are switched off in “{}”. Switch them on in its settings, or create projects without a team.",
        organization.name
    )))
}

pub(crate) async fn update_team(app: &App, caller: &Caller, id: i64, name: &str) -> Result<(), Error> {
    let mut change = Change::begin(app, caller, Level::Team, id, TeamAction::EditTeam).await?;
    let name = checked_name(name)?;
    if name == change.scope().name {
        return Ok(());
    }
    rename(&mut change, &name).await?;
    let event = Event::of(AuditAction::EditTeam, change.scope()).detail("name", name);
    change.record(event);
    change.commit().await
}

/// Deletes a team with its projects, which cannot be undone. `confirm`: its name, as the person typed it.
pub(crate) async fn delete_team(app: &App, caller: &Caller, id: i64, confirm: &str) -> Result<(), Error> {
    let mut change = Change::begin(app, caller, Level::Team, id, TeamAction::DeleteTeam).await?;
    require_typed_name(change.scope(), confirm)?;
    lock_organization(&mut change).await?;
    let projects = team::count_projects_of_team(change.tx(), id).await?;
    scope::delete_scope(change.tx(), id).await?;
    let event = Event::of(AuditAction::DeleteTeam, change.scope()).detail("projects", projects);
    change.record(event);
    change.commit().await
}
