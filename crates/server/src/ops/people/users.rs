//! People in a scope of any level: roles, login options, removal, ownership.
//!
//! If a permission covers Members only, the target's role is checked here, for every level. The last Owner of a scope
//! can neither leave nor be demoted or removed.

use testkeep_domain::audit::AuditAction;
use testkeep_domain::permission::{
    AccountAction, Action, Level, OrganizationAction, ProjectAction, Role, Roles, TeamAction,
};
use testkeep_store::Tx;
use testkeep_store::people::member::{self, Member};
use testkeep_store::people::{api_key, password_reset, session};
use testkeep_store::scopes::organization;

use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::ops::change::Change;
use crate::ops::leases::{Turn, end_for_leaver};
use crate::ops::people::role_mails;
use crate::{App, Error};

pub(crate) const ROLE: &str = "role";
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
    take_out(&mut change, &target).await?;
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

async fn take_out(change: &mut Change<Scope>, target: &Member) -> Result<(), Error> {
    let Scope { id, level, .. } = *change.scope();
    if level == Level::Account {
        refuse_last_owner_anywhere(change.tx(), target.user_id).await?;
        session::delete_sessions_of_user(change.tx(), target.user_id).await?;
        password_reset::delete_password_resets_of(change.tx(), target.user_id).await?;
        api_key::delete_api_keys_of_user(change.tx(), target.user_id).await?;
    }
    end_licenses(change, target.user_id).await?;
    member::delete_member(change.tx(), id, target.user_id).await?;
    if matches!(level, Level::Account | Level::Organization) {
        let now = change.now();
        let (tx, may) = change.parts();
        let by = may.actor().name.as_str();
        member::create_removed_member(tx, id, target.user_id, &target.role, by, now).await?;
    }
    Ok(())
}

/// A person who leaves an organization loses its assignments and seats; a person who leaves the account, those of all
/// organizations.
async fn end_licenses(change: &mut Change<Scope>, user_id: i64) -> Result<(), Error> {
    let app = change.app().clone();
    let (tx, may) = change.parts();
    let organizations = match may.scope().level {
        Level::Account => organization::list_organization_ids_of_user(&mut *tx, user_id).await?,
        Level::Organization => vec![(may.scope().id,)],
        Level::Team | Level::Project => return Ok(()),
    };
    let mut turn = Turn::begin(&app, tx).await?;
    for (organization_id,) in organizations {
        end_for_leaver(&mut turn, organization_id, user_id, &may.actor().name).await?;
    }
    turn.finish().await?;
    Ok(())
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

async fn find_target(tx: &mut Tx, scope_id: i64, user_id: i64) -> Result<(Member, Role), Error> {
    let target = member::find_member(tx, scope_id, user_id).await?.ok_or(Error::NotFound)?;
    let role =
        Role::parse(&target.role).ok_or_else(|| Error::unknown_word("role", "member.role", &target.role))?;
    Ok((target, role))
}

async fn refuse_last_owner(change: &mut Change<Scope>, user_id: i64) -> Result<(), Error> {
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

async fn refuse_last_owner_anywhere(tx: &mut Tx, user_id: i64) -> Result<(), Error> {
    match member::find_organization_owned_alone(tx, user_id).await? {
        Some(name) => Err(last_owner(&name)),
        None => Ok(()),
    }
}

fn last_owner(name: &str) -> Error {
    Error::Conflict(format!("“{name}” would be left without an Owner. Transfer the ownership first."))
}
