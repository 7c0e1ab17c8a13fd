//! Reads and writes for several requests of a batch with one statement, because each statement is a round trip to the
//! database.
//!
//! Requests keep their sequence where it matters. Must not prefetch data that another request of the same batch
//! changes.

use std::collections::{HashMap, HashSet};

use testkeep_domain::license::Product;
use testkeep_store::licenses::BATCH_MAX;
use testkeep_store::licenses::checkout_state::{CheckoutState, find_checkout_states};

use super::turn::Turn;
use super::{CheckOut, LeaseRequest, Stop, end};

/// Data read before the first request of a batch runs, by the requests' indexes.
pub(super) struct BatchData(HashMap<usize, CheckoutState>);

impl BatchData {
    /// Reads the people and machines of the checkouts that no other request of the batch names.
    pub(super) async fn find(turn: &mut Turn<'_>, orders: &[LeaseRequest]) -> Result<Self, Stop> {
        let apart = apart(orders);
        let mut states = HashMap::new();
        for some in apart.chunks(BATCH_MAX) {
            let orders: Vec<_> = some.iter().map(|(_, order)| *order).collect();
            let found = look_up(turn, &orders).await?;
            let known = some.iter().zip(found).filter_map(|((index, _), state)| Some((*index, state?)));
            states.extend(known);
        }
        let named: HashSet<i64> = orders.iter().filter_map(session_of).collect();
        states.retain(|_, state| state.session_id.is_none_or(|id| !named.contains(&id)));
        Ok(Self(states))
    }

    pub(super) fn take(&mut self, index: usize) -> Option<CheckoutState> {
        self.0.remove(&index)
    }

    /// Ends the sessions that are given back and that no checkout of the batch names. Returns the indexes of these
    /// requests.
    pub(super) async fn release(
        &self,
        turn: &mut Turn<'_>,
        orders: &[LeaseRequest],
    ) -> Result<HashSet<usize>, Stop> {
        let mut done = HashSet::new();
        let checkouts = orders.iter().filter(|order| matches!(order, LeaseRequest::CheckOut(_))).count();
        if checkouts != self.0.len() {
            return Ok(done);
        }
        let releases: Vec<_> = orders.iter().enumerate().filter_map(release_of).collect();
        for some in releases.chunks(BATCH_MAX) {
            let sessions: Vec<_> = some.iter().map(|(_, session)| *session).collect();
            let mut ended = end::release_all(turn, &sessions).await?;
            for (index, (_, id)) in some {
                // A second request for the same session is run alone; its answer is that the session has ended.
                if let Some(found) = ended.iter().position(|it| it == id) {
                    ended.swap_remove(found);
                    done.insert(*index);
                }
            }
        }
        Ok(done)
    }
}

/// Reads the data of at most [`BATCH_MAX`] checkouts, and the facts of the installation with them. `None`: the
/// organization does not exist.
pub(super) async fn look_up(
    turn: &mut Turn<'_>,
    orders: &[&CheckOut],
) -> Result<Vec<Option<CheckoutState>>, Stop> {
    let keys: Vec<_> = orders.iter().map(|order| order.key()).collect();
    let found = find_checkout_states(turn.tx().await?, &keys).await?;
    for (order, state) in orders.iter().zip(&found) {
        let Some(state) = state else { continue };
        turn.keep_facts(&state.facts).await?;
        turn.keep_organization(order.organization_id, order.package.product(), state.organization.clone());
    }
    Ok(found)
}

/// Returns the checkouts, with their indexes, whose machine (and for KSE whose person) no other request names.
fn apart(orders: &[LeaseRequest]) -> Vec<(usize, &CheckOut)> {
    let (mut machines, mut people) = (HashMap::new(), HashMap::new());
    for order in orders {
        match order {
            LeaseRequest::CheckOut(order) => {
                *machines.entry(order.machine_key.as_str()).or_insert(0) += 1;
                *people.entry(order.user_id).or_insert(0) += 1;
            }
            LeaseRequest::ReleaseByKey { machine_key, .. } => {
                *machines.entry(machine_key.as_str()).or_insert(0) += 1;
            }
            LeaseRequest::Renew { .. } | LeaseRequest::Release { .. } => {}
        }
    }
    let is_apart = |order: &CheckOut| {
        machines[order.machine_key.as_str()] == 1
            && (order.package.product() == Product::Kre || people[&order.user_id] == 1)
    };
    let checkouts = orders.iter().enumerate().filter_map(|(index, order)| match order {
        LeaseRequest::CheckOut(order) if is_apart(order) => Some((index, order)),
        _ => None,
    });
    checkouts.collect()
}

/// The id of the session that a request names.
fn session_of(order: &LeaseRequest) -> Option<i64> {
    match order {
        LeaseRequest::Renew { id, .. } | LeaseRequest::Release { id, .. } => Some(*id),
        LeaseRequest::CheckOut(_) | LeaseRequest::ReleaseByKey { .. } => None,
    }
}

fn release_of((index, order): (usize, &LeaseRequest)) -> Option<(usize, (i64, i64))> {
    match order {
        LeaseRequest::Release { user_id, id } => Some((index, (*user_id, *id))),
        _ => None,
    }
}
