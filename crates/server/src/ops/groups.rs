//! User groups of an organization: people under one name, to be added to teams and projects together.
//!
//! A group gives nobody a role. Must never keep somebody who is not in the organization.

use testkeep_domain::permission::{Level, OrganizationAction};
use testkeep_store::Tx;
use testkeep_store::group::{self, Group};
use testkeep_store::user;

use super::adding::{Added, people_of_organization, refuse_too_many};
use super::audit::{self, Event};
use super::authorized::Authorized;
use super::names::{checked_description, checked_name, taken};
use super::place::lock_organization;
use crate::access::{Access, Scope};
use crate::auth::Caller;
use crate::{App, Error};

const GROUP: &str = "group";

#[derive(Debug, Default)]
pub struct GroupPatch {
    pub name: Option<String>,
    pub description: Option<String>,
}

/// A group and its organization, for somebody who may see both.
///
/// # Errors
/// [`Error::NotFound`] for what may not be seen.
pub async fn find_visible_group(app: &App, caller: &Caller, id: i64) -> Result<(Group, Access), Error> {
    let found = group::find_group(&app.db, id).await?.ok_or(Error::NotFound)?;
    let access = caller.access(&app.db, Level::Organization, found.organization_id).await?;
    access.require(OrganizationAction::ViewGroups)?;
    Ok((found, access))
}

async fn authorize(
    tx: &mut Tx,
    caller: &Caller,
    id: i64,
    action: OrganizationAction,
) -> Result<(Group, Authorized<Scope>), Error> {
    let found = group::find_group(&mut *tx, id).await?.ok_or(Error::NotFound)?;
    let may = caller.authorize(tx, Level::Organization, found.organization_id, action).await?;
    Ok((found, may))
}

pub async fn create_group(
    app: &App,
    caller: &Caller,
    organization_id: i64,
    name: &str,
    description: &str,
) -> Result<i64, Error> {
    let mut tx = app.db.begin().await?;
    let may = caller
        .authorize(&mut tx, Level::Organization, organization_id, OrganizationAction::CreateGroup)
        .await?;
    let name = checked_name(name)?;
    let description = checked_description(description)?;
    lock_organization(&mut tx, may.scope()).await?;
    let now = app.clock.now();
    let id = group::create_group(&mut tx, organization_id, &name, &description, now)
        .await
        .map_err(|error| taken(error, GROUP))?;
    let event = Event::new("create_group", GROUP, Some(id), name).at(may.scope());
    audit::record(&mut tx, &may, event, now).await?;
    tx.commit().await?;
    Ok(id)
}

pub async fn update_group(app: &App, caller: &Caller, id: i64, patch: GroupPatch) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    // Seen before it is decided which right is needed.
    let (before, mut may) = authorize(&mut tx, caller, id, OrganizationAction::ViewGroups).await?;
    let mut event = Event::new("edit_group", GROUP, Some(id), before.name.as_str()).at(may.scope());
    let (mut name, mut description) = (before.name.clone(), before.description.clone());
    if let Some(new) = patch.name {
        (_, may) = authorize(&mut tx, caller, id, OrganizationAction::EditGroupName).await?;
        name = checked_name(&new)?;
        event = event.detail("name", name.as_str());
    }
    if let Some(new) = patch.description {
        (_, may) = authorize(&mut tx, caller, id, OrganizationAction::EditGroupDescription).await?;
        description = checked_description(&new)?;
        event = event.detail("description", description.as_str());
    }
    if name == before.name && description == before.description {
        return Ok(());
    }
    group::update_group(&mut tx, id, &name, &description).await.map_err(|error| taken(error, GROUP))?;
    audit::record(&mut tx, &may, event, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// The people stay where it was used to add them.
pub async fn delete_group(app: &App, caller: &Caller, id: i64) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let (found, may) = authorize(&mut tx, caller, id, OrganizationAction::DeleteGroup).await?;
    group::delete_group(&mut tx, id).await?;
    let event = Event::new("delete_group", GROUP, Some(id), found.name)
        .at(may.scope())
        .detail("users", found.user_count);
    audit::record(&mut tx, &may, event, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

pub async fn add_group_users(app: &App, caller: &Caller, id: i64, user_ids: &[i64]) -> Result<Added, Error> {
    let mut tx = app.db.begin().await?;
    let (found, may) = authorize(&mut tx, caller, id, OrganizationAction::AddGroupUser).await?;
    refuse_too_many("user_ids", user_ids)?;
    if user_ids.is_empty() {
        return Err(Error::field("user_ids", "Choose the people to add."));
    }
    lock_organization(&mut tx, may.scope()).await?;
    let (mut added, mut events, now) = (Added::default(), Vec::new(), app.clock.now());
    for (user_id, email) in people_of_organization(&mut tx, &may, user_ids).await? {
        let new = group::create_group_member(&mut tx, id, user_id, now)
            .await
            .map_err(|error| taken(error, GROUP))?;
        if added.count(new) {
            let event = Event::new("add_group_user", "user", Some(user_id), email);
            events.push(in_group(event, &may, &found));
        }
    }
    audit::record_all(&mut tx, &may, events, now).await?;
    tx.commit().await?;
    Ok(added)
}

pub async fn remove_group_user(app: &App, caller: &Caller, id: i64, user_id: i64) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let (found, may) = authorize(&mut tx, caller, id, OrganizationAction::RemoveGroupUser).await?;
    if !group::delete_group_member(&mut tx, id, user_id).await? {
        return Err(Error::NotFound);
    }
    let person = user::find_user(&mut tx, user_id).await?.ok_or(Error::NotFound)?;
    let event = Event::new("remove_group_user", "user", Some(user_id), person.email);
    audit::record(&mut tx, &may, in_group(event, &may, &found), app.clock.now()).await?;
    Ok(tx.commit().await?)
}

fn in_group(event: Event, may: &Authorized<Scope>, group: &Group) -> Event {
    event.at(may.scope()).detail("group", group.name.as_str()).detail("group_id", group.id)
}
