//! Limits the number of connections in all and for each IP address. When there is no free slot, the connection that
//! has waited longest for its peer is closed; it is taken from the address with the most connections.
//!
//! Must never close a connection whose request is being worked on. If no connection waits, the new one is refused.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, MissedTickBehavior};

use super::activity::Activity;
use super::limits::Limits;
use crate::App;
use crate::http::address;
use crate::http::metrics::Ended;

/// Interval of the search for peers that take too long.
const ROUND: Duration = Duration::from_secs(1);
/// Number of rounds between two lines in the log.
const ROUNDS_PER_REPORT: u32 = 60;
/// One of this many connections is closed at once to make room, so that not every new connection searches all others.
const PART: usize = 64;

pub(super) struct Slots {
    app: App,
    limits: Limits,
    table: Mutex<Table>,
    sockets: Arc<Semaphore>,
}

#[derive(Default)]
struct Table {
    next: u64,
    entries: HashMap<u64, Entry>,
    by_network: HashMap<IpAddr, usize>,
    /// Numbers of closed and refused connections since the last round.
    ended: HashMap<Ended, u64>,
}

struct Entry {
    /// `None`: a trusted proxy, which forwards the requests of many clients.
    network: Option<IpAddr>,
    activity: Arc<Activity>,
}

/// One connection's slot, which is free again when this is dropped.
pub(super) struct Slot {
    slots: Arc<Slots>,
    id: u64,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.table().remove(self.id);
        self.slots.app.metrics.connection_closed();
    }
}

impl Slots {
    pub(super) fn new(app: App, limits: Limits) -> Arc<Self> {
        let sockets = Arc::new(Semaphore::new(limits.sockets()));
        Arc::new(Self { app, limits, table: Mutex::default(), sockets })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until one more socket is allowed. Never returns `None` while the server runs.
    pub(super) async fn socket(&self) -> Option<OwnedSemaphorePermit> {
        self.sockets.clone().acquire_owned().await.ok()
    }

    /// `None`: there is no free slot, and no connection that could be closed.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr, activity: &Arc<Activity>) -> Option<Slot> {
        let network =
            (!address::is_trusted_proxy(&peer.to_canonical(), &self.app.config)).then(|| network(peer));
        let mut table = self.table();
        let Limits { total, per_address } = self.limits;
        let has_place = (network.is_none()
            || table.count(network) < per_address
            || table.make_room(per_address.div_ceil(PART), |entry| entry.network == network))
            && (table.entries.len() < total || table.make_room(total.div_ceil(PART), |_| true));
        if !has_place {
            table.note(Ended::Refused, 1);
            return None;
        }
        let id = table.insert(Entry { network, activity: activity.clone() });
        self.app.metrics.connection_opened();
        Some(Slot { slots: self.clone(), id })
    }

    /// Closes connections whose peer takes too long, and logs the numbers of closed and refused connections.
    pub(super) async fn keep_watch(self: Arc<Self>) {
        let mut rounds = tokio::time::interval(ROUND);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut minute: HashMap<Ended, u64> = HashMap::new();
        for round in 1_u32.. {
            rounds.tick().await;
            let ended = {
                let mut table = self.table();
                table.end_overdue(Instant::now());
                std::mem::take(&mut table.ended)
            };
            for (why, count) in ended {
                self.app.metrics.connections_ended(why, count);
                *minute.entry(why).or_default() += count;
            }
            if round % ROUNDS_PER_REPORT == 0 {
                self.report(&std::mem::take(&mut minute));
            }
        }
    }

    fn report(&self, minute: &HashMap<Ended, u64>) {
        let of = |why| minute.get(&why).copied().unwrap_or_default();
        let (refused, made_room) = (of(Ended::Refused), of(Ended::MadeRoom));
        if refused + made_room == 0 {
            return;
        }
        let largest = self.table().largest();
        let (address, connections) =
            largest.map_or((String::new(), 0), |(address, count)| (address.to_string(), count));
        tracing::warn!(
            refused, made_room, %address, connections,
            "in the last minute there were more connections than slots; this address has the most"
        );
    }
}

impl Table {
    fn count(&self, network: Option<IpAddr>) -> usize {
        network.and_then(|network| self.by_network.get(&network)).copied().unwrap_or_default()
    }

    fn insert(&mut self, entry: Entry) -> u64 {
        if let Some(network) = entry.network {
            *self.by_network.entry(network).or_default() += 1;
        }
        let id = self.next;
        self.next += 1;
        self.entries.insert(id, entry);
        id
    }

    fn remove(&mut self, id: u64) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        if let Some(network) = entry.network
            && let Some(count) = self.by_network.get_mut(&network)
        {
            *count -= 1;
            if *count == 0 {
                self.by_network.remove(&network);
            }
        }
        Some(entry)
    }

    /// Closes up to `at_most` connections that wait for their peers. Returns whether there was at least one.
    fn make_room(&mut self, at_most: usize, which: impl Fn(&Entry) -> bool) -> bool {
        let mut waiting: Vec<_> = self
            .entries
            .iter()
            .filter(|(_, entry)| which(entry))
            .filter_map(|(id, entry)| {
                Some((Reverse(self.count(entry.network)), entry.activity.waits_since()?, *id))
            })
            .collect();
        waiting.sort_unstable();
        let ids: Vec<u64> = waiting.into_iter().take(at_most).map(|(_, _, id)| id).collect();
        self.end(&ids, Ended::MadeRoom);
        !ids.is_empty()
    }

    fn end_overdue(&mut self, now: Instant) {
        let overdue = self.entries.iter().filter(|(_, entry)| entry.activity.is_overdue(now));
        let ids: Vec<u64> = overdue.map(|(id, _)| *id).collect();
        self.end(&ids, Ended::TookTooLong);
    }

    fn end(&mut self, ids: &[u64], why: Ended) {
        for id in ids {
            if let Some(entry) = self.remove(*id) {
                entry.activity.end();
            }
        }
        self.note(why, ids.len());
    }

    fn note(&mut self, why: Ended, count: usize) {
        if count > 0 {
            *self.ended.entry(why).or_default() += count as u64;
        }
    }

    fn largest(&self) -> Option<(IpAddr, usize)> {
        self.by_network.iter().max_by_key(|(_, count)| **count).map(|(network, count)| (*network, *count))
    }
}

/// The network of an IP address. For IPv6 this is the /64, because one customer owns all of it.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_customer_is_one_address() {
        let one = network("2001:db8:1:2:3:4:5:6".parse().unwrap());
        assert_eq!(one, network("2001:db8:1:2::1".parse().unwrap()));
        assert_ne!(one, network("2001:db8:1:3::1".parse().unwrap()));
        assert_eq!(network("::ffff:10.0.0.9".parse().unwrap()), network("10.0.0.9".parse().unwrap()));
    }

    /// The address with the most connections makes room, its longest waiting connection first; trusted proxies are
    /// last.
    #[test]
    fn who_has_most_makes_room() {
        let start = Instant::now();
        let mut table = Table::default();
        let mut add = |network: Option<&str>, seconds| {
            let activity = Arc::new(Activity::begun(start + Duration::from_secs(seconds)));
            let network = network.map(|text| text.parse().unwrap());
            (table.insert(Entry { network, activity: activity.clone() }), activity)
        };
        let (proxy, _) = add(None, 0);
        let (honest, _) = add(Some("10.0.0.1"), 0);
        let (working, activity) = add(Some("10.0.0.2"), 1);
        activity.begin_work();
        let (first, _) = add(Some("10.0.0.2"), 1);
        let (second, _) = add(Some("10.0.0.2"), 2);
        for expected in [first, second, honest, proxy] {
            assert!(table.entries.contains_key(&expected));
            assert!(table.make_room(1, |_| true));
            assert!(!table.entries.contains_key(&expected));
        }
        assert!(!table.make_room(1, |_| true), "what is worked on stays");
        assert!(table.remove(working).is_some());
        assert!(table.by_network.is_empty(), "nothing is left behind");
    }
}
