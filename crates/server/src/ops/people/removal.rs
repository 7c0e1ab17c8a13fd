//! Removes people from a scope, one or many, or lets the caller leave.
//!
//! A removal from an organization, team or project can be undone for a minute, and the mails about it wait for that
//! time. A removal from the account cannot: it ends every session and API key.

use std::collections::HashMap;

use testkeep_domain::audit::AuditAction;
use testkeep_domain::permission::{Level, Role};
use testkeep_store::licenses::assignment::Assignment;
use testkeep_store::people::member::{self, Member};
use testkeep_store::people::members::{self, GroupMembership, Membership};
use testkeep_store::people::{api_key, password_reset, session};

use super::users::{find_target, last_owner, refuse_last_owner, remove, role_of};
use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::ops::bulk::{Bulk, Row, UndoTicket, chosen};
use crate::ops::change::Change;
use crate::ops::leases::{Turn, end_for_leavers};
use crate::ops::people::role_mails;
use crate::ops::undo::{Farewell, Person, Undoable, keep};
use crate::{App, Error};

const USERS: &str = "user_ids";

/// The rows that a removal has deleted.
struct Lost {
    members: Vec<Membership>,
    groups: Vec<GroupMembership>,
    assignments: Vec<Assignment>,
}

/// Removes a person, or lets the caller leave. Removal from the account removes the person from all scopes and ends
/// every session and API key.
pub(crate) async fn remove_user(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    user_id: i64,
) -> Result<(), Error> {
    let leaves = user_id == caller.user_id;
    let mut change = if leaves {
        Change::begin_leaving(app, caller, level, id).await?
    } else {
        Change::begin(app, caller, level, id, remove(level)).await?
    };
    let (target, role) = find_target(change.tx(), id, user_id).await?;
    change.may().reach(role)?;
    if role == Role::Owner {
        refuse_last_owner(&mut change, user_id).await?;
    }
    if let Some(place) = needed_owners(&mut change, &[user_id]).await?.remove(&user_id) {
        return Err(last_owner(&place));
    }
    take_out(&mut change, std::slice::from_ref(&target)).await?;
    if !leaves {
        role_mails::removed(&mut change, &target.email).await?;
    }
    let event = if leaves {
        change.event_at(AuditAction::Leave, "user", Some(user_id), target.email)
    } else {
        change.event_at(AuditAction::RemoveUser, "user", Some(user_id), target.email)
    };
    change.record(event.detail("role", role.as_str()));
    change.commit().await
}

/// Removes many people; each gets an answer.
pub(crate) async fn remove_users(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    user_ids: &[i64],
) -> Result<Bulk, Error> {
    let mut change = Change::begin(app, caller, level, id, remove(level)).await?;
    let ids = chosen(USERS, user_ids)?;
    let found = members::list_members_of(change.tx(), id, &ids).await?;
    let found: HashMap<i64, Member> = found.into_iter().map(|it| (it.user_id, it)).collect();
    let mut refused = HashMap::new();
    for user_id in &ids {
        if let Some(reason) = refusal(&change, caller, found.get(user_id))? {
            refused.insert(*user_id, reason);
        }
    }
    refuse_all_owners(&mut change, &found, &mut refused).await?;
    let left: Vec<i64> = ids.iter().copied().filter(|id| !refused.contains_key(id)).collect();
    let needed = needed_owners(&mut change, &left).await?;
    refused.extend(needed.into_iter().map(|(id, place)| (id, last_owner(&place).message())));
    let targets: Vec<Member> =
        ids.iter().filter(|id| !refused.contains_key(*id)).filter_map(|id| found.get(id)).cloned().collect();
    let undo = if targets.is_empty() { None } else { remove_targets(&mut change, &targets).await? };
    change.commit().await?;
    let rows = ids.into_iter().map(|id| match (refused.remove(&id), found.get(&id)) {
        (None, Some(person)) => Row::done(id, format!("{} was removed.", person.email)),
        (reason, _) => Row::refused(id, reason.unwrap_or_default()),
    });
    Ok(Bulk { rows: rows.collect(), undo })
}

fn refusal(change: &Change<Scope>, caller: &Caller, found: Option<&Member>) -> Result<Option<String>, Error> {
    let Some(person) = found else { return Ok(Some("This person is not here any more.".into())) };
    if person.user_id == caller.user_id {
        return Ok(Some("You cannot remove yourself. Leave instead.".into()));
    }
    Ok(change.may().reach(role_of(person)?).err().map(|error| error.message()))
}

/// If all Owners are chosen, none of them is removed.
async fn refuse_all_owners(
    change: &mut Change<Scope>,
    found: &HashMap<i64, Member>,
    refused: &mut HashMap<i64, String>,
) -> Result<(), Error> {
    let id = change.scope().id;
    let owners = member::lock_owners(change.tx(), id).await?;
    let scope = change.scope();
    let needs_one = matches!(scope.level, Level::Account | Level::Organization);
    let goes = |id: &i64| found.contains_key(id) && !refused.contains_key(id);
    if needs_one && owners.iter().all(goes) {
        let reason = last_owner(&scope.name).message();
        refused.extend(owners.into_iter().map(|id| (id, reason.clone())));
    }
    Ok(())
}

/// People whose removal from the account would leave an organization without an Owner, with its name.
async fn needed_owners(change: &mut Change<Scope>, ids: &[i64]) -> Result<HashMap<i64, String>, Error> {
    if change.scope().level != Level::Account {
        return Ok(HashMap::new());
    }
    Ok(members::list_needed_owners(change.tx(), ids).await?.into_iter().collect())
}

async fn remove_targets(change: &mut Change<Scope>, targets: &[Member]) -> Result<Option<UndoTicket>, Error> {
    let Lost { members, groups, assignments } = take_out(change, targets).await?;
    for target in targets {
        let (id, email) = (Some(target.user_id), target.email.as_str());
        let event = change.event_at(AuditAction::RemoveUser, "user", id, email);
        change.record(event.detail("role", target.role.as_str()));
    }
    if change.scope().level == Level::Account {
        for target in targets {
            role_mails::removed(change, &target.email).await?;
        }
        return Ok(None);
    }
    let people = targets.iter().map(|it| Person {
        user_id: it.user_id,
        email: it.email.clone(),
        role: it.role.clone(),
    });
    let farewell = (change.scope().level != Level::Project).then(|| Farewell {
        place: role_mails::place_of(change.scope()),
        organization_id: change.scope().organization_id,
        by: change.may().actor().name.clone(),
    });
    let undoable = Undoable::RemoveUsers { people: people.collect(), members, groups, assignments, farewell };
    keep(change, &undoable).await
}

async fn take_out(change: &mut Change<Scope>, targets: &[Member]) -> Result<Lost, Error> {
    let Scope { id, level, .. } = *change.scope();
    let ids: Vec<i64> = targets.iter().map(|it| it.user_id).collect();
    if level == Level::Account {
        session::delete_sessions_of_users(change.tx(), &ids).await?;
        password_reset::delete_password_resets_of_users(change.tx(), &ids).await?;
        api_key::delete_api_keys_of_users(change.tx(), &ids).await?;
    }
    let assignments = end_licenses(change, &ids).await?;
    let (members, groups) = members::delete_members(change.tx(), id, &ids).await?;
    if matches!(level, Level::Account | Level::Organization) {
        let now = change.now();
        let (tx, may) = change.parts();
        let people = targets.iter().map(|it| (it.user_id, it.role.as_str()));
        members::create_removed_members(tx, id, people, &may.actor().name, now).await?;
    }
    Ok(Lost { members, groups, assignments })
}

/// People who leave an organization lose its assignments and seats; people who leave the account, those of all
/// organizations.
async fn end_licenses(change: &mut Change<Scope>, user_ids: &[i64]) -> Result<Vec<Assignment>, Error> {
    let app = change.app().clone();
    let (tx, may) = change.parts();
    let organizations = match may.scope().level {
        Level::Account => members::list_organizations_of(&mut *tx, user_ids).await?,
        Level::Organization => vec![(may.scope().id,)],
        Level::Team | Level::Project => return Ok(Vec::new()),
    };
    let mut turn = Turn::begin(&app, tx).await?;
    let mut lost = Vec::new();
    for (organization_id,) in organizations {
        lost.extend(end_for_leavers(&mut turn, organization_id, user_ids, &may.actor().name).await?);
    }
    turn.finish().await?;
    Ok(lost)
}
