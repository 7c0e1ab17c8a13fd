//! Adds people of an organization to its teams and projects, one by one or by user group.
//!
//! Adding a group adds the people who are in it at that moment. Must never add a person from outside the organization.

use std::collections::{BTreeMap, BTreeSet};

use testkeep_domain::audit::AuditAction;
use testkeep_domain::permission::{AccountAction, Action, Level, ProjectAction, Role, TeamAction};
use testkeep_store::people::{group, member, user};
use testkeep_store::{List, Tx};

use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::ops::people::role_mails;
use crate::ops::scopes::creation::lock_organization;
use crate::ops::scopes::names::taken;
use crate::{App, Error};

/// Maximum number of ids in one list of a request.
const IDS_MAX: usize = 1000;
/// Maximum number of people that a message names.
const NAMED_MAX: usize = 10;
const USERS: &str = "user_ids";
const GROUPS: &str = "group_ids";

/// Numbers of people: added, and there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Added {
    pub added: i64,
    pub already: i64,
}

impl Added {
    /// Counts one person; returns `new`.
    pub(in crate::ops) fn count(&mut self, new: bool) -> bool {
        if new {
            self.added += 1;
        } else {
            self.already += 1;
        }
        new
    }
}

/// People of an organization: user id → email address. Each person appears once.
pub(in crate::ops) type Colleagues = BTreeMap<i64, String>;

/// The action that adds people in a scope of this level.
///
/// # Errors
/// [`Error::NotFound`] for the account and organizations: people join these by invitation.
pub(crate) fn add(level: Level) -> Result<Action, Error> {
    match level {
        Level::Team => Ok(TeamAction::AddTeamUser.into()),
        Level::Project => Ok(ProjectAction::AddProjectUser.into()),
        Level::Account | Level::Organization => Err(Error::NotFound),
    }
}

/// Adds people as Members. People who are in the team or project already keep their role.
pub(crate) async fn add_users(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    user_ids: &[i64],
    group_ids: &[i64],
) -> Result<Added, Error> {
    let action = add(level)?;
    let mut change = Change::begin(app, caller, level, id, action).await?;
    refuse_too_many(USERS, user_ids)?;
    refuse_too_many(GROUPS, group_ids)?;
    if user_ids.is_empty() && group_ids.is_empty() {
        return Err(Error::field(USERS, "Choose the people or user groups to add."));
    }
    lock_organization(&mut change).await?;
    let mut people = people_of_organization(&mut change, user_ids).await?;
    people.extend(people_of_groups(&mut change, group_ids).await?);
    let (mut added, now) = (Added::default(), change.now());
    for (user_id, email) in people {
        let new = member::create_member(change.tx(), id, user_id, Role::Member.as_str(), now)
            .await
            .map_err(|error| taken(error, level.as_str()))?;
        if added.count(new) {
            role_mails::added(&mut change, &email).await?;
            let event = change.event_at(AuditAction::AddUser, "user", Some(user_id), email);
            change.record(event);
        }
    }
    change.commit().await?;
    Ok(added)
}

pub(in crate::ops) fn refuse_too_many(field: &str, ids: &[i64]) -> Result<(), Error> {
    if ids.len() > IDS_MAX {
        return Err(Error::field(field, format!("Choose at most {IDS_MAX} at once.")));
    }
    Ok(())
}

/// Returns the people with these ids.
///
/// # Errors
/// [`Error::Invalid`], naming the people who are not in the organization.
pub(in crate::ops) async fn people_of_organization(
    change: &mut Change<Scope>,
    user_ids: &[i64],
) -> Result<Colleagues, Error> {
    let (tx, may) = change.parts();
    let organization_id = may.scope().organization_id.ok_or(Error::NotFound)?;
    let (mut people, mut outsiders) = (Colleagues::new(), Vec::new());
    for user_id in user_ids.iter().copied().collect::<BTreeSet<_>>() {
        match member::find_member(&mut *tx, organization_id, user_id).await? {
            Some(person) => drop(people.insert(user_id, person.email)),
            None => outsiders.push(user_id),
        }
    }
    if outsiders.is_empty() { Ok(people) } else { Err(not_in_organization(tx, may, &outsiders).await?) }
}

/// The message names email addresses only if the caller may see everybody in the account.
async fn not_in_organization(tx: &mut Tx, may: &Authorized<Scope>, user_ids: &[i64]) -> Result<Error, Error> {
    let by_address = may.roles().may(AccountAction::InviteUser);
    let mut names = Vec::new();
    for id in user_ids.iter().take(NAMED_MAX) {
        let person = if by_address { user::find_user(&mut *tx, *id).await? } else { None };
        names.push(person.map_or_else(|| format!("user {id}"), |person| person.email));
    }
    if user_ids.len() > NAMED_MAX {
        names.push(format!("{} more", user_ids.len() - NAMED_MAX));
    }
    Ok(Error::field(
        USERS,
        format!(
            "Not a member of this organization: {}. Invite them to the organization first. Nobody was added.",
            names.join(", ")
        ),
    ))
}

async fn people_of_groups(change: &mut Change<Scope>, group_ids: &[i64]) -> Result<Colleagues, Error> {
    let (tx, may) = change.parts();
    let everybody = List { sort: "email".into(), limit: i64::MAX, ..List::default() };
    let mut people = Colleagues::new();
    for id in group_ids.iter().copied().collect::<BTreeSet<_>>() {
        let found = group::find_group(&mut *tx, id).await?;
        if found.is_none_or(|found| Some(found.organization_id) != may.scope().organization_id) {
            return Err(Error::field(
                GROUPS,
                format!(
                    "There is no user group {id} in this organization. Load the page again. Nobody was added."
                ),
            ));
        }
        let members = group::list_group_members(&mut *tx, id, &everybody).await?;
        people.extend(members.into_iter().map(|person| (person.user_id, person.email)));
    }
    Ok(people)
}
