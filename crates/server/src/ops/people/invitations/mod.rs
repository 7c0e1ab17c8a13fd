//! Invitations: asking people to join the account or an organization, and their way in.
//!
//! A link is bound to its address, works once, and dies with its expiry, its revocation, a newer invitation to the same
//! place, and with the inviter's right to invite. Its token is derived from `conf/secret.key` whenever somebody may see
//! it; the database holds its hash alone.
//!
//! The link that is shown to those who invite and the one that is mailed are two. A new person may choose a password by
//! either. Somebody who was here before proves by the mailed one, or by their password, that it is them: nobody who
//! invites gets in as somebody else.

mod answer;
mod invite;

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use testkeep_domain::permission::{AccountAction, Action, Level, OrganizationAction};
use testkeep_store::Tx;
use testkeep_store::db::On;
use testkeep_store::invitation::Invitation;

pub use answer::{
    ChosenPassword, LinkView, Standing, accept_after_sign_in, accept_by_link, accept_own, decline_own, look,
    set_password,
};
pub use invite::{Invited, Outcome, invite, resend, revoke};

use crate::identity::access::access_of;
use crate::identity::token::{hash_token, same_secret};
use crate::{App, Error};

pub(in crate::ops) const LIFETIME: Duration = Duration::days(7);
const PURPOSE: &str = "invitation";
const MAILED: &str = "invitation by mail";

/// Where an open invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A new person, who chooses a password first.
    MustSetPassword,
    /// A person with an account who has not accepted.
    NotAccepted,
    /// A new person who chose a password by the link, which is used up; they join with their first sign-in.
    WaitsForSignIn,
    Expired,
    /// The inviter lost the right to invite; sending it again makes it the sender's.
    InviterMayNot,
}

/// Knows of several inviters whether they may still invite, asking once for each.
#[derive(Default)]
pub struct Inviters(HashMap<(i64, i64), bool>);

impl Inviters {
    pub async fn state(
        &mut self,
        on: impl Into<On<'_>>,
        invitation: &Invitation,
        now: DateTime<Utc>,
    ) -> Result<State, Error> {
        if invitation.expires_at <= now {
            return Ok(State::Expired);
        }
        let key = (invitation.scope_id, invitation.inviter_id);
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
        Ok(access) => Ok(access.may(invite_user(level, invitation.project_id.is_some()))),
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

/// What may be done with an open invitation.
pub fn possible_actions(level: Level, invitation: &Invitation) -> [Action; 2] {
    [resend_invitation(level, invitation.project_id.is_some()), revoke_invitation(level)]
}

/// A fresh invitation's secret parts: nonce, and the hashes of the tokens that it makes.
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

/// `None`: made under another `conf/secret.key`; sending it again makes a new one.
pub fn link(app: &App, nonce: &[u8], token_hash: &[u8]) -> Option<String> {
    derived_link(app, PURPOSE, nonce, token_hash)
}

/// For a mail that inviters cannot read: it is sent by the account's mail server, not by an organization's own.
pub fn mailed_link(app: &App, invitation: &Invitation) -> Option<String> {
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

/// For a transaction that goes on using itself.
async fn state_in(tx: &mut Tx, invitation: &Invitation, now: DateTime<Utc>) -> Result<State, Error> {
    Inviters::default().state(tx, invitation, now).await
}
