//! Batches requests: those that arrive during a commit share the next turn and its commit, so that the disk is synced
//! once for all of them.
//!
//! A request is answered after its commit. If the turn of a batch fails, each request runs again in a turn of its own,
//! so that one request cannot make the others fail.

use std::collections::{BTreeSet, HashMap};
use std::slice::from_ref;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};
use testkeep_domain::license::Product;
use testkeep_store::Tx;
use testkeep_store::licenses::BATCH_MAX;
use testkeep_store::licenses::checkout_state::CheckoutState;
use testkeep_store::licenses::turn::begin_turn;
use testkeep_store::people::api_key;

use super::batch_data::BatchData;
use super::turn::Turn;
use super::{Answered, Granted, LeaseRequest, Outcome, Stop, check_out, end};
use crate::batch::{BatchLimits, Batcher};
use crate::identity::known_keys::{Known, Program};
use crate::{App, Error};

/// Maximum number of requests in one turn: enough to share the commit, few enough that the last does not wait long.
const AT_ONCE: usize = 64;
/// Maximum number of requests that may wait for their turn.
const WAITING: usize = 4096;
/// Time limit of a turn. A turn that takes longer is dropped, and its transaction is rolled back.
const WITHIN: Duration = Duration::from_secs(30);

type Answer = Result<Outcome, Error>;

/// An hour, and the highest number of seats in use in it.
type Peak = (DateTime<Utc>, i64);

/// An order, and the API key that its caller is known by; `None`: the caller was just read from the database.
#[derive(Clone, Debug)]
struct Submission {
    order: LeaseRequest,
    known: Option<Known>,
}

/// This server's queue, and the data that it keeps between turns.
pub struct Leases {
    requests: Batcher<Submission, Answer>,
    /// The highest use that was written for an hour; a turn writes it only when it rises.
    pub(super) peaks: Mutex<HashMap<(i64, Product), Peak>>,
}

impl Default for Leases {
    fn default() -> Self {
        let limits = BatchLimits { batch: AT_ONCE, gather: BATCH_MAX, pending: WAITING, time: WITHIN };
        Self { requests: Batcher::new(limits), peaks: Mutex::default() }
    }
}

/// Runs the request in a turn and answers after the commit. If the client hangs up, its session ends when the
/// keep-alive is missing.
///
/// # Errors
/// The refusal; [`Error::TooMany`] when too many requests wait.
pub(crate) async fn ask(app: &App, order: LeaseRequest) -> Result<Outcome, Error> {
    submit(app, Submission { order, known: None }).await
}

/// As [`ask`], for a program whose key may be known from an earlier request. A key that does not hold any more, or whose
/// person has another email address now, is looked up again.
///
/// # Errors
/// As [`ask`], and [`Error::Unauthorized`].
pub(crate) async fn ask_by_key(
    app: &App,
    program: &mut Program,
    order: LeaseRequest,
) -> Result<Outcome, Error> {
    let Some(known) = program.known().cloned() else { return ask(app, order).await };
    match submit(app, Submission { order: order.clone(), known: Some(known) }).await {
        Err(Error::Unauthorized) => {
            program.look_up(app).await?;
            ask(app, order).await
        }
        answer => answer,
    }
}

async fn submit(app: &App, request: Submission) -> Result<Outcome, Error> {
    let own = app.clone();
    let run = move |requests: Vec<Submission>| {
        let app = own.clone();
        async move {
            let (orders, known): (Vec<_>, Vec<_>) =
                requests.into_iter().map(|it| (it.order, it.known)).unzip();
            run_batch(&app, &orders, &known).await
        }
    };
    app.leases.requests.submit(request, run).await?
}

/// `known`: the key of each order.
async fn run_batch(app: &App, orders: &[LeaseRequest], known: &[Option<Known>]) -> Vec<Answer> {
    match run(app, orders, known).await {
        Ok(answers) => answers,
        Err(error) if orders.len() == 1 => vec![Err(error)],
        Err(error) => {
            tracing::warn!(%error, orders = orders.len(), "a turn failed; its requests run one by one");
            let mut answers = Vec::with_capacity(orders.len());
            for (order, known) in orders.iter().zip(known) {
                let alone = run(app, from_ref(order), from_ref(known)).await;
                answers.extend(alone.unwrap_or_else(|error| vec![Err(error)]));
            }
            answers
        }
    }
}

/// Answers an order whose key has changed with [`Error::Unauthorized`], and runs the others.
async fn run(app: &App, orders: &[LeaseRequest], known: &[Option<Known>]) -> Result<Vec<Answer>, Error> {
    let mut tx = begin_turn(&app.db).await?;
    let changed = changed_keys(app, &mut tx, known).await?;
    if changed.is_empty() {
        return work(app, tx, orders).await;
    }
    let is_changed = |key: &Option<Known>| key.as_ref().is_some_and(|key| changed.contains(&key));
    let kept = orders.iter().zip(known).filter(|(_, key)| !is_changed(key));
    let kept: Vec<LeaseRequest> = kept.map(|(order, _)| order.clone()).collect();
    let mut answers = work(app, tx, &kept).await?.into_iter();
    let answer = |key| if is_changed(key) { Err(Error::Unauthorized) } else { next(&mut answers) };
    Ok(known.iter().map(answer).collect())
}

fn next(answers: &mut impl Iterator<Item = Answer>) -> Answer {
    answers.next().unwrap_or_else(|| Err(Error::internal("an order was not answered")))
}

/// The known keys that do not hold any more, or that belong to another email address now.
async fn changed_keys<'k>(
    app: &App,
    tx: &mut Tx,
    known: &'k [Option<Known>],
) -> Result<Vec<&'k Known>, Error> {
    let ids: BTreeSet<i64> = known.iter().flatten().map(|key| key.key_id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let holding: HashMap<i64, String> =
        api_key::list_holding_api_keys(tx, ids, app.clock.now()).await?.into_iter().collect();
    Ok(known.iter().flatten().filter(|key| holding.get(&key.key_id) != Some(&key.email)).collect())
}

async fn work(app: &App, mut tx: Tx, orders: &[LeaseRequest]) -> Result<Vec<Answer>, Error> {
    let mut turn = Turn::of(app, &mut tx);
    let answers = match answer(&mut turn, orders).await {
        Ok(answers) => answers,
        Err(Stop::Broken(error)) => return Err(error.into()),
        Err(Stop::Refused(error)) => return Ok(orders.iter().map(|_| Err(error.clone())).collect()),
    };
    let begun = turn.finish().await?;
    tx.commit().await?;
    Ok(answers.into_iter().map(|answer| answer.map(|answered| outcome_of(answered, &begun))).collect())
}

/// Returns one answer for each request, in their order.
async fn answer<'t>(
    turn: &mut Turn<'t>,
    orders: &'t [LeaseRequest],
) -> Result<Vec<Result<Answered, Error>>, Stop> {
    let mut data = BatchData::find(turn, orders).await?;
    let released = data.release(turn, orders).await?;
    let mut answers = Vec::with_capacity(orders.len());
    for (index, order) in orders.iter().enumerate() {
        if released.contains(&index) {
            answers.push(Ok(Outcome::Released.into()));
            continue;
        }
        answers.push(match run_one(turn, order, data.take(index)).await {
            Ok(answered) => Ok(answered),
            Err(Stop::Refused(error)) => Err(error),
            Err(broken) => return Err(broken),
        });
    }
    Ok(answers)
}

fn outcome_of(answered: Answered, begun: &[i64]) -> Outcome {
    match answered {
        Answered::Now(outcome) => outcome,
        Answered::Begun { index, granted } => {
            Outcome::Granted(Granted { session_id: begun[index], ..granted })
        }
    }
}

async fn run_one<'t>(
    turn: &mut Turn<'t>,
    order: &'t LeaseRequest,
    state: Option<CheckoutState>,
) -> Result<Answered, Stop> {
    let outcome = match order {
        LeaseRequest::CheckOut(order) => return check_out::check_out(turn, order, state).await,
        LeaseRequest::Renew { user_id, id, idle_seconds } => {
            check_out::renew(turn, *user_id, *id, *idle_seconds).await
        }
        LeaseRequest::Release { user_id, id } => end::release(turn, *user_id, *id).await,
        LeaseRequest::ReleaseByKey { user_id, organization_id, machine_key, session_key } => {
            end::release_by_key(turn, *user_id, *organization_id, machine_key, session_key).await
        }
    };
    outcome.map(Answered::from)
}
