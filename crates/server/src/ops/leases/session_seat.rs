//! Finds the seat for a new session: the person's seat on this machine, their seat from another machine, or a free
//! seat.

use testkeep_domain::lease::LeaseKind;
use testkeep_domain::license::{Product, Returns};
use testkeep_store::licenses::held::OwnHeldSeat;
use testkeep_store::licenses::session::{self, LiveSession};

use super::end::{EndReason, end};
use super::seat::{Seat, Shortage, find_seat};
use super::settle::take_own_held;
use super::turn::Turn;
use super::{CheckOut, Stop, refusals};
use crate::Error;

/// Maximum number of programs on one machine that share a person's seat.
const PROGRAMS: usize = 10;

/// The seat that a new session uses.
pub(super) enum SessionSeat {
    /// Another program of the same person on the same machine has the seat.
    Shared,
    Seat {
        team_id: Option<i64>,
    },
    /// The person gave this seat back on this machine, and it still counts.
    Held(OwnHeldSeat),
}

impl SessionSeat {
    pub(super) fn team_id(&self) -> Option<i64> {
        match self {
            Self::Shared => None,
            Self::Seat { team_id } => *team_id,
            Self::Held(held) => held.team_id,
        }
    }
}

/// Ends the person's sessions on other machines. If that frees their seat at once, the new session takes it, so the
/// checkout cannot fail for lack of a seat. If the seat counts until its lease ends, nothing is ended before another
/// seat is found.
pub(super) async fn find_session_seat(
    turn: &mut Turn<'_>,
    order: &CheckOut,
    others: &[LiveSession],
    stays: bool,
) -> Result<Result<SessionSeat, Shortage>, Stop> {
    let product = order.package.product();
    if stays {
        end_elsewhere(turn, others).await?;
        return Ok(Ok(SessionSeat::Shared));
    }
    if let Some(held) = take_own_held(turn, order).await? {
        end_elsewhere(turn, others).await?;
        return Ok(Ok(SessionSeat::Held(held)));
    }
    let counted = !others.is_empty() && turn.returns(product).await? == Returns::Counted;
    if !counted && let Some(team_id) = end_elsewhere(turn, others).await? {
        return Ok(Ok(SessionSeat::Seat { team_id }));
    }
    match find_seat(turn, order).await? {
        Seat::Free { team_id } => {
            end_elsewhere(turn, if counted { others } else { &[] }).await?;
            Ok(Ok(SessionSeat::Seat { team_id }))
        }
        Seat::Taken(shortage) => Ok(Err(shortage)),
    }
}

/// KSE: a person works on one machine at a time. Returns the person's sessions elsewhere, which must end, and whether a
/// session on this machine has the person's seat already. The same machine key on another host is another machine.
pub(super) async fn other_sessions(
    turn: &mut Turn<'_>,
    order: &CheckOut,
) -> Result<(Vec<LiveSession>, bool), Stop> {
    let product = order.package.product();
    if product != Product::Kse {
        return Ok((Vec::new(), false));
    }
    let live = session::list_live_sessions_of_user(
        turn.tx().await?,
        order.organization_id,
        product.word(),
        order.user_id,
    )
    .await?;
    let (over, live): (Vec<_>, Vec<_>) = live.into_iter().partition(|it| it.expires_at <= turn.now());
    for session in over {
        end(turn, session.id, EndReason::Missed, None).await?;
    }
    let (here, elsewhere): (Vec<_>, Vec<_>) = live
        .into_iter()
        .partition(|it| it.machine_key == order.machine_key && order.is_on_host(&it.hostname));
    if let Some(borrowed) = elsewhere.iter().find(|it| it.kind == LeaseKind::Borrowed.as_str()) {
        return Err(refusals::borrowed_elsewhere(&borrowed.hostname, borrowed.expires_at).into());
    }
    if here.len() >= PROGRAMS {
        return Err(Error::NoSeat(format!(
            "{PROGRAMS} programs of yours share this machine's license already. Close some of them."
        ))
        .into());
    }
    Ok((elsewhere, !here.is_empty()))
}

/// Ends these sessions. `Some`: a seat became free, with its team.
async fn end_elsewhere(turn: &mut Turn<'_>, others: &[LiveSession]) -> Result<Option<Option<i64>>, Stop> {
    let mut freed = None;
    for session in others {
        if end(turn, session.id, EndReason::Moved, None).await? {
            freed = Some(session.team_id);
        }
    }
    Ok(freed)
}
