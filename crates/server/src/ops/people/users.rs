//! People in a scope of any level: roles, login options, ownership; `removal` removes them.
//!
//! If a permission covers Members only, the target's role is checked here, for every level. The last Owner of a scope
//! can neither leave nor be demoted or removed.

use std::collections::HashMap;

use testkeep_domain::audit::AuditAction;
use testkeep_domain::permission::{
    AccountAction, Action, Level, OrganizationAction, ProjectAction, Role, Roles, TeamAction,
};
use testkeep_store::Tx;
use testkeep_store::people::member::{self, Member};
use testkeep_store::people::{members, password_reset, session};

use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::ops::bulk::{Bulk, Row, chosen};
use crate::ops::change::Change;
use crate::ops::people::role_mails;
use crate::{App, Error};

pub(crate) const ROLE: &str = "role";
const USERS: &str = "user_ids";
/// Reasons for refusals that a list of people shows in advance.
pub(crate) const OWNER_GIVES_ROLES: &str = "Only an Owner can make a person Owner or Admin. Ask an Owner.";
pub(crate) const OWNER_NEEDS_PASSWORD: &str =
    "An Owner must be able to sign in with a password. Change the role first.";

pub(crate) fn owner_already(email: &str) -> String {
    format!("{email} is an Owner already.")
}

#[derive(Debug, Default)]
pub(crate) struct UserPatch {
    pub role: Option<Role>,
    pub password_sign_in: Option<bool>,
}

/// The action that changes a role, by level.
pub(crate) fn edit_role(level: Level) -> Action {
    match level {
        Level::Account => AccountAction::EditUserRole.into(),
        Level::Organization => OrganizationAction::EditUserRole.into(),
        Level::Team => TeamAction::EditTeamUserRole.into(),
        Level::Project => ProjectAction::EditProjectUserRole.into(),
    }
}

pub(crate) fn remove(level: Level) -> Action {
    match level {
        Level::Account => AccountAction::RemoveUser.into(),
        Level::Organization => OrganizationAction::RemoveUser.into(),
        Level::Team => TeamAction::RemoveTeamUser.into(),
        Level::Project => ProjectAction::RemoveProjectUser.into(),
    }
}

pub(crate) fn transfer(level: Level) -> Action {
    match level {
        Level::Account => AccountAction::TransferOwnership.into(),
        Level::Organization => OrganizationAction::TransferOwnership.into(),
        Level::Team => TeamAction::TransferOwnership.into(),
        Level::Project => ProjectAction::TransferOwnership.into(),
    }
}

/// The action that changes login options; `None` for teams and projects, which have no login options of their own.
pub(crate) fn edit_login_options(level: Level) -> Option<Action> {
    match level {
        Level::Account => Some(AccountAction::EditUserLoginOptions.into()),
        Level::Organization => Some(OrganizationAction::EditUserLoginOptions.into()),
        Level::Team | Level::Project => None,
    }
}

/// The action that ends a person's sessions; `None` for all levels but the account, because sessions belong to the
/// account.
pub(crate) fn end_sessions_action(level: Level) -> Option<Action> {
    (level == Level::Account).then(|| AccountAction::EndUserSessions.into())
}

/// Whether a person with these roles may give `role`. Owner and Admin need the permission to transfer ownership; the
/// roles below need the permission to edit roles.
pub(crate) fn may_give(roles: Roles, level: Level, role: Role) -> bool {
    match role {
        Role::Owner | Role::Admin => roles.may(transfer(level)),
        Role::BillingManager | Role::Member => roles.may(edit_role(level)),
    }
}

pub(crate) async fn update_user(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    user_id: i64,
    patch: UserPatch,
) -> Result<(), Error> {
    let UserPatch { role, password_sign_in } = patch;
    let login_options = match password_sign_in {
        Some(allowed) => Some((edit_login_options(level).ok_or(Error::NotFound)?, allowed)),
        None => None,
    };
    // Checked even if nothing changes, because the answer shows the person.
    let first = match (role, login_options) {
        (None, Some((action, _))) => action,
        _ => edit_role(level),
    };
    let mut change = Change::begin(app, caller, level, id, first).await?;
    if let Some(role) = role {
        update_role(&mut change, user_id, role).await?;
    }
    if let Some((action, allowed)) = login_options {
        change.require(caller, level, id, action).await?;
        update_login_options(&mut change, user_id, allowed).await?;
    }
    change.commit().await
}

async fn update_role(change: &mut Change<Scope>, user_id: i64, role: Role) -> Result<(), Error> {
    let Scope { id, level, .. } = *change.scope();
    let (target, before) = find_target(change.tx(), id, user_id).await?;
    change.may().reach(before)?;
    if !level.roles().contains(&role) {
        return Err(Error::field(ROLE, "This role exists only in the account."));
    }
    if role == before {
        return Ok(());
    }
    if !may_give(*change.may().roles(), level, role) {
        return Err(Error::Forbidden(OWNER_GIVES_ROLES.into()));
    }
    if before == Role::Owner {
        refuse_last_owner(change, user_id).await?;
    }
    member::update_member_role(change.tx(), id, user_id, role.as_str()).await?;
    role_mails::role_changed(change, &target.email, (before, role)).await?;
    let event = change.event_at(AuditAction::EditUserRole, "user", Some(user_id), target.email);
    change.record(event.detail("from", before.as_str()).detail("to", role.as_str()));
    Ok(())
}

async fn update_login_options(change: &mut Change<Scope>, user_id: i64, allowed: bool) -> Result<(), Error> {
    let Scope { id, level, .. } = *change.scope();
    let (target, role) = find_target(change.tx(), id, user_id).await?;
    change.may().reach(role)?;
    if !allowed && role == Role::Owner {
        return Err(Error::Conflict(OWNER_NEEDS_PASSWORD.into()));
    }
    member::update_member_password_sign_in(change.tx(), id, user_id, allowed).await?;
    let mut event = change
        .event_at(AuditAction::EditUserLoginOptions, "user", Some(user_id), target.email)
        .detail("password_sign_in", allowed);
    if !allowed && level == Level::Account {
        // The old sessions must not work again when the option is switched on again.
        let ended = session::delete_sessions_of_user(change.tx(), user_id).await?;
        event = event.detail("sessions_ended", ended);
        password_reset::delete_password_resets_of(change.tx(), user_id).await?;
    }
    change.record(event);
    Ok(())
}

/// Ends every session of another person, in browsers and of licensed programs. API keys stay. Returns the number of
/// ended sessions.
pub(crate) async fn end_sessions(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    user_id: i64,
) -> Result<u64, Error> {
    let action = end_sessions_action(level).ok_or(Error::NotFound)?;
    let mut change = Change::begin(app, caller, level, id, action).await?;
    let (target, role) = find_target(change.tx(), id, user_id).await?;
    change.may().reach(role)?;
    let ended = session::delete_sessions_of_user(change.tx(), user_id).await?;
    let event = change
        .event_at(AuditAction::EndUserSessions, "user", Some(user_id), target.email)
        .detail("sessions_ended", ended);
    change.record(event);
    change.commit().await?;
    Ok(ended)
}

/// Gives many people one role; each gets an answer.
pub(crate) async fn update_roles(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    user_ids: &[i64],
    role: Role,
) -> Result<Bulk, Error> {
    let mut change = Change::begin(app, caller, level, id, edit_role(level)).await?;
    let ids = chosen(USERS, user_ids)?;
    if !level.roles().contains(&role) {
        return Err(Error::field(ROLE, "This role exists only in the account."));
    }
    if !may_give(*change.may().roles(), level, role) {
        return Err(Error::Forbidden(OWNER_GIVES_ROLES.into()));
    }
    let found = members::list_members_of(change.tx(), id, &ids).await?;
    let found: HashMap<i64, Member> = found.into_iter().map(|it| (it.user_id, it)).collect();
    let owners = member::lock_owners(change.tx(), id).await?;
    let keeps_owner = !matches!(level, Level::Account | Level::Organization)
        || role == Role::Owner
        || owners.iter().any(|owner| !found.contains_key(owner));
    let (mut rows, mut changed) = (Vec::with_capacity(ids.len()), Vec::new());
    for user_id in ids {
        let row = match found.get(&user_id) {
            None => Row::refused(user_id, "This person is not here any more."),
            Some(person) => role_row(&change, caller, (person, role), keeps_owner)?,
        };
        if row.done && found.get(&user_id).is_some_and(|it| it.role != role.as_str()) {
            changed.push(user_id);
        }
        rows.push(row);
    }
    members::update_member_roles(change.tx(), id, &changed, role.as_str()).await?;
    for person in changed.iter().filter_map(|id| found.get(id)) {
        role_mails::role_changed(&mut change, &person.email, (role_of(person)?, role)).await?;
        let (target, email) = (Some(person.user_id), person.email.as_str());
        let event = change.event_at(AuditAction::EditUserRole, "user", target, email);
        change.record(event.detail("from", person.role.as_str()).detail("to", role.as_str()));
    }
    change.commit().await?;
    Ok(Bulk { rows, undo: None })
}

fn role_row(
    change: &Change<Scope>,
    caller: &Caller,
    (person, role): (&Member, Role),
    keeps_owner: bool,
) -> Result<Row, Error> {
    let (id, before) = (person.user_id, role_of(person)?);
    if id == caller.user_id && before != role {
        return Ok(Row::refused(
            id,
            "Your own role is not changed together with others. Change it in its row.",
        ));
    }
    if let Err(error) = change.may().reach(before) {
        return Ok(Row::refused(id, error.message()));
    }
    if before == Role::Owner && !keeps_owner {
        return Ok(Row::refused(id, last_owner(&change.scope().name).message()));
    }
    Ok(Row::done(id, format!("{} is {} now.", person.email, role.title())))
}

/// The new Owner must have a role in the scope already. The former Owner becomes Admin.
pub(crate) async fn transfer_ownership(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    user_id: i64,
) -> Result<(), Error> {
    let mut change = Change::begin(app, caller, level, id, transfer(level)).await?;
    let (target, before) = find_target(change.tx(), id, user_id).await?;
    if before == Role::Owner {
        return Err(Error::Conflict(owner_already(&target.email)));
    }
    member::update_member_role(change.tx(), id, user_id, Role::Owner.as_str()).await?;
    // A caller whose permission comes from a higher scope may have no role here.
    if member::find_member(change.tx(), id, caller.user_id).await?.is_some_and(|own| own.role == "owner") {
        member::update_member_role(change.tx(), id, caller.user_id, Role::Admin.as_str()).await?;
    }
    role_mails::role_changed(&mut change, &target.email, (before, Role::Owner)).await?;
    let event = change
        .event_at(AuditAction::TransferOwnership, "user", Some(user_id), target.email)
        .detail("from", before.as_str());
    change.record(event);
    change.commit().await
}

pub(super) async fn find_target(tx: &mut Tx, scope_id: i64, user_id: i64) -> Result<(Member, Role), Error> {
    let target = member::find_member(tx, scope_id, user_id).await?.ok_or(Error::NotFound)?;
    let role = role_of(&target)?;
    Ok((target, role))
}

pub(super) fn role_of(member: &Member) -> Result<Role, Error> {
    Role::parse(&member.role).ok_or_else(|| Error::unknown_word("role", "member.role", &member.role))
}

pub(super) async fn refuse_last_owner(change: &mut Change<Scope>, user_id: i64) -> Result<(), Error> {
    let id = change.scope().id;
    let owners = member::lock_owners(change.tx(), id).await?;
    let scope = change.scope();
    // A team or project may be without an Owner: the organization's Owners can manage it.
    let needs_one = matches!(scope.level, Level::Account | Level::Organization);
    if needs_one && owners == [user_id] {
        return Err(last_owner(&scope.name));
    }
    Ok(())
}

pub(super) fn last_owner(name: &str) -> Error {
    Error::Conflict(format!("“{name}” would be left without an Owner. Transfer the ownership first."))
}
