//! The inviting side: many addresses at once, each with its own answer; send again; revoke.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use testkeep_domain::account::EmailAddress;
use testkeep_domain::permission::Level;
use testkeep_store::invitation::{self, Invitation, NewInvitation};
use testkeep_store::{Tx, scope};

use super::{
    Fresh, LIFETIME, State, invite_user, level_of, link, resend_invitation, revoke_invitation, state_in,
};
use crate::access::Scope;
use crate::auth::Caller;
use crate::mail::message::Message;
use crate::ops::audit::{self, Event};
use crate::{App, Error};

/// At once; each is a row, a link and an event.
const ADDRESSES_MAX: usize = 5_000;
const ADDRESSES: &str = "addresses";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Invited,
    /// An earlier invitation was replaced; its link is dead.
    InvitedAgain,
    AlreadyMember,
    /// Named twice in one go.
    Duplicate,
    Invalid,
}

/// The answer for one address.
#[derive(Debug)]
pub struct Invited {
    pub address: String,
    pub outcome: Outcome,
    pub message: String,
    /// Of [`Outcome::Invited`] and [`Outcome::InvitedAgain`].
    pub invitation: Option<Invitation>,
}

/// `addresses`: separated by comma, semicolon or white space.
pub async fn invite(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    addresses: &str,
    project_id: Option<i64>,
) -> Result<Vec<Invited>, Error> {
    if !matches!(level, Level::Account | Level::Organization) {
        return Err(Error::NotFound);
    }
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let may = caller.authorize(&mut tx, level, id, invite_user(level, project_id.is_some())).await?;
    let addresses = split(addresses)?;
    let project = match project_id {
        Some(project) => Some(find_project(&mut tx, may.scope(), project).await?),
        None => None,
    };
    let invite = Invite { app, caller, scope: may.scope(), project, now };
    let mut seen = BTreeSet::new();
    let mut results = Vec::with_capacity(addresses.len());
    for address in addresses {
        results.push(invite.one(&mut tx, address, &mut seen).await?);
    }
    for invitation in results.iter().filter_map(|result| result.invitation.as_ref()) {
        mail(app, &mut tx, invitation).await?;
    }
    let events = results.iter().filter_map(|result| invite.event(result)).collect();
    audit::record_all(&mut tx, &may, events, now).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(results)
}

fn split(text: &str) -> Result<Vec<&str>, Error> {
    let separators = |c: char| c.is_whitespace() || c == ',' || c == ';';
    let addresses: Vec<&str> = text.split(separators).filter(|address| !address.is_empty()).collect();
    match addresses.len() {
        0 => Err(Error::field(ADDRESSES, "Enter at least one e-mail address.")),
        count if count > ADDRESSES_MAX => Err(Error::field(
            ADDRESSES,
            format!("These are {count} addresses. Invite at most {ADDRESSES_MAX} at once."),
        )),
        _ => Ok(addresses),
    }
}

async fn find_project(tx: &mut Tx, organization: &Scope, id: i64) -> Result<(i64, String), Error> {
    let found = scope::find_scope(tx, id).await?;
    found
        .filter(|project| {
            project.level == "project" && project.organization_id == organization.organization_id
        })
        .map(|project| (project.id, project.name))
        .ok_or_else(|| Error::field("project_id", "This organization has no such project."))
}

/// What all addresses of one go share.
struct Invite<'a> {
    app: &'a App,
    caller: &'a Caller,
    scope: &'a Scope,
    project: Option<(i64, String)>,
    now: DateTime<Utc>,
}

impl Invite<'_> {
    async fn one(
        &self,
        tx: &mut Tx,
        address: &str,
        seen: &mut BTreeSet<EmailAddress>,
    ) -> Result<Invited, Error> {
        let result = |outcome, message: String| Invited {
            address: address.chars().take(254).collect(),
            outcome,
            message,
            invitation: None,
        };
        let email = match EmailAddress::parse(address) {
            Ok(email) => email,
            Err(problem) => return Ok(result(Outcome::Invalid, problem.to_string())),
        };
        if !seen.insert(email.clone()) {
            return Ok(result(
                Outcome::Duplicate,
                format!("{email} is in the list twice; it was invited once."),
            ));
        }
        let known = invitation::find_addressee(&mut *tx, self.scope.id, email.as_str()).await?;
        if known.is_member {
            let message = format!("{email} is in “{}” already.", self.scope.name);
            return Ok(result(Outcome::AlreadyMember, message));
        }
        if known.is_invited {
            invitation::revoke_invitation_of(tx, self.scope.id, email.as_str(), self.now).await?;
        }
        let invitation = self.create(tx, &email, known.has_account).await?;
        let (outcome, message) = if known.is_invited {
            (Outcome::InvitedAgain, format!("{email} was invited again; the earlier link no longer works."))
        } else {
            (Outcome::Invited, format!("{email} was invited."))
        };
        Ok(Invited { invitation: Some(invitation), ..result(outcome, message) })
    }

    async fn create(
        &self,
        tx: &mut Tx,
        email: &EmailAddress,
        has_account: bool,
    ) -> Result<Invitation, Error> {
        let fresh = Fresh::new(self.app)?;
        let expires_at = self.now + LIFETIME;
        let project_id = self.project.as_ref().map(|(id, _)| *id);
        let new = NewInvitation {
            scope_id: self.scope.id,
            project_id,
            email: email.as_str(),
            invited_by: self.caller.user_id,
            nonce: &fresh.nonce,
            token_hash: &fresh.token_hash,
            expires_at,
        };
        let id = invitation::create_invitation(tx, new, self.now).await?;
        Ok(Invitation {
            id,
            scope_id: self.scope.id,
            scope_level: self.scope.level.as_str().into(),
            scope_name: self.scope.name.clone(),
            project_id,
            project_name: self.project.as_ref().map(|(_, name)| name.clone()),
            email: email.to_string(),
            inviter_id: self.caller.user_id,
            inviter_email: self.caller.email.clone(),
            nonce: fresh.nonce.to_vec(),
            token_hash: fresh.token_hash.to_vec(),
            created_at: self.now,
            expires_at,
            password_set_at: None,
            accepted_at: None,
            revoked_at: None,
            has_account,
        })
    }

    fn event(&self, result: &Invited) -> Option<Event> {
        let invitation = result.invitation.as_ref()?;
        let event = Event::new("invite_user", "invitation", Some(invitation.id), invitation.email.as_str());
        let event = event.at(self.scope);
        Some(match &self.project {
            Some((_, name)) => event.detail("project", name.as_str()),
            None => event,
        })
    }
}

/// Renews the expiry. The link stays the same unless it could not work: then it becomes the caller's own invitation.
pub async fn resend(app: &App, caller: &Caller, id: i64) -> Result<Invitation, Error> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let open = find_open(&mut tx, id).await?;
    let level = level_of(&open)?;
    let action = resend_invitation(level, open.project_id.is_some());
    let may = caller.authorize(&mut tx, level, open.scope_id, action).await?;
    let lives = state_in(&mut tx, &open, now).await? != State::InviterMayNot;
    let event = Event::new("resend_invitation", "invitation", Some(id), open.email.as_str()).at(may.scope());
    if lives && link(app, &open.nonce, &open.token_hash).is_some() {
        invitation::renew_invitation(
            &mut tx,
            id,
            open.inviter_id,
            &open.nonce,
            &open.token_hash,
            now + LIFETIME,
        )
        .await?;
    } else {
        let Fresh { nonce, token_hash } = Fresh::new(app)?;
        invitation::renew_invitation(&mut tx, id, caller.user_id, &nonce, &token_hash, now + LIFETIME)
            .await?;
    }
    audit::record(&mut tx, &may, event, now).await?;
    let renewed = find_open(&mut tx, id).await?;
    mail(app, &mut tx, &renewed).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(renewed)
}

pub async fn revoke(app: &App, caller: &Caller, id: i64) -> Result<(), Error> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let open = find_open(&mut tx, id).await?;
    let level = level_of(&open)?;
    let may = caller.authorize(&mut tx, level, open.scope_id, revoke_invitation(level)).await?;
    invitation::revoke_invitation(&mut tx, id, now).await?;
    let event = Event::new("revoke_invitation", "invitation", Some(id), open.email).at(may.scope());
    audit::record(&mut tx, &may, event, now).await?;
    Ok(tx.commit().await?)
}

/// Where mail is configured; the link in *Pending Activations* is there either way. Not about a link that was used.
async fn mail(app: &App, tx: &mut Tx, invitation: &Invitation) -> Result<(), Error> {
    if invitation.password_set_at.is_some() {
        return Ok(());
    }
    let to_organization = invitation.scope_level == Level::Organization.as_str();
    let message = Message::Invitation {
        invitation_id: invitation.id,
        place: invitation.scope_name.clone(),
        invited_by: invitation.inviter_email.clone(),
    };
    let recipient = EmailAddress::parse(&invitation.email).map_err(Error::internal)?;
    message.queue(app, tx, to_organization.then_some(invitation.scope_id), &recipient).await?;
    Ok(())
}

async fn find_open(tx: &mut Tx, id: i64) -> Result<Invitation, Error> {
    let found = invitation::find_invitation(tx, id).await?;
    found
        .filter(|invitation| invitation.accepted_at.is_none() && invitation.revoked_at.is_none())
        .ok_or(Error::NotFound)
}
