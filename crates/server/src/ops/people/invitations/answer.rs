//! The invited person's side: look at a link, choose a password, accept, decline.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use testkeep_domain::Secret;
use testkeep_domain::account::name_problem;
use testkeep_domain::audit::AuditAction;
use testkeep_domain::password::{NewPassword, Owner};
use testkeep_domain::permission::{Level, Role};
use testkeep_store::Tx;
use testkeep_store::people::invitation::{self, Invitation};
use testkeep_store::people::user::{self, NewUser, User};
use testkeep_store::people::{invitation_mail, member, session};
use testkeep_store::scopes::scope::ACCOUNT;

use super::{State, level_of, offer, state_in};
use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::identity::token::{hash_token, same_secret};
use crate::ops::audit::Event;
use crate::ops::authorized::{Authorized, Oneself};
use crate::ops::change::Change;
use crate::ops::people::attempts::Subject;
use crate::ops::people::{passwords, role_mails};
use crate::{App, Error};

/// The next step for the holder of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    MustSetPassword,
    /// The person was removed from the account and holds the shown link. Inviters see that link too, so the password
    /// proves who the person is.
    ConfirmPassword,
    /// The email address has a user, and the caller is not signed in.
    SignIn,
    /// The invited person is signed in.
    Accept,
}

#[derive(Debug)]
pub(crate) struct LinkView {
    pub invitation: Invitation,
    pub standing: Standing,
    /// The link came by a mail that inviters cannot read.
    by_mail: bool,
}

/// As [`look`], for a person who opened the link; the people who invite see that they did.
pub(crate) async fn open(app: &App, caller: Option<&Caller>, token: &str) -> Result<LinkView, Error> {
    let view = look(app, caller, token).await?;
    if view.invitation.opened_at.is_none() {
        let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
        let now = change.now();
        invitation_mail::note_opened(change.tx(), view.invitation.id, now).await?;
        change.commit().await?;
    }
    Ok(view)
}

/// # Errors
/// [`Error::LinkUsed`], [`Error::LinkInvalid`], [`Error::CannotAccept`], each saying what to do.
async fn look(app: &App, caller: Option<&Caller>, token: &str) -> Result<LinkView, Error> {
    let mut tx = app.db.begin().await?;
    let invitation = find_by_token(app, &mut tx, token).await?;
    let by_mail = is_mailed(&invitation, token);
    let standing = match caller {
        Some(caller) => {
            require_addressee(caller, &invitation)?;
            Standing::Accept
        }
        None if invitation.has_account => Standing::SignIn,
        None if invitation.was_here && !by_mail => Standing::ConfirmPassword,
        None => Standing::MustSetPassword,
    };
    Ok(LinkView { invitation, standing, by_mail })
}

fn is_mailed(invitation: &Invitation, token: &str) -> bool {
    invitation.mail_token_hash.as_deref().is_some_and(|hash| same_secret(hash, &hash_token(token)))
}

pub(crate) struct ChosenPassword {
    pub password: Secret,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub address: IpAddr,
}

/// Sets the password of a new person. A person who was in the account before enters their old password instead, unless
/// the link came to them by mail. They join at their first sign-in.
pub(crate) async fn set_password(
    app: &App,
    caller: Option<&Caller>,
    token: &str,
    chosen: ChosenPassword,
) -> Result<(), Error> {
    // Checked before the expensive hash, so that a stranger without a link cannot cause the work.
    let view = look(app, caller, token).await?;
    refuse_existing(&view.invitation)?;
    let was_here = view.invitation.was_here;
    let (first_name, last_name, hash) = if was_here && !view.by_mail {
        (String::new(), String::new(), confirmed(app, &view.invitation, &chosen.password).await?)
    } else {
        let (first_name, last_name, password) = checked(&chosen, &view.invitation)?;
        (first_name, last_name, app.passwords.hash(password.secret()).await?)
    };
    let mut tx = app.db.begin().await?;
    let invitation = find_by_token(app, &mut tx, token).await?;
    refuse_existing(&invitation)?;
    let now = app.clock.now();
    if invitation.was_here != was_here {
        return Err(Error::Conflict(
            "This account was changed at this very moment. Use the link again.".into(),
        ));
    }
    if !invitation::note_password_set(&mut tx, invitation.id, now).await? {
        return Err(used(&invitation));
    }
    let email = invitation.email.as_str();
    let new = NewUser { email, password_hash: &hash, first_name: &first_name, last_name: &last_name };
    let user_id = put_user(&mut tx, new, now).await?;
    if view.by_mail || !was_here {
        user::put_address_proven(&mut tx, user_id, view.by_mail).await?;
    }
    member::create_member(&mut tx, ACCOUNT, user_id, Role::Member.as_str(), now).await?;
    member::delete_removed_member(&mut tx, ACCOUNT, user_id).await?;
    let may = Authorized::known_person(user_id, email, chosen.address);
    let mut change = Change::with(app, tx, may);
    let event = match (was_here, view.by_mail) {
        (true, false) => Event::new(AuditAction::ReturnByInvitation, "user", Some(user_id), email),
        (_, by_mail) => Event::new(AuditAction::SetPasswordByInvitation, "user", Some(user_id), email)
            .detail("link", if by_mail { "mailed" } else { "shown" })
            .detail("invited_by", invitation.inviter_email.as_str()),
    };
    change.record(event);
    change.commit().await
}

/// Returns the stored password when the given one is right. Guessing is limited to 10 attempts in 15 minutes.
async fn confirmed(app: &App, invitation: &Invitation, password: &Secret) -> Result<String, Error> {
    let attempts = Subject::password_by_link(&invitation.email);
    attempts.count(app).await?;
    let known = user::find_user_by_email(&app.db, &invitation.email).await?;
    let right = passwords::check_password(app, known.as_ref(), password).await?;
    if let (Some(right), Some(known)) = (right, known) {
        return Ok(right.new_hash.unwrap_or(known.password));
    }
    tracing::info!(invitation = invitation.id, "a wrong password was given with an invitation's link");
    Err(Error::field(
        "password",
        "This is not the password you had here. If you lost it, use the link in the mail, or ask your server admin to \
         reset it in the desktop manager.",
    ))
}

fn checked(chosen: &ChosenPassword, invitation: &Invitation) -> Result<(String, String, NewPassword), Error> {
    let owner = Owner {
        email: &invitation.email,
        first_name: chosen.first_name.as_deref().unwrap_or_default(),
        last_name: chosen.last_name.as_deref().unwrap_or_default(),
        places: vec![&invitation.scope_name],
    };
    let password = NewPassword::choose(&chosen.password, &owner);
    let password = password.map_err(|problem| Error::field("password", problem))?;
    let name = |field: &str, name: &Option<String>| {
        let name = name.as_deref().unwrap_or_default().trim();
        match name_problem(name) {
            Some(problem) if !name.is_empty() => Err(Error::field(field, problem)),
            _ => Ok(name.to_owned()),
        }
    };
    Ok((name("first_name", &chosen.first_name)?, name("last_name", &chosen.last_name)?, password))
}

/// A person who was removed from the account gets their old user row back.
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

/// The signed-in person accepts with the link. Returns the scope they joined.
pub(crate) async fn accept_by_link(app: &App, caller: &Caller, token: &str) -> Result<Scope, Error> {
    caller.session()?;
    let mut change = Change::of(app, caller.authorize_oneself()).await?;
    let invitation = find_by_token(app, change.tx(), token).await?;
    require_addressee(caller, &invitation)?;
    if is_mailed(&invitation, token) {
        user::put_address_proven(change.tx(), caller.user_id, true).await?;
    }
    let scope = join(&mut change, &invitation, caller.user_id).await?;
    change.commit().await?;
    Ok(scope)
}

/// A signed-in person with a proven email address accepts without the link. Others need the link: somebody who invited
/// that address elsewhere may have chosen their password.
pub(crate) async fn accept_own(app: &App, caller: &Caller, id: i64) -> Result<Scope, Error> {
    caller.session()?;
    let mut change = Change::of(app, caller.authorize_oneself()).await?;
    let invitation = find_own(app, change.tx(), caller, id).await?;
    if !user::is_address_proven(change.tx(), caller.user_id).await? {
        return Err(Error::CannotAccept(format!(
            "Open the link of this invitation to accept it: it is in the mail, or {} gives it to you. Only the link shows \
             that {} is your address, because no mail has reached you by this server yet.",
            invitation.inviter_email, invitation.email
        )));
    }
    let scope = join(&mut change, &invitation, caller.user_id).await?;
    change.commit().await?;
    Ok(scope)
}

pub(crate) async fn decline_own(app: &App, caller: &Caller, id: i64) -> Result<(), Error> {
    caller.session()?;
    let mut change = Change::of(app, caller.authorize_oneself()).await?;
    let now = change.now();
    let invitation = find_own(app, change.tx(), caller, id).await?;
    invitation::revoke_invitation(change.tx(), id, now).await?;
    let event = Event::new(AuditAction::DeclineInvitation, "invitation", Some(id), invitation.email.as_str());
    let event = event.at(&scope_of(&invitation)?);
    change.record(event);
    change.commit().await
}

/// A person who chose a password by a link joins at the first sign-in.
pub(crate) async fn accept_after_sign_in(change: &mut Change<Oneself>, user: &User) -> Result<(), Error> {
    let now = change.now();
    for invitation in invitation::list_invitations_of(change.tx(), &user.email, now).await? {
        let lives = invitation.password_set_at.is_some()
            && state_in(change.tx(), &invitation, now).await? != State::InviterMayNot;
        if lives {
            join(change, &invitation, user.id).await?;
        }
    }
    Ok(())
}

async fn join(change: &mut Change<Oneself>, invitation: &Invitation, user_id: i64) -> Result<Scope, Error> {
    let now = change.now();
    if !invitation::note_accepted(change.tx(), invitation.id, now).await? {
        return Err(used(invitation));
    }
    let scope = scope_of(invitation)?;
    offer::give_role(change, invitation, user_id).await?;
    if let Some(project) = invitation.project_id {
        member::create_member(change.tx(), project, user_id, Role::Member.as_str(), now).await?;
        member::delete_removed_member(change.tx(), project, user_id).await?;
    }
    offer::give_teams(change, &scope, invitation, user_id).await?;
    let missing = offer::give_licenses(change, &scope, invitation, user_id).await?;
    role_mails::joined(change, &scope, &invitation.email, &invitation.inviter_email).await?;
    let event = Event::new(
        AuditAction::AcceptInvitation,
        "invitation",
        Some(invitation.id),
        invitation.email.as_str(),
    )
    .at(&scope)
    .detail("invited_by", invitation.inviter_email.as_str());
    let event = match invitation.role.as_str() {
        "member" => event,
        role => event.detail("role", role),
    };
    let missing: Vec<&str> = missing.iter().map(|product| product.word()).collect();
    change.record(if missing.is_empty() {
        event
    } else {
        event.detail("without_license", missing.join(", "))
    });
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
        // Another request used the link just before.
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
