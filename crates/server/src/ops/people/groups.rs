//! User groups of an organization: named lists of people, to add them to teams and projects together.
//!
//! A group gives no roles. Must never keep a person who is not in the organization.

use testkeep_domain::audit::AuditAction;
use testkeep_domain::permission::{Level, OrganizationAction};
use testkeep_store::people::group::{self, Group};
use testkeep_store::people::user;

use crate::identity::access::{Access, Scope};
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::change::Change;
use crate::ops::people::adding::{Added, people_of_organization, refuse_too_many};
use crate::ops::scopes::creation::lock_organization;
use crate::ops::scopes::names::{checked_description, checked_name, taken};
use crate::{App, Error};

const GROUP: &str = "group";

#[derive(Debug, Default)]
pub(crate) struct GroupPatch {
    pub name: Option<String>,
    pub description: Option<String>,
}

/// Returns a group and the caller's access to its organization.
///
/// # Errors
/// [`Error::NotFound`] when the caller may not see the group or its organization.
pub(crate) async fn find_visible_group(
    app: &App,
    caller: &Caller,
    id: i64,
) -> Result<(Group, Access), Error> {
    let found = group::find_group(&app.db, id).await?.ok_or(Error::NotFound)?;
    let access = caller.access(&app.db, Level::Organization, found.organization_id).await?;
    access.require(OrganizationAction::ViewGroups)?;
    Ok((found, access))
}

async fn begin(
    app: &App,
    caller: &Caller,
    id: i64,
    action: OrganizationAction,
) -> Result<(Group, Change<Scope>), Error> {
    let mut tx = app.db.begin().await?;
    let found = group::find_group(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let may = caller.authorize(&mut tx, Level::Organization, found.organization_id, action).await?;
    Ok((found, Change::with(app, tx, may)))
}

pub(crate) async fn create_group(
    app: &App,
    caller: &Caller,
    organization_id: i64,
    name: &str,
    description: &str,
) -> Result<i64, Error> {
    let mut change =
        Change::begin(app, caller, Level::Organization, organization_id, OrganizationAction::CreateGroup)
            .await?;
    let name = checked_name(name)?;
    let description = checked_description(description)?;
    lock_organization(&mut change).await?;
    let now = change.now();
    let id = group::create_group(change.tx(), organization_id, &name, &description, now)
        .await
        .map_err(|error| taken(error, GROUP))?;
    let event = Event::new(AuditAction::CreateGroup, GROUP, Some(id), name).at(change.scope());
    change.record(event);
    change.commit().await?;
    Ok(id)
}

pub(crate) async fn update_group(
    app: &App,
    caller: &Caller,
    id: i64,
    patch: GroupPatch,
) -> Result<(), Error> {
    // The group must be visible to the caller before a missing permission is reported.
    let (before, mut change) = begin(app, caller, id, OrganizationAction::ViewGroups).await?;
    let organization_id = before.organization_id;
    let mut event = change.event_at(AuditAction::EditGroup, GROUP, Some(id), before.name.as_str());
    let (mut name, mut description) = (before.name.clone(), before.description.clone());
    if let Some(new) = patch.name {
        change
            .require(caller, Level::Organization, organization_id, OrganizationAction::EditGroupName)
            .await?;
        name = checked_name(&new)?;
        event = event.detail("name", name.as_str());
    }
    if let Some(new) = patch.description {
        let action = OrganizationAction::EditGroupDescription;
        change.require(caller, Level::Organization, organization_id, action).await?;
        description = checked_description(&new)?;
        event = event.detail("description", description.as_str());
    }
    if name == before.name && description == before.description {
        return Ok(());
    }
    group::update_group(change.tx(), id, &name, &description).await.map_err(|error| taken(error, GROUP))?;
    change.record(event);
    change.commit().await
}

/// People stay in the teams and projects that they were added to by this group.
pub(crate) async fn delete_group(app: &App, caller: &Caller, id: i64) -> Result<(), Error> {
    let (found, mut change) = begin(app, caller, id, OrganizationAction::DeleteGroup).await?;
    group::delete_group(change.tx(), id).await?;
    let event = change.event_at(AuditAction::DeleteGroup, GROUP, Some(id), found.name);
    change.record(event.detail("users", found.user_count));
    change.commit().await
}

pub(crate) async fn add_group_users(
    app: &App,
    caller: &Caller,
    id: i64,
    user_ids: &[i64],
) -> Result<Added, Error> {
    let (found, mut change) = begin(app, caller, id, OrganizationAction::AddGroupUser).await?;
    refuse_too_many("user_ids", user_ids)?;
    if user_ids.is_empty() {
        return Err(Error::field("user_ids", "Choose the people to add."));
    }
    lock_organization(&mut change).await?;
    let (mut added, now) = (Added::default(), change.now());
    for (user_id, email) in people_of_organization(&mut change, user_ids).await? {
        let new = group::create_group_member(change.tx(), id, user_id, now)
            .await
            .map_err(|error| taken(error, GROUP))?;
        if added.count(new) {
            let event = change.event_at(AuditAction::AddGroupUser, "user", Some(user_id), email);
            change.record(in_group(event, &found));
        }
    }
    change.commit().await?;
    Ok(added)
}

pub(crate) async fn remove_group_user(
    app: &App,
    caller: &Caller,
    id: i64,
    user_id: i64,
) -> Result<(), Error> {
    let (found, mut change) = begin(app, caller, id, OrganizationAction::RemoveGroupUser).await?;
    if !group::delete_group_member(change.tx(), id, user_id).await? {
        return Err(Error::NotFound);
    }
    let person = user::find_user(change.tx(), user_id).await?.ok_or(Error::NotFound)?;
    let event = change.event_at(AuditAction::RemoveGroupUser, "user", Some(user_id), person.email);
    change.record(in_group(event, &found));
    change.commit().await
}

fn in_group(event: Event, group: &Group) -> Event {
    event.detail("group", group.name.as_str()).detail("group_id", group.id)
}
