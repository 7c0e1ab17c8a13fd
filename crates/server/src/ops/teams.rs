//! Teams: create, rename, delete. Whoever creates one is its Owner, if they belong to the organization.

use testkeep_domain::permission::{Level, OrganizationAction, TeamAction};
use testkeep_store::scope::{self, NewScope};
use testkeep_store::{Tx, organization, team};

use super::audit::{self, Event};
use super::names::{checked_name, rename, require_typed_name, taken};
use super::place::{lock_organization, make_creator_owner};
use crate::access::Scope;
use crate::auth::Caller;
use crate::{App, Error};

pub async fn create_team(app: &App, caller: &Caller, organization_id: i64, name: &str) -> Result<i64, Error> {
    let mut tx = app.db.begin().await?;
    let may = caller
        .authorize(&mut tx, Level::Organization, organization_id, OrganizationAction::CreateTeam)
        .await?;
    let name = checked_name(name)?;
    lock_organization(&mut tx, may.scope()).await?;
    require_teams(&mut tx, organization_id).await?;
    let now = app.clock.now();
    let new = NewScope {
        level: Level::Team.as_str(),
        organization_id: Some(organization_id),
        team_id: None,
        name: &name,
        description: "",
    };
    let id = scope::create_scope(&mut tx, new, now).await.map_err(|error| taken(error, "team"))?;
    let created =
        Scope { id, level: Level::Team, name, organization_id: Some(organization_id), team_id: None };
    make_creator_owner(app, &mut tx, caller, &created).await?;
    audit::record(&mut tx, &may, Event::of("create_team", &created), now).await?;
    tx.commit().await?;
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

pub async fn update_team(app: &App, caller: &Caller, id: i64, name: &str) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let may = caller.authorize(&mut tx, Level::Team, id, TeamAction::EditTeam).await?;
    let name = checked_name(name)?;
    if name == may.scope().name {
        return Ok(());
    }
    rename(&mut tx, &may, &name).await?;
    let event = Event::of("edit_team", may.scope()).detail("name", name);
    audit::record(&mut tx, &may, event, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Its projects go with it. `confirm` is the name as somebody typed it: nothing brings a team back.
pub async fn delete_team(app: &App, caller: &Caller, id: i64, confirm: &str) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let may = caller.authorize(&mut tx, Level::Team, id, TeamAction::DeleteTeam).await?;
    require_typed_name(may.scope(), confirm)?;
    lock_organization(&mut tx, may.scope()).await?;
    let projects = team::count_projects_of_team(&mut tx, id).await?;
    scope::delete_scope(&mut tx, id).await?;
    let event = Event::of("delete_team", may.scope()).detail("projects", projects);
    audit::record(&mut tx, &may, event, app.clock.now()).await?;
    Ok(tx.commit().await?)
}
