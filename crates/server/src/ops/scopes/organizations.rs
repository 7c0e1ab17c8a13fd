//! Organizations and the account itself: create, rename, teams on or off, delete.

use testkeep_domain::audit::AuditAction;
use testkeep_domain::permission::{AccountAction, Level, OrganizationAction, Role};
use testkeep_store::Tx;
use testkeep_store::licenses::{freed, held, offline};
use testkeep_store::people::member;
use testkeep_store::scopes::organization;
use testkeep_store::scopes::scope::{self, ACCOUNT, NewScope};

use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::change::Change;
use crate::ops::leases::{Turn, end_all_of_organization};
use crate::ops::scopes::names::{checked_name, rename, require_typed_name, taken};
use crate::{App, Error, clock_guard};

#[derive(Debug, Default)]
pub(crate) struct OrganizationPatch {
    pub name: Option<String>,
    pub teams_enabled: Option<bool>,
}

/// Creates an organization; the creator becomes its Owner.
pub(crate) async fn create_organization(app: &App, caller: &Caller, name: &str) -> Result<i64, Error> {
    let mut change =
        Change::begin(app, caller, Level::Account, ACCOUNT, AccountAction::CreateOrganization).await?;
    let name = checked_name(name)?;
    let now = change.now();
    let new = NewScope {
        level: Level::Organization.as_str(),
        organization_id: None,
        team_id: None,
        name: &name,
        description: "",
    };
    let id =
        scope::create_scope(change.tx(), new, now).await.map_err(|error| taken(error, "organization"))?;
    member::create_member(change.tx(), id, caller.user_id, Role::Owner.as_str(), now).await?;
    let created = Scope { id, level: Level::Organization, name, organization_id: Some(id), team_id: None };
    change.record(Event::of(AuditAction::CreateOrganization, &created));
    change.commit().await?;
    Ok(id)
}

pub(crate) async fn update_organization(
    app: &App,
    caller: &Caller,
    id: i64,
    patch: OrganizationPatch,
) -> Result<(), Error> {
    let mut change =
        Change::begin(app, caller, Level::Organization, id, OrganizationAction::UpdateOrganization).await?;
    if patch.name.is_none() && patch.teams_enabled.is_none() {
        return Ok(());
    }
    let mut event = change.event(AuditAction::UpdateOrganization);
    if let Some(name) = patch.name {
        let name = checked_name(&name)?;
        event = event.detail("name", name.as_str());
        rename(&mut change, &name).await?;
    }
    if let Some(enabled) = patch.teams_enabled {
        event = event.detail("teams_enabled", enabled);
        switch_teams(change.tx(), id, enabled).await?;
    }
    change.record(event);
    change.commit().await
}

async fn switch_teams(tx: &mut Tx, id: i64, enabled: bool) -> Result<(), Error> {
    // A request that creates a team at this time either has the organization's lock, or waits for it and then finds
    // teams off.
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

/// Deletes an organization, which cannot be undone. `confirm`: its name, as the person typed it.
pub(crate) async fn delete_organization(
    app: &App,
    caller: &Caller,
    id: i64,
    confirm: &str,
) -> Result<(), Error> {
    let mut change =
        Change::begin(app, caller, Level::Organization, id, OrganizationAction::DeleteOrganization).await?;
    require_typed_name(change.scope(), confirm)?;
    let (tx, may) = change.parts();
    end_licenses(app, tx, id, &may.actor().name).await?;
    scope::delete_scope(change.tx(), id).await?;
    change.record(Event::of(AuditAction::DeleteOrganization, change.scope()));
    change.commit().await
}

/// Ends the organization's sessions.
///
/// # Errors
/// [`Error::Conflict`] while leases are valid whose seats must count until they end: offline licenses, borrowed seats,
/// and seats that were given back early.
async fn end_licenses(app: &App, tx: &mut Tx, id: i64, by: &str) -> Result<(), Error> {
    // With the turn, no other request can make such a lease meanwhile.
    let mut turn = Turn::begin(app, tx).await?;
    let now = turn.now();
    end_all_of_organization(&mut turn, id, by).await?;
    let offline = offline::count_active_offline_licenses(turn.tx().await?, id, None, now).await?;
    let held = held::count_held_seats(turn.tx().await?, Some(id), None, now).await?;
    turn.finish().await?;
    if offline > 0 {
        return Err(Error::Conflict(format!(
            "This organization has offline licenses in use ({offline}), which cannot be revoked. Delete it when they have expired."
        )));
    }
    match held.last_end {
        None => Ok(freed::keep_for_account(tx, id, now - clock_guard::TOLERATED).await?),
        Some(last) => Err(Error::Conflict(format!(
            "This organization has licenses in use ({}) that cannot be taken back before they end: borrowed ones, or leases that count until their end. Delete it after {}.",
            held.count,
            last.format("%Y-%m-%d %H:%M UTC")
        ))),
    }
}

pub(crate) async fn update_account(app: &App, caller: &Caller, name: &str) -> Result<(), Error> {
    let mut change =
        Change::begin(app, caller, Level::Account, ACCOUNT, AccountAction::UpdateAccount).await?;
    let name = checked_name(name)?;
    rename(&mut change, &name).await?;
    let event = Event::of(AuditAction::UpdateAccount, change.scope()).detail("name", name);
    change.record(event);
    change.commit().await
}
