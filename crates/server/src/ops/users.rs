//! People at a place, whatever its level: roles, login options, removal, ownership.
//!
//! A permission that reaches Members only is held against the target's role, here, for every level. The last Owner of
//! a place can neither leave nor be demoted or removed.

use testkeep_domain::permission::{
    AccountAction, Action, Level, OrganizationAction, ProjectAction, Role, Roles, TeamAction,
};
use testkeep_store::member::{self, Member};
use testkeep_store::{Tx, api_key, organization, session};

use super::audit::{self, Event};
use super::authorized::Authorized;
use super::leases::{Turn, end_for_leaver};
use super::notices;
use crate::access::Scope;
use crate::auth::Caller;
use crate::{App, Error};

pub const ROLE: &str = "role";

#[derive(Debug, Default)]
pub struct UserPatch {
    pub role: Option<Role>,
    pub password_sign_in: Option<bool>,
}

/// What a level calls the things that are done to people.
pub fn edit_role(level: Level) -> Action {
    match level {
        Level::Account => AccountAction::EditUserRole.into(),
        Level::Organization => OrganizationAction::EditUserRole.into(),
        Level::Team => TeamAction::EditTeamUserRole.into(),
        Level::Project => ProjectAction::EditProjectUserRole.into(),
    }
}

pub fn remove(level: Level) -> Action {
    match level {
        Level::Account => AccountAction::RemoveUser.into(),
        Level::Organization => OrganizationAction::RemoveUser.into(),
        Level::Team => TeamAction::RemoveTeamUser.into(),
        Level::Project => ProjectAction::RemoveProjectUser.into(),
    }
}

pub fn transfer(level: Level) -> Action {
    match level {
        Level::Account => AccountAction::TransferOwnership.into(),
        Level::Organization => OrganizationAction::TransferOwnership.into(),
        Level::Team => TeamAction::TransferOwnership.into(),
        Level::Project => ProjectAction::TransferOwnership.into(),
    }
}

/// Teams and projects have no login options of their own.
pub fn edit_login_options(level: Level) -> Option<Action> {
    match level {
        Level::Account => Some(AccountAction::EditUserLoginOptions.into()),
        Level::Organization => Some(OrganizationAction::EditUserLoginOptions.into()),
        Level::Team | Level::Project => None,
    }
}

/// Who makes others Owner or Admin: whoever may hand the place over. Roles below Admin need the right to edit roles.
pub fn may_give(roles: &Roles, level: Level, role: Role) -> bool {
    match role {
        Role::Owner | Role::Admin => roles.may(transfer(level)),
        Role::BillingManager | Role::Member => roles.may(edit_role(level)),
    }
}

pub async fn update_user(
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
    let mut tx = app.db.begin().await?;
    // Also for no change at all: the answer shows the person.
    if role.is_some() || login_options.is_none() {
        let may = caller.authorize(&mut tx, level, id, edit_role(level)).await?;
        if let Some(role) = role {
            update_role(app, &mut tx, &may, user_id, role).await?;
        }
    }
    if let Some((action, allowed)) = login_options {
        let may = caller.authorize(&mut tx, level, id, action).await?;
        update_login_options(app, &mut tx, &may, user_id, allowed).await?;
    }
    tx.commit().await?;
    app.jobs.wake();
    Ok(())
}

async fn update_role(
    app: &App,
    tx: &mut Tx,
    may: &Authorized<Scope>,
    user_id: i64,
    role: Role,
) -> Result<(), Error> {
    let Scope { id, level, .. } = *may.scope();
    let (target, before) = find_target(tx, id, user_id).await?;
    may.reach(before)?;
    if !level.roles().contains(&role) {
        return Err(Error::field(ROLE, "This role exists at the account level alone."));
    }
    if role == before {
        return Ok(());
    }
    if !may_give(may.roles(), level, role) {
        return Err(Error::Forbidden("Only an Owner makes somebody Owner or Admin. Ask an Owner.".into()));
    }
    if before == Role::Owner {
        refuse_last_owner(tx, may.scope(), user_id).await?;
    }
    member::update_member_role(tx, id, user_id, role.as_str()).await?;
    notices::role_changed(app, tx, may, &target.email, (before, role)).await?;
    let event = Event::new("edit_user_role", "user", Some(user_id), target.email)
        .at(may.scope())
        .detail("from", before.as_str())
        .detail("to", role.as_str());
    audit::record(tx, may, event, app.clock.now()).await
}

async fn update_login_options(
    app: &App,
    tx: &mut Tx,
    may: &Authorized<Scope>,
    user_id: i64,
    allowed: bool,
) -> Result<(), Error> {
    let Scope { id, .. } = *may.scope();
    let (target, role) = find_target(tx, id, user_id).await?;
    may.reach(role)?;
    if !allowed && role == Role::Owner {
        return Err(Error::Conflict(
            "An Owner must be able to sign in with a password. Change the role first.".into(),
        ));
    }
    member::update_member_password_sign_in(tx, id, user_id, allowed).await?;
    let event = Event::new("edit_user_login_options", "user", Some(user_id), target.email)
        .at(may.scope())
        .detail("password_sign_in", allowed);
    audit::record(tx, may, event, app.clock.now()).await
}

/// Oneself: leaves. From the account: out of everything, every session and API key ends.
pub async fn remove_user(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    user_id: i64,
) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let leaves = user_id == caller.user_id;
    let may = if leaves {
        caller.authorize_being_there(&mut tx, level, id).await?
    } else {
        caller.authorize(&mut tx, level, id, remove(level)).await?
    };
    let (target, role) = find_target(&mut tx, id, user_id).await?;
    may.reach(role)?;
    if role == Role::Owner {
        refuse_last_owner(&mut tx, may.scope(), user_id).await?;
    }
    take_out(app, &mut tx, &may, &target).await?;
    let event = if leaves {
        Event::new("leave", "user", Some(user_id), target.email)
    } else {
        notices::removed(app, &mut tx, &may, &target.email).await?;
        Event::new("remove_user", "user", Some(user_id), target.email)
    };
    let event = event.at(may.scope()).detail("role", role.as_str());
    audit::record(&mut tx, &may, event, app.clock.now()).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(())
}

async fn take_out(app: &App, tx: &mut Tx, may: &Authorized<Scope>, target: &Member) -> Result<(), Error> {
    let Scope { id, level, .. } = *may.scope();
    let now = app.clock.now();
    if level == Level::Account {
        refuse_last_owner_anywhere(tx, target.user_id).await?;
        session::delete_sessions_of_user(tx, target.user_id).await?;
        api_key::delete_api_keys_of_user(tx, target.user_id).await?;
    }
    end_licenses(app, tx, may, target.user_id).await?;
    member::delete_member(tx, id, target.user_id).await?;
    if matches!(level, Level::Account | Level::Organization) {
        let by = may.actor().name.as_str();
        member::create_removed_member(tx, id, target.user_id, &target.role, by, now).await?;
    }
    Ok(())
}

/// Whoever leaves an organization gives back its licenses; whoever leaves the account, those of all.
async fn end_licenses(app: &App, tx: &mut Tx, may: &Authorized<Scope>, user_id: i64) -> Result<(), Error> {
    let organizations = match may.scope().level {
        Level::Account => organization::list_organization_ids_of_user(&mut *tx, user_id).await?,
        Level::Organization => vec![(may.scope().id,)],
        Level::Team | Level::Project => return Ok(()),
    };
    let mut turn = Turn::begin(app, tx).await?;
    for (organization_id,) in organizations {
        end_for_leaver(&mut turn, organization_id, user_id, &may.actor().name).await?;
    }
    turn.finish().await?;
    Ok(())
}

/// The new Owner must be there already; whoever hands over becomes Admin.
pub async fn transfer_ownership(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    user_id: i64,
) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let may = caller.authorize(&mut tx, level, id, transfer(level)).await?;
    let (target, before) = find_target(&mut tx, id, user_id).await?;
    if before == Role::Owner {
        return Err(Error::Conflict(format!("{} is an Owner already.", target.email)));
    }
    member::update_member_role(&mut tx, id, user_id, Role::Owner.as_str()).await?;
    // Somebody with the right from a level above may have no role here.
    if member::find_member(&mut tx, id, caller.user_id).await?.is_some_and(|own| own.role == "owner") {
        member::update_member_role(&mut tx, id, caller.user_id, Role::Admin.as_str()).await?;
    }
    notices::role_changed(app, &mut tx, &may, &target.email, (before, Role::Owner)).await?;
    let event = Event::new("transfer_ownership", "user", Some(user_id), target.email)
        .at(may.scope())
        .detail("from", before.as_str());
    audit::record(&mut tx, &may, event, app.clock.now()).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(())
}

async fn find_target(tx: &mut Tx, scope_id: i64, user_id: i64) -> Result<(Member, Role), Error> {
    let target = member::find_member(tx, scope_id, user_id).await?.ok_or(Error::NotFound)?;
    let role = Role::parse(&target.role).ok_or_else(|| Error::internal("a role that is none"))?;
    Ok((target, role))
}

async fn refuse_last_owner(tx: &mut Tx, scope: &Scope, user_id: i64) -> Result<(), Error> {
    let owners = member::lock_owners(tx, scope.id).await?;
    // An organization's Owners stand in for a team's or project's.
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
