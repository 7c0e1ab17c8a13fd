//! The invited side: look at a link, choose a password, accept, decline.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use testkeep_domain::Secret;
use testkeep_domain::account::{name_problem, password_problem};
use testkeep_domain::permission::{Level, Role};
use testkeep_store::invitation::{self, Invitation};
use testkeep_store::scope::ACCOUNT;
use testkeep_store::user::{self, NewUser, User};
use testkeep_store::{Tx, member, session};

use super::{State, level_of, state_in};
use crate::access::Scope;
use crate::auth::Caller;
use crate::ops::audit::{self, Event};
use crate::ops::authorized::{Authorized, Oneself};
use crate::ops::notices;
use crate::token::hash_token;
use crate::{App, Error};

/// What the holder of a link does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    MustSetPassword,
    /// There is an account for the address; nobody is signed in.
    SignIn,
    /// The invited person is signed in.
    Accept,
}

#[derive(Debug)]
pub struct LinkView {
    pub invitation: Invitation,
    pub standing: Standing,
}

/// # Errors
/// [`Error::LinkUsed`], [`Error::LinkInvalid`], [`Error::CannotAccept`], each saying what to do.
pub async fn look(app: &App, caller: Option<&Caller>, token: &str) -> Result<LinkView, Error> {
    let mut tx = app.db.begin().await?;
    let invitation = find_by_token(app, &mut tx, token).await?;
    let standing = match caller {
        Some(caller) => {
            require_addressee(caller, &invitation)?;
            Standing::Accept
        }
        None if invitation.has_account => Standing::SignIn,
        None => Standing::MustSetPassword,
    };
    Ok(LinkView { invitation, standing })
}

pub struct ChosenPassword {
    pub password: Secret,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub address: IpAddr,
}

/// A new person chooses their password. They join at their first sign-in.
pub async fn set_password(
    app: &App,
    caller: Option<&Caller>,
    token: &str,
    chosen: ChosenPassword,
) -> Result<(), Error> {
    // Before the expensive hash: a stranger without a link gets none of it.
    let view = look(app, caller, token).await?;
    refuse_existing(&view.invitation)?;
    let (first_name, last_name) = checked(&chosen)?;
    let hash = app.passwords.hash(&chosen.password).await?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let invitation = find_by_token(app, &mut tx, token).await?;
    refuse_existing(&invitation)?;
    if !invitation::note_password_set(&mut tx, invitation.id, now).await? {
        return Err(used(&invitation));
    }
    let email = invitation.email.as_str();
    let new = NewUser { email, password_hash: &hash, first_name: &first_name, last_name: &last_name };
    let user_id = put_user(&mut tx, new, now).await?;
    member::create_member(&mut tx, ACCOUNT, user_id, Role::Member.as_str(), now).await?;
    member::delete_removed_member(&mut tx, ACCOUNT, user_id).await?;
    let may = Authorized::known_person(user_id, email, chosen.address);
    let event = Event::new("set_password_by_invitation", "user", Some(user_id), email);
    audit::record(&mut tx, &may, event, now).await?;
    Ok(tx.commit().await?)
}

fn checked(chosen: &ChosenPassword) -> Result<(String, String), Error> {
    if let Some(problem) = password_problem(chosen.password.expose()) {
        return Err(Error::field("password", problem));
    }
    let name = |field: &str, name: &Option<String>| {
        let name = name.as_deref().unwrap_or_default().trim();
        match name_problem(name) {
            Some(problem) if !name.is_empty() => Err(Error::field(field, problem)),
            _ => Ok(name.to_owned()),
        }
    };
    Ok((name("first_name", &chosen.first_name)?, name("last_name", &chosen.last_name)?))
}

/// Somebody who was removed from the account comes back as who they were.
async fn put_user(tx: &mut Tx, new: NewUser<'_>, now: DateTime<Utc>) -> Result<i64, Error> {
    let Some(known) = user::find_user_by_email(&mut *tx, new.email).await? else {
        return Ok(user::create_user(tx, new, now).await?);
    };
    user::update_password(tx, known.id, new.password_hash).await?;
    session::delete_sessions_of_user(tx, known.id).await?;
    if !new.first_name.is_empty() || !new.last_name.is_empty() {
        user::update_names(tx, known.id, new.first_name, new.last_name).await?;
    }
    Ok(known.id)
}

/// The invited person is signed in and holds the link. Returns the place they joined.
pub async fn accept_by_link(app: &App, caller: &Caller, token: &str) -> Result<Scope, Error> {
    caller.session()?;
    let mut tx = app.db.begin().await?;
    let invitation = find_by_token(app, &mut tx, token).await?;
    require_addressee(caller, &invitation)?;
    let scope =
        join(app, &mut tx, &caller.authorize_oneself(), &invitation, caller.user_id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(scope)
}

/// Being signed in with the address is as good as the link.
pub async fn accept_own(app: &App, caller: &Caller, id: i64) -> Result<Scope, Error> {
    caller.session()?;
    let mut tx = app.db.begin().await?;
    let invitation = find_own(app, &mut tx, caller, id).await?;
    let scope =
        join(app, &mut tx, &caller.authorize_oneself(), &invitation, caller.user_id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(scope)
}

pub async fn decline_own(app: &App, caller: &Caller, id: i64) -> Result<(), Error> {
    caller.session()?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let invitation = find_own(app, &mut tx, caller, id).await?;
    invitation::revoke_invitation(&mut tx, id, now).await?;
    let event = Event::new("decline_invitation", "invitation", Some(id), invitation.email.as_str());
    let event = event.at(&scope_of(&invitation)?);
    audit::record(&mut tx, &caller.authorize_oneself(), event, now).await?;
    Ok(tx.commit().await?)
}

/// Who chose a password through a link joins with the first sign-in.
pub async fn accept_after_sign_in(
    app: &App,
    tx: &mut Tx,
    may: &Authorized<Oneself>,
    user: &User,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    for invitation in invitation::list_invitations_of(&mut *tx, &user.email, now).await? {
        let lives = invitation.password_set_at.is_some()
            && state_in(tx, &invitation, now).await? != State::InviterMayNot;
        if lives {
            join(app, tx, may, &invitation, user.id, now).await?;
        }
    }
    Ok(())
}

async fn join(
    app: &App,
    tx: &mut Tx,
    may: &Authorized<Oneself>,
    invitation: &Invitation,
    user_id: i64,
    now: DateTime<Utc>,
) -> Result<Scope, Error> {
    if !invitation::note_accepted(tx, invitation.id, now).await? {
        return Err(used(invitation));
    }
    let scope = scope_of(invitation)?;
    for place in [Some(scope.id), invitation.project_id].into_iter().flatten() {
        member::create_member(tx, place, user_id, Role::Member.as_str(), now).await?;
        member::delete_removed_member(tx, place, user_id).await?;
    }
    notices::joined(app, tx, &scope, &invitation.email, &invitation.inviter_email).await?;
    let event = Event::new("accept_invitation", "invitation", Some(invitation.id), invitation.email.as_str())
        .at(&scope)
        .detail("invited_by", invitation.inviter_email.as_str());
    audit::record(tx, may, event, now).await?;
    Ok(scope)
}

fn scope_of(invitation: &Invitation) -> Result<Scope, Error> {
    let (level, id) = (level_of(invitation)?, invitation.scope_id);
    let organization_id = (level == Level::Organization).then_some(id);
    Ok(Scope { id, level, name: invitation.scope_name.clone(), organization_id, team_id: None })
}

async fn find_own(app: &App, tx: &mut Tx, caller: &Caller, id: i64) -> Result<Invitation, Error> {
    let found = invitation::find_invitation(&mut *tx, id).await?;
    let invitation = found.filter(|invitation| invitation.email == caller.email).ok_or(Error::NotFound)?;
    require_alive(app, tx, &invitation).await?;
    Ok(invitation)
}

async fn find_by_token(app: &App, tx: &mut Tx, token: &str) -> Result<Invitation, Error> {
    let found = invitation::find_invitation_by_token(&mut *tx, &hash_token(token)).await?;
    let invitation = found.ok_or_else(|| {
        invalid("It was replaced by a newer one, or was not copied completely. Use the newest link, or ask for one.")
    })?;
    require_alive(app, tx, &invitation).await?;
    Ok(invitation)
}

async fn require_alive(app: &App, tx: &mut Tx, invitation: &Invitation) -> Result<(), Error> {
    if invitation.accepted_at.is_some() || invitation.password_set_at.is_some() {
        return Err(used(invitation));
    }
    let inviter = &invitation.inviter_email;
    if invitation.revoked_at.is_some() {
        return Err(invalid(&format!(
            "It was revoked or replaced by a newer one. Ask {inviter} for a new one."
        )));
    }
    match state_in(tx, invitation, app.clock.now()).await? {
        State::Expired => Err(invalid(&format!("It has expired. Ask {inviter} to send it again."))),
        State::InviterMayNot => Err(invalid(&format!(
            "{inviter} may no longer invite people. Ask an Owner or an Admin of “{}” for a new one.",
            invitation.scope_name
        ))),
        State::MustSetPassword | State::NotAccepted | State::WaitsForSignIn => Ok(()),
    }
}

fn invalid(reason: &str) -> Error {
    Error::LinkInvalid(format!("This invitation link is not valid. {reason}"))
}

fn used(invitation: &Invitation) -> Error {
    let email = &invitation.email;
    Error::LinkUsed(match invitation.password_set_at {
        Some(_) => format!(
            "This link has been used to reset password. Sign in as {email} with the password that was chosen."
        ),
        None if invitation.accepted_at.is_some() => {
            format!("This invitation was accepted already. Sign in as {email}.")
        }
        // Somebody else was faster, a moment ago.
        None => format!("This link has been used to reset password. Sign in as {email}."),
    })
}

fn refuse_existing(invitation: &Invitation) -> Result<(), Error> {
    if invitation.has_account {
        let email = &invitation.email;
        return Err(Error::Conflict(format!("{email} has an account already. Sign in with it and accept.")));
    }
    Ok(())
}

fn require_addressee(caller: &Caller, invitation: &Invitation) -> Result<(), Error> {
    if caller.email == invitation.email {
        return Ok(());
    }
    Err(Error::CannotAccept(format!(
        "Cannot accept the invitation. It is for {}, and you are signed in as {}. Sign out, then use the link again.",
        invitation.email, caller.email
    )))
}
