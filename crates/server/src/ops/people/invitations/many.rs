//! Sends many open invitations of a scope again, or revokes them, in one request.

use std::collections::HashMap;

use testkeep_domain::audit::AuditAction;
use testkeep_domain::permission::{Action, Level};
use testkeep_store::people::invitation::Invitation;
use testkeep_store::people::invitations;

use super::mails::{flooded, mail, no_more_mails};
use super::{Fresh, Inviters, LIFETIME, Offer, State, link, resend_invitation, revoke_invitation};
use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::ops::bulk::{Bulk, Row, chosen};
use crate::ops::change::Change;
use crate::{App, Error};

const IDS: &str = "ids";
const GONE: &str = "This invitation was accepted or revoked already.";

pub(crate) async fn resend_many(
    app: &App,
    caller: &Caller,
    place: (Level, i64),
    ids: &[i64],
) -> Result<Bulk, Error> {
    let (mut change, ids, open) = begin(app, caller, place, ids, resend_invitation(place.0, false)).await?;
    let flooded = flooded(&mut change, open.values().map(|it| it.email.as_str())).await?;
    let to_projects = change.may().roles().may(resend_invitation(place.0, true));
    let (mut rows, mut renewed, mut inviters) =
        (Vec::with_capacity(ids.len()), Vec::new(), Inviters::default());
    for id in ids {
        let row = match open.get(&id) {
            None => Row::refused(id, GONE),
            Some(it) if it.project_id.is_some() && !to_projects => {
                Row::refused(id, resend_invitation(place.0, true).refusal())
            }
            Some(it) if flooded.contains(&it.email) => {
                let why = no_more_mails(&it.email);
                Row::refused(
                    id,
                    format!("{why} Copy the link and hand it over yourself, or try again tomorrow."),
                )
            }
            Some(it) => match renew(&mut change, caller, it, &mut inviters).await {
                Ok(again) => {
                    renewed.push(again);
                    Row::done(id, format!("{} was invited again.", it.email))
                }
                Err(Error::Forbidden(why)) => Row::refused(id, why),
                Err(error) => return Err(error),
            },
        };
        rows.push(row);
    }
    let until = change.now() + LIFETIME;
    invitations::renew_invitations(change.tx(), &renewed, until).await?;
    for it in &renewed {
        mail(&mut change, it).await?;
        let event =
            change.event_at(AuditAction::ResendInvitation, "invitation", Some(it.id), it.email.as_str());
        change.record(event);
    }
    change.commit().await?;
    Ok(Bulk { rows, undo: None })
}

pub(crate) async fn revoke_many(
    app: &App,
    caller: &Caller,
    place: (Level, i64),
    ids: &[i64],
) -> Result<Bulk, Error> {
    let (mut change, ids, open) = begin(app, caller, place, ids, revoke_invitation(place.0)).await?;
    let now = change.now();
    let found: Vec<i64> = ids.iter().copied().filter(|id| open.contains_key(id)).collect();
    invitations::revoke_invitations(change.tx(), &found, now).await?;
    for it in found.iter().filter_map(|id| open.get(id)) {
        let event =
            change.event_at(AuditAction::RevokeInvitation, "invitation", Some(it.id), it.email.as_str());
        change.record(event);
    }
    change.commit().await?;
    let rows = ids.into_iter().map(|id| match open.get(&id) {
        Some(it) => Row::done(id, format!("The invitation of {} was revoked.", it.email)),
        None => Row::refused(id, GONE),
    });
    Ok(Bulk { rows: rows.collect(), undo: None })
}

type Begun = (Change<Scope>, Vec<i64>, HashMap<i64, Invitation>);

/// The change, the ids, and the open invitations of the scope among them.
async fn begin(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    ids: &[i64],
    action: Action,
) -> Result<Begun, Error> {
    if !matches!(level, Level::Account | Level::Organization) {
        return Err(Error::NotFound);
    }
    let mut change = Change::begin(app, caller, level, id, action).await?;
    let ids = chosen(IDS, ids)?;
    let open = invitations::list_chosen_invitations(change.tx(), id, &ids).await?;
    Ok((change, ids, open.into_iter().map(|it| (it.id, it)).collect()))
}

/// As in [`super::resend`]: the link stays if it still works; if not, the caller becomes the inviter.
///
/// # Errors
/// [`Error::Forbidden`] when the caller may not give what the invitation gives.
async fn renew(
    change: &mut Change<Scope>,
    caller: &Caller,
    open: &Invitation,
    inviters: &mut Inviters,
) -> Result<Invitation, Error> {
    let (now, app) = (change.now(), change.app().clone());
    let lives = inviters.state(change.tx(), open, now).await? != State::InviterMayNot;
    let stays = lives && link(&app, &open.nonce, &open.token_hash).is_some();
    if !stays {
        let offer =
            Offer::of(open).ok_or_else(|| Error::unknown_word("role", "invitation.role", &open.role))?;
        offer.require(*change.may().roles(), change.scope().level)?;
    }
    let (inviter, fresh) = match (<[u8; 32]>::try_from(open.nonce.as_slice()), stays) {
        (Ok(nonce), true) => ((open.inviter_id, open.inviter_email.clone()), Fresh::of(&app, nonce)),
        _ => ((caller.user_id, caller.email.clone()), Fresh::new(&app)?),
    };
    Ok(Invitation {
        inviter_id: inviter.0,
        inviter_email: inviter.1,
        nonce: fresh.nonce.to_vec(),
        token_hash: fresh.token_hash.to_vec(),
        mail_token_hash: Some(fresh.mail_token_hash.to_vec()),
        expires_at: now + LIFETIME,
        ..open.clone()
    })
}
