//! Organizations and the account itself: create, rename, teams on or off, delete.

use testkeep_domain::permission::{AccountAction, Level, OrganizationAction, Role};
use testkeep_store::licenses::offline;
use testkeep_store::organization;
use testkeep_store::scope::{self, ACCOUNT, NewScope};
use testkeep_store::{Tx, member};

use super::audit::{self, Event};
use super::leases::Turn;
use super::names::{checked_name, rename, require_typed_name, taken};
use crate::access::Scope;
use crate::auth::Caller;
use crate::{App, Error};

#[derive(Debug, Default)]
pub struct OrganizationPatch {
    pub name: Option<String>,
    pub teams_enabled: Option<bool>,
}

/// The creator is its Owner.
pub async fn create_organization(app: &App, caller: &Caller, name: &str) -> Result<i64, Error> {
    let mut tx = app.db.begin().await?;
    let may = caller.authorize(&mut tx, Level::Account, ACCOUNT, AccountAction::CreateOrganization).await?;
    let name = checked_name(name)?;
    let now = app.clock.now();
    let new = NewScope {
        level: Level::Organization.as_str(),
        organization_id: None,
        team_id: None,
        name: &name,
        description: "",
    };
    let id = scope::create_scope(&mut tx, new, now).await.map_err(|error| taken(error, "organization"))?;
    member::create_member(&mut tx, id, caller.user_id, Role::Owner.as_str(), now).await?;
    let created = Scope { id, level: Level::Organization, name, organization_id: Some(id), team_id: None };
    audit::record(&mut tx, &may, Event::of("create_organization", &created), now).await?;
    tx.commit().await?;
    Ok(id)
}

pub async fn update_organization(
    app: &App,
    caller: &Caller,
    id: i64,
    patch: OrganizationPatch,
) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let may =
        caller.authorize(&mut tx, Level::Organization, id, OrganizationAction::UpdateOrganization).await?;
    let mut event = Event::of("update_organization", may.scope());
    if let Some(name) = patch.name {
        let name = checked_name(&name)?;
        event = event.detail("name", name.as_str());
        rename(&mut tx, &may, &name).await?;
    }
    if let Some(enabled) = patch.teams_enabled {
        event = event.detail("teams_enabled", enabled);
        switch_teams(&mut tx, id, enabled).await?;
    }
    audit::record(&mut tx, &may, event, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

async fn switch_teams(tx: &mut Tx, id: i64, enabled: bool) -> Result<(), Error> {
    // Whoever creates a team at this moment holds the organization's lock, or waits for it and finds teams off.
    organization::update_teams_enabled(tx, id, enabled).await?;
    let teams = scope::count_scopes(&mut *tx, id, Level::Team.as_str()).await?;
    if !enabled && teams > 0 {
        return Err(Error::field(
            "teams_enabled",
            "This organization still has teams. Move their projects out and delete them first.",
        ));
    }
    Ok(())
}

/// `confirm` is the name as somebody typed it: nothing brings an organization back.
pub async fn delete_organization(app: &App, caller: &Caller, id: i64, confirm: &str) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let may =
        caller.authorize(&mut tx, Level::Organization, id, OrganizationAction::DeleteOrganization).await?;
    require_typed_name(may.scope(), confirm)?;
    refuse_offline_licenses(app, &mut tx, id).await?;
    scope::delete_scope(&mut tx, id).await?;
    audit::record(&mut tx, &may, Event::of("delete_organization", may.scope()), app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// They work until they expire, and their seats must be counted as long.
async fn refuse_offline_licenses(app: &App, tx: &mut Tx, id: i64) -> Result<(), Error> {
    // Nobody makes one meanwhile.
    let mut turn = Turn::begin(app, tx).await?;
    let now = turn.now();
    let count = offline::count_active_offline_licenses(turn.tx().await?, id, None, now).await?;
    turn.finish().await?;
    if count == 0 {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "This organization has offline licenses in use ({count}), which cannot be revoked. Delete it when they have expired."
    )))
}

pub async fn update_account(app: &App, caller: &Caller, name: &str) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let may = caller.authorize(&mut tx, Level::Account, ACCOUNT, AccountAction::UpdateAccount).await?;
    let name = checked_name(name)?;
    rename(&mut tx, &may, &name).await?;
    let event = Event::of("update_account", may.scope()).detail("name", name);
    audit::record(&mut tx, &may, event, app.clock.now()).await?;
    Ok(tx.commit().await?)
}
