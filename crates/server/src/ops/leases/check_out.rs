//! Begins a live session for a client, or keeps its session alive.
//!
//! One request of a batch runs here, inside its turn: the transaction that holds the license lock ([`super::turn`]).

use chrono::{DateTime, TimeDelta, Utc};
use testkeep_domain::lease::LeaseKind;
use testkeep_domain::license::Product;
use testkeep_store::StoreError;
use testkeep_store::licenses::checkout_state::CheckoutState;
use testkeep_store::licenses::machine::{self, NewMachine};
use testkeep_store::licenses::session::{self, NewLicenseSession, SessionKey};
use testkeep_store::licenses::{assignment, denial, session_end, shared_seat, waiter};

use super::batch_data::look_up;
use super::end::{EndReason, UNUSED, end, forget_unused_machines};
use super::seat::Shortage;
use super::session_seat::{SessionSeat, find_session_seat, other_sessions};
use super::turn::Turn;
use super::{
    Answered, CheckOut, Granted, LEASE, LEASE_OF_EXISTING_CLIENTS, Outcome, RENEW, RENEW_OF_EXISTING_CLIENTS,
    Stop, refusals,
};
use crate::Error;

/// How stale a machine's `last_seen_at` and an assignment's `last_used_at` may get before a checkout writes it.
const SEEN_RESOLUTION: TimeDelta = TimeDelta::minutes(10);
/// Denials of one client within this time count once.
const SAME_DENIAL: TimeDelta = TimeDelta::minutes(10);

/// `state`: the data of this client, read in advance for the whole batch; `None`: read here.
pub(super) async fn check_out<'t>(
    turn: &mut Turn<'t>,
    order: &'t CheckOut,
    state: Option<CheckoutState>,
) -> Result<Answered, Stop> {
    let product = order.package.product();
    let state = match state {
        Some(state) => state,
        None => look_up(turn, &[order]).await?.into_iter().next().flatten().ok_or(Error::NotFound)?,
    };
    let idle = require_license(turn, order, &state).await?;
    if let Some(going_on) = same_session(turn, order, &state, idle).await? {
        return Ok(Outcome::Granted(going_on).into());
    }
    turn.require_clock().await?;
    let (others, stays) = other_sessions(turn, order).await?;
    require_machine(turn, order, &state).await?;
    let seat = match find_session_seat(turn, order, &others, stays).await? {
        Ok(seat) => seat,
        Err(shortage) => return refuse(turn, order, shortage).await.map(Answered::from),
    };
    note_machine(turn, order, &state).await?;
    let borrowed = order.borrow_days.is_some();
    let expires_at = expires_at(turn, product, lasts(order.native, order.borrow_days, idle)).await?;
    let new = NewLicenseSession {
        key: order.key(),
        package: order.package.word(),
        team_id: seat.team_id(),
        hostname: &order.hostname,
        client_version: &order.client_version,
        kind: kind(borrowed),
        takes_seat: !matches!(seat, SessionSeat::Shared),
    };
    let begun = turn.begin_session(new, expires_at);
    match seat {
        SessionSeat::Shared => {}
        SessionSeat::Seat { team_id } => turn.add_in_use(order.organization_id, product, team_id, 1).await?,
        SessionSeat::Held(held) => {
            let whose = (order.organization_id, product.word(), order.user_id);
            shared_seat::lengthen_shared_seat(turn.tx().await?, whose, held.expires_at).await?;
        }
    }
    stop_waiting(turn, order).await?;
    note_assignment(turn, order, &state).await?;
    let granted = granted(0, order.key(), order.native, borrowed, turn.now(), expires_at)?;
    Ok(Answered::Begun { index: begun, granted })
}

/// Checks that the person is a member of the organization and has an assignment, where the product or the organization
/// requires one. Returns the organization's idle setting.
async fn require_license(
    turn: &mut Turn<'_>,
    order: &CheckOut,
    state: &CheckoutState,
) -> Result<Option<TimeDelta>, Stop> {
    let product = order.package.product();
    turn.pool(product).await?;
    match state.password_sign_in {
        None => return Err(Error::NotFound.into()),
        Some(false) if order.by_password => return Err(refusals::closed_to_passwords().into()),
        Some(_) => {}
    }
    let organization = turn.organization(order.organization_id, product).await?;
    if !state.has_assignment && (product == Product::Kse || organization.assigned_only) {
        return Err(refusals::not_assigned(product).into());
    }
    Ok(organization.idle_minutes.map(TimeDelta::minutes))
}

/// A client repeats its request when the answer was lost or when its lease is about to end. It keeps its session.
async fn same_session(
    turn: &mut Turn<'_>,
    order: &CheckOut,
    state: &CheckoutState,
    idle: Option<TimeDelta>,
) -> Result<Option<Granted>, Stop> {
    let (Some(id), Some(until)) = (state.session_id, state.session_expires_at) else { return Ok(None) };
    if state.session_ended_at.is_some() {
        let reason = state.session_end_reason.as_deref().and_then(EndReason::parse);
        return match reason.filter(|reason| reason.is_final()) {
            Some(reason) => Err(refusals::session_ended(reason, state.session_ended_by.as_deref()).into()),
            None => Ok(None),
        };
    }
    if until <= turn.now() {
        end(turn, id, EndReason::Missed, None).await?;
        return Ok(None);
    }
    if state.session_hostname.as_deref().is_some_and(|name| !order.is_on_host(name)) {
        // The program, the machine's key or both were copied to another host: each copy needs a session of its own.
        end(turn, id, EndReason::Moved, None).await?;
        return Ok(None);
    }
    let was_borrowed = state.session_kind.as_deref() == Some(LeaseKind::Borrowed.as_str());
    let product = order.package.product();
    // A live session may become borrowed. A borrowed session stays borrowed until it is returned.
    let lasts = lasts(order.native, order.borrow_days, idle);
    let expires_at = if was_borrowed { until } else { expires_at(turn, product, lasts).await? };
    let borrowed = was_borrowed || order.borrow_days.is_some();
    let session = Running { id, native: order.native, borrowed, expires_at };
    go_on(turn, session, order.key()).await.map(Some)
}

struct Running {
    id: i64,
    native: bool,
    borrowed: bool,
    expires_at: DateTime<Utc>,
}

/// Keeps a session alive.
async fn go_on(turn: &mut Turn<'_>, running: Running, key: SessionKey<'_>) -> Result<Granted, Stop> {
    let Running { id, native, borrowed, expires_at } = running;
    let now = turn.now();
    if !session::renew_session(turn.tx().await?, id, kind(borrowed), now, expires_at).await? {
        return Err(Stop::Broken(StoreError::RowNotFound));
    }
    Ok(granted(id, key, native, borrowed, now, expires_at)?)
}

fn kind(borrowed: bool) -> &'static str {
    if borrowed { LeaseKind::Borrowed.as_str() } else { LeaseKind::Online.as_str() }
}

fn granted(
    session_id: i64,
    key: SessionKey<'_>,
    native: bool,
    borrowed: bool,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<Granted, Error> {
    // A borrowed session is not renewed.
    let renew = if native { RENEW } else { RENEW_OF_EXISTING_CLIENTS };
    let renew_at = if borrowed { expires_at } else { now + renew.min((expires_at - now) / 2) };
    Ok(Granted {
        session_id,
        organization_id: key.organization_id,
        product: Product::parse(key.product)
            .ok_or_else(|| Error::unknown_word("product", "the checkout", key.product))?,
        machine_key: key.machine_key.to_owned(),
        session_key: key.session_key.to_owned(),
        borrowed,
        renew_at,
        expires_at,
    })
}

async fn require_machine(turn: &mut Turn<'_>, order: &CheckOut, state: &CheckoutState) -> Result<(), Stop> {
    let product = order.package.product();
    if !order.package.has_machine() || state.machine_id.is_some() {
        return Ok(());
    }
    let quota = i64::from(turn.pool(product).await?.machine_quota);
    if turn.machines(product).await? < quota {
        return Ok(());
    }
    // A machine may have been unused for long enough since the last sweep.
    forget_unused_machines(turn).await?;
    if turn.machines(product).await? < quota {
        return Ok(());
    }
    let now = turn.now();
    let unused = machine::find_longest_unused(turn.tx().await?, product.word(), now).await?;
    Err(refusals::no_machine(product, quota, unused.map(|seen| seen + UNUSED)).into())
}

async fn note_machine(turn: &mut Turn<'_>, order: &CheckOut, state: &CheckoutState) -> Result<(), Stop> {
    let (product, now) = (order.package.product(), turn.now());
    match (state.machine_id, state.machine_seen_at) {
        _ if !order.package.has_machine() => {}
        (Some(id), Some(seen)) => {
            if state.machine_removed_at.is_some() || seen < now - SEEN_RESOLUTION {
                machine::update_machine_seen(turn.tx().await?, id, &order.hostname, order.user_id, now)
                    .await?;
            }
        }
        _ => {
            let new = NewMachine {
                organization_id: order.organization_id,
                product: product.word(),
                machine_key: &order.machine_key,
                hostname: &order.hostname,
                user_id: order.user_id,
            };
            machine::create_machine(turn.tx().await?, new, now).await?;
            turn.add_machines(order.organization_id, product, 1);
        }
    }
    Ok(())
}

async fn note_assignment(turn: &mut Turn<'_>, order: &CheckOut, state: &CheckoutState) -> Result<(), Stop> {
    let now = turn.now();
    if state.has_assignment && state.assignment_used_at.is_none_or(|used| used < now - SEEN_RESOLUTION) {
        let product = order.package.product().word();
        let tx = turn.tx().await?;
        assignment::update_assignment_used(tx, order.organization_id, product, order.user_id, now).await?;
    }
    Ok(())
}

/// How long the lease is valid. A session without keep-alive ends after the organization's idle setting.
fn lasts(native: bool, borrow_days: Option<u32>, idle: Option<TimeDelta>) -> TimeDelta {
    let lease = if native { LEASE } else { LEASE_OF_EXISTING_CLIENTS };
    match borrow_days {
        Some(days) => TimeDelta::days(i64::from(days)),
        None => idle.map_or(lease, |idle| idle.min(lease)),
    }
}

/// The end of the lease: never later than the end of the license.
async fn expires_at(turn: &mut Turn<'_>, product: Product, lasts: TimeDelta) -> Result<DateTime<Utc>, Error> {
    Ok((turn.now() + lasts).min(turn.pool(product).await?.expires_at))
}

async fn refuse(turn: &mut Turn<'_>, order: &CheckOut, shortage: Shortage) -> Result<Outcome, Stop> {
    let (product, now) = (order.package.product(), turn.now());
    let since = now - SAME_DENIAL;
    if !denial::add_attempt(turn.tx().await?, order.key(), since, now).await? {
        // Only a shortage of the pool shows that more seats are needed; a share or a reservation does not.
        let of_pool = matches!(shortage, Shortage::Pool | Shortage::Waiting(_));
        denial::create_denial(turn.tx().await?, order.key(), of_pool, since, now).await?;
    }
    if !order.wait {
        return Err(refusals::no_seat(turn, order, shortage).await?.into());
    }
    waiter::put_waiter(turn.tx().await?, order.key(), &order.hostname, now).await?;
    turn.forget_waiters(product);
    let waiters = turn.waiters(product).await?;
    let before = waiters.iter().take_while(|it| !order.waits_as(it)).count();
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    Ok(Outcome::Waiting { position: count(before) + 1, waiting: count(waiters.len()) })
}

async fn stop_waiting(turn: &mut Turn<'_>, order: &CheckOut) -> Result<(), Stop> {
    let waiters = turn.waiters(order.package.product()).await?;
    let own: Vec<i64> = waiters.iter().filter(|it| order.waits_as(it)).map(|it| it.id).collect();
    waiters.retain(|it| !own.contains(&it.id));
    for id in own {
        waiter::delete_waiter(turn.tx().await?, id).await?;
    }
    Ok(())
}

/// Keeps a session alive, found by its id.
pub(super) async fn renew(
    turn: &mut Turn<'_>,
    user_id: i64,
    id: i64,
    idle_seconds: i64,
) -> Result<Outcome, Stop> {
    let Some(live) = session::find_own_live_session(turn.tx().await?, user_id, id).await? else {
        let (reason, by) =
            session_end::find_end(turn.tx().await?, user_id, id).await?.ok_or(Error::NotFound)?;
        let reason = reason.as_deref().and_then(EndReason::parse).unwrap_or(EndReason::Missed);
        return Err(refusals::session_ended(reason, by.as_deref()).into());
    };
    let product = Product::parse(&live.product)
        .ok_or_else(|| Error::unknown_word("product", "license_session.product", &live.product))?;
    let now = turn.now();
    if live.expires_at <= now {
        end(turn, id, EndReason::Missed, None).await?;
        return Err(refusals::session_ended(EndReason::Missed, None).into());
    }
    let idle = turn.organization(live.organization_id, product).await?.idle_minutes.map(TimeDelta::minutes);
    let borrowed = live.kind == LeaseKind::Borrowed.as_str();
    if !borrowed && idle.is_some_and(|idle| TimeDelta::seconds(idle_seconds) >= idle) {
        end(turn, id, EndReason::Idle, None).await?;
        return Err(refusals::session_ended(EndReason::Idle, None).into());
    }
    let lasts = lasts(true, None, idle);
    let expires_at = if borrowed { live.expires_at } else { expires_at(turn, product, lasts).await? };
    let key = SessionKey {
        user_id,
        organization_id: live.organization_id,
        product: product.word(),
        machine_key: &live.machine_key,
        session_key: &live.session_key,
    };
    go_on(turn, Running { id, native: true, borrowed, expires_at }, key).await.map(Outcome::Granted)
}
