//! Decides when the seat of an ended session becomes free: at once, or when its last signed lease has expired.
//!
//! A signed lease cannot be revoked, no matter how its session ended. The vendor's license file sets the rule
//! ([`Returns`]). Must never free a seat while its lease is valid, except within the limits of [`super::limits`].

use std::collections::BTreeMap;

use testkeep_domain::license::{Product, Returns};
use testkeep_store::StoreError;
use testkeep_store::licenses::BATCH_MAX;
use testkeep_store::licenses::freed;
use testkeep_store::licenses::held::{self, OwnHeldSeat};
use testkeep_store::licenses::session_end::EndedSession;
use testkeep_store::licenses::shared_seat;

use super::limits::{is_long, may_return, over_limit};
use super::turn::Turn;
use super::{CheckOut, Stop};
use crate::Error;

/// Counts the seats of ended sessions. Returns the ids of the sessions whose seats are free now. `by_oneself`: their
/// person gave them back. If the person has another live session, that session keeps the seat.
pub(super) async fn settle(
    turn: &mut Turn<'_>,
    ended: &[EndedSession],
    by_oneself: bool,
) -> Result<Vec<i64>, Stop> {
    let now = turn.now();
    let (mut over, mut early) = (Vec::new(), BTreeMap::<Product, Vec<EndedSession>>::new());
    for session in ended {
        let product = product_of(&session.product)?;
        let session = with_shared(ended, session, product);
        if share_seat(turn, &session, product).await? {
            continue;
        }
        if session.signed_until <= now {
            freed::mark_freed_by_time(turn.tx().await?, session.id, session.signed_until).await?;
            turn.note_freed_by_time();
            over.push(session);
        } else {
            early.entry(product).or_default().push(session);
        }
    }
    for (product, mut sessions) in early {
        let kept = kept(turn, product, &sessions, by_oneself).await?;
        hold(turn, ended, sessions.iter().filter(|it| kept.contains(&it.id))).await?;
        sessions.retain(|it| !kept.contains(&it.id));
        over.extend(sessions);
    }
    for session in &over {
        let product = product_of(&session.product)?;
        turn.add_in_use(session.organization_id, product, session.team_id, -1).await?;
    }
    Ok(over.iter().map(|it| it.id).collect())
}

pub(super) fn product_of(word: &str) -> Result<Product, Error> {
    Product::parse(word).ok_or_else(|| Error::unknown_word("product", "license_session.product", word))
}

/// A person's programs that ended together shared one seat. It counts until the last of their leases ends.
fn with_shared(ended: &[EndedSession], session: &EndedSession, product: Product) -> EndedSession {
    let shares = |it: &&EndedSession| {
        product == Product::Kse
            && it.user_id == session.user_id
            && it.organization_id == session.organization_id
            && it.product == session.product
    };
    let longest = ended.iter().filter(shares).map(|it| it.signed_until).max();
    EndedSession {
        signed_until: longest.unwrap_or(session.signed_until).max(session.signed_until),
        ..session.clone()
    }
}

/// Returns `true` when the session had no seat to free, or when another session of its person has taken it over.
async fn share_seat(turn: &mut Turn<'_>, session: &EndedSession, product: Product) -> Result<bool, Stop> {
    if product == Product::Kre {
        return Ok(!session.takes_seat);
    }
    if session.takes_seat {
        return Ok(shared_seat::hand_over_seat(turn.tx().await?, session).await?);
    }
    if session.signed_until > turn.now() {
        let whose = (session.organization_id, session.product.as_str(), session.user_id);
        shared_seat::lengthen_shared_seat(turn.tx().await?, whose, session.signed_until).await?;
    }
    Ok(true)
}

/// Returns the ids of the sessions whose seats still count, because their leases are still valid.
async fn kept(
    turn: &mut Turn<'_>,
    product: Product,
    sessions: &[EndedSession],
    by_oneself: bool,
) -> Result<Vec<i64>, Stop> {
    if turn.returns(product).await? == Returns::Counted {
        return Ok(sessions.iter().map(|it| it.id).collect());
    }
    let (long, short): (Vec<_>, Vec<_>) = sessions.iter().partition(|it| is_long(it, turn.now()));
    let mut kept = Vec::new();
    for session in long {
        if !by_oneself || !may_return(turn, product, session).await? {
            kept.push(session.id);
        }
    }
    kept.extend(over_limit(turn, product, &short).await?);
    Ok(kept)
}

async fn hold(
    turn: &mut Turn<'_>,
    ended: &[EndedSession],
    kept: impl Iterator<Item = &EndedSession>,
) -> Result<(), Stop> {
    let now = turn.now();
    let mut ids = Vec::new();
    for session in kept {
        let is_longer = |it: &EndedSession| it.id == session.id && it.signed_until < session.signed_until;
        if ended.iter().any(is_longer) {
            shared_seat::update_signed_until(turn.tx().await?, session.id, session.signed_until).await?;
        }
        ids.push(session.id);
    }
    for some in ids.chunks(BATCH_MAX) {
        held::create_held_seats(turn.tx().await?, some, now).await?;
        turn.note_held();
    }
    Ok(())
}

impl Turn<'_> {
    /// A clock that was ahead of time freed these seats too early. Counts them again, because their leases are still valid.
    pub(super) async fn hold_again(&mut self) -> Result<(), StoreError> {
        let now = self.now();
        let again = freed::hold_again(self.tx, now).await?;
        if !again.is_empty() {
            tracing::warn!(
                seats = again.len(),
                "the clock was ahead when these seats became free: they count again, because their leases are still valid"
            );
        }
        for (organization_id, word, team_id) in again {
            // This version of the program may not support the product: then it has no seats to count.
            if let Some(product) = Product::parse(&word) {
                self.hold_seat_again(organization_id, product, team_id).await?;
            }
        }
        freed::put_freed_until(self.tx, now).await
    }
}

/// Takes the held seat that the person gave back on this machine and that still counts (KSE: programs of one person on
/// one machine share a seat).
pub(super) async fn take_own_held(
    turn: &mut Turn<'_>,
    order: &CheckOut,
) -> Result<Option<OwnHeldSeat>, Stop> {
    let product = order.package.product();
    if product != Product::Kse || !turn.has_held().await? {
        return Ok(None);
    }
    let now = turn.now();
    let (word, user_id) = (product.word(), order.user_id);
    let own =
        held::list_own_held_seats(turn.tx().await?, order.organization_id, word, user_id, &order.machine_key)
            .await?;
    let here = |it: &OwnHeldSeat| it.expires_at > now && order.is_on_host(&it.hostname);
    let Some(seat) = own.into_iter().find(here) else { return Ok(None) };
    held::delete_held_seat(turn.tx().await?, seat.id).await?;
    Ok(Some(seat))
}
