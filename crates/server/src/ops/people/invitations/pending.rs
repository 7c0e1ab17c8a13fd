//! One open invitation: sent again, or revoked. [`super::many`] does the same for many at once.

use testkeep_domain::audit::AuditAction;
use testkeep_store::Tx;
use testkeep_store::people::invitation::{self, Invitation};

use super::mails::{DAY, flooded, mail, no_more_mails};
use super::{Fresh, LIFETIME, Offer, State, level_of, link, resend_invitation, revoke_invitation, state_in};
use crate::identity::auth::Caller;
use crate::ops::change::Change;
use crate::{App, Error};

/// Extends the expiry. The link stays the same if it still works. If not, the invitation gets a new link, and the
/// caller becomes its inviter.
pub(crate) async fn resend(app: &App, caller: &Caller, id: i64) -> Result<Invitation, Error> {
    let mut tx = app.db.begin().await?;
    let open = find_open(&mut tx, id).await?;
    let level = level_of(&open)?;
    let action = resend_invitation(level, open.project_id.is_some());
    let may = caller.authorize(&mut tx, level, open.scope_id, action).await?;
    let mut change = Change::with(app, tx, may);
    if flooded(&mut change, [open.email.as_str()]).await?.contains(&open.email) {
        let message = no_more_mails(&open.email);
        return Err(Error::TooMany {
            message: format!("{message} Copy the link and hand it over yourself, or try again tomorrow."),
            retry_after_seconds: DAY.num_seconds(),
        });
    }
    let now = change.now();
    let lives = state_in(change.tx(), &open, now).await? != State::InviterMayNot;
    let stays = lives && link(app, &open.nonce, &open.token_hash).is_some();
    if !stays {
        // The caller becomes the inviter, so they must hold the permissions that the invitation needs.
        let offer =
            Offer::of(&open).ok_or_else(|| Error::unknown_word("role", "invitation.role", &open.role))?;
        offer.require(*change.may().roles(), level)?;
    }
    let (inviter, fresh) = match (<[u8; 32]>::try_from(open.nonce.as_slice()), stays) {
        (Ok(nonce), true) => (open.inviter_id, Fresh::of(app, nonce)),
        _ => (caller.user_id, Fresh::new(app)?),
    };
    let hashes = [&fresh.token_hash[..], &fresh.mail_token_hash];
    invitation::renew_invitation(change.tx(), id, inviter, &fresh.nonce, hashes, now + LIFETIME).await?;
    let event = change.event_at(AuditAction::ResendInvitation, "invitation", Some(id), open.email);
    change.record(event);
    let renewed = find_open(change.tx(), id).await?;
    mail(&mut change, &renewed).await?;
    change.commit().await?;
    Ok(renewed)
}

pub(crate) async fn revoke(app: &App, caller: &Caller, id: i64) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    let open = find_open(&mut tx, id).await?;
    let level = level_of(&open)?;
    let may = caller.authorize(&mut tx, level, open.scope_id, revoke_invitation(level)).await?;
    let mut change = Change::with(app, tx, may);
    let now = change.now();
    invitation::revoke_invitation(change.tx(), id, now).await?;
    let event = change.event_at(AuditAction::RevokeInvitation, "invitation", Some(id), open.email);
    change.record(event);
    change.commit().await
}

async fn find_open(tx: &mut Tx, id: i64) -> Result<Invitation, Error> {
    let found = invitation::find_invitation(tx, id).await?;
    found
        .filter(|invitation| invitation.accepted_at.is_none() && invitation.revoked_at.is_none())
        .ok_or(Error::NotFound)
}
