//! Invitations: inviting people to the account or to an organization, and joining by them.
//!
//! A link is bound to its email address and works once. It ends at its expiry, when it is revoked, when a newer
//! invitation to the same scope is made, and when the inviter loses the permission to invite. Its token is derived from
//! `conf/secret.key` whenever a person may see it; the database holds only the hash.
//!
//! The link that inviters see and the link in the mail are different. With either, a new person may choose a password.
//! A person who was in the account before must use the mailed link or their old password, so that an inviter cannot
//! sign in as somebody else.

mod answer;
mod check;
mod invite;
mod mails;
mod many;
mod offer;
mod pending;

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use testkeep_domain::permission::{AccountAction, Action, Level, OrganizationAction};
use testkeep_store::Tx;
use testkeep_store::on::On;
use testkeep_store::people::invitation::Invitation;

pub(crate) use answer::{
    ChosenPassword, Standing, accept_after_sign_in, accept_by_link, accept_own, decline_own, open,
    set_password,
};
pub(crate) use check::{check, options};
pub(crate) use invite::{Outcome, invite};
pub(crate) use many::{resend_many, revoke_many};
pub(crate) use offer::{Offer, products, team_ids};
pub(crate) use pending::{resend, revoke};

use crate::identity::access::access_of;
use crate::identity::token::{hash_token, same_secret};
use crate::{App, Error};

pub(in crate::ops) const LIFETIME: Duration = Duration::days(7);
const PURPOSE: &str = "invitation";
const MAILED: &str = "invitation by mail";

/// The state of an open invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// For a new person, who has to choose a password first.
    MustSetPassword,
    /// For a person with an account, who has not accepted yet.
    NotAccepted,
    /// A new person chose a password by the link, which is used up. They join at their first sign-in.
    WaitsForSignIn,
    Expired,
    /// The inviter has lost the permission to invite, or to give what the invitation gives. Sending the invitation again makes the sender the inviter.
    InviterMayNot,
}

/// Checks whether inviters may still invite, with one check for each inviter and scope.
#[derive(Default)]
pub(crate) struct Inviters(HashMap<(i64, i64, String, bool, bool), bool>);

impl Inviters {
    pub(crate) async fn state(
        &mut self,
        on: impl Into<On<'_>>,
        invitation: &Invitation,
        now: DateTime<Utc>,
    ) -> Result<State, Error> {
        if invitation.expires_at <= now {
            return Ok(State::Expired);
        }
        let gives =
            (invitation.role.clone(), !team_ids(invitation).is_empty(), !products(invitation).is_empty());
        let key = (invitation.scope_id, invitation.inviter_id, gives.0, gives.1, gives.2);
        let may = if let Some(may) = self.0.get(&key) {
            *may
        } else {
            let may = may_invite(on, invitation).await?;
            self.0.insert(key, may);
            may
        };
        Ok(match (may, invitation.has_account) {
            (false, _) => State::InviterMayNot,
            (true, _) if invitation.password_set_at.is_some() => State::WaitsForSignIn,
            (true, true) => State::NotAccepted,
            (true, false) => State::MustSetPassword,
        })
    }
}

async fn may_invite(on: impl Into<On<'_>>, invitation: &Invitation) -> Result<bool, Error> {
    let level = level_of(invitation)?;
    match access_of(on, level, invitation.scope_id, invitation.inviter_id, false).await {
        Ok(access) => {
            let gives = Offer::of(invitation).is_some_and(|offer| offer.require(access.roles, level).is_ok());
            Ok(gives && access.may(invite_user(level, invitation.project_id.is_some())))
        }
        Err(Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

fn level_of(invitation: &Invitation) -> Result<Level, Error> {
    Level::parse(&invitation.scope_level)
        .ok_or_else(|| Error::unknown_word("level", "scope.level", &invitation.scope_level))
}

fn invite_user(level: Level, to_project: bool) -> Action {
    match (level, to_project) {
        (Level::Account, _) => AccountAction::InviteUser.into(),
        (_, true) => OrganizationAction::InviteProjectUser.into(),
        (_, false) => OrganizationAction::InviteUser.into(),
    }
}

fn resend_invitation(level: Level, to_project: bool) -> Action {
    match (level, to_project) {
        (Level::Account, _) => AccountAction::ResendInvitation.into(),
        (_, true) => OrganizationAction::ResendProjectInvitation.into(),
        (_, false) => OrganizationAction::ResendInvitation.into(),
    }
}

fn revoke_invitation(level: Level) -> Action {
    match level {
        Level::Account => AccountAction::RevokeInvitation.into(),
        _ => OrganizationAction::RevokeInvitation.into(),
    }
}

/// The actions that apply to an open invitation.
pub(crate) fn possible_actions(level: Level, invitation: &Invitation) -> [Action; 2] {
    [resend_invitation(level, invitation.project_id.is_some()), revoke_invitation(level)]
}

/// The secret parts of a new invitation: the nonce, and the hashes of the tokens derived from it.
struct Fresh {
    nonce: [u8; 32],
    token_hash: [u8; 32],
    mail_token_hash: [u8; 32],
}

impl Fresh {
    fn new(app: &App) -> Result<Self, Error> {
        let mut nonce = [0_u8; 32];
        getrandom::fill(&mut nonce).map_err(Error::internal)?;
        Ok(Self::of(app, nonce))
    }

    fn of(app: &App, nonce: [u8; 32]) -> Self {
        let hash = |purpose| hash_token(&app.secret_key.derive_token(purpose, &nonce));
        Self { nonce, token_hash: hash(PURPOSE), mail_token_hash: hash(MAILED) }
    }
}

/// `None`: the invitation was made with another `conf/secret.key`. Sending it again makes a new link.
pub(crate) fn link(app: &App, nonce: &[u8], token_hash: &[u8]) -> Option<String> {
    derived_link(app, PURPOSE, nonce, token_hash)
}

/// The link for a mail that inviters cannot read: the account's mail server sends it, not an organization's own.
pub(crate) fn mailed_link(app: &App, invitation: &Invitation) -> Option<String> {
    match &invitation.mail_token_hash {
        Some(hash) => derived_link(app, MAILED, &invitation.nonce, hash),
        None => link(app, &invitation.nonce, &invitation.token_hash),
    }
}

fn derived_link(app: &App, purpose: &str, nonce: &[u8], token_hash: &[u8]) -> Option<String> {
    let token = app.secret_key.derive_token(purpose, nonce);
    same_secret(&hash_token(&token), token_hash)
        .then(|| app.config.server_url.link(&format!("/invitation#token={token}")))
}

/// For a transaction that the caller still needs.
async fn state_in(tx: &mut Tx, invitation: &Invitation, now: DateTime<Utc>) -> Result<State, Error> {
    Inviters::default().state(tx, invitation, now).await
}
