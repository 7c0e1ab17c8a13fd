//! Random requests, compared with a short model: the same grants, the same refusals, the same live sessions.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::Value;
use testkeep_tests::api::Caller;
use testkeep_tests::on_both_databases;
use testkeep_tests::people::Person;

use super::program::{Program, assign, crew, product, release, renew};

const CASES: usize = 10;
const LENGTH: usize = 40;
const PEOPLE: usize = 3;
const KRE: usize = 5;
const LEASE: Duration = Duration::minutes(5);

/// Person, product, machine, session.
type Key = (usize, &'static str, usize, usize);

#[derive(Clone, Debug)]
enum Order {
    CheckOut(Key),
    Renew(usize),
    Release(usize),
    Revoke(usize),
    Minutes(i64),
}

fn key() -> impl Strategy<Value = Key> {
    // Engines more often: their pool is the one that is exhausted.
    let product = prop_oneof![1 => Just("KSE"), 2 => Just("KRE")];
    (0..PEOPLE, product, 0..2_usize, 0..4_usize)
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![
        6 => key().prop_map(Order::CheckOut),
        2 => any::<usize>().prop_map(Order::Renew),
        3 => any::<usize>().prop_map(Order::Release),
        1 => any::<usize>().prop_map(Order::Revoke),
        2 => (1..8_i64).prop_map(Order::Minutes),
    ]
}

#[derive(Clone, Copy, Debug)]
struct Live {
    id: i64,
    until: DateTime<Utc>,
}

/// The expected state.
#[derive(Default)]
struct Model {
    live: BTreeMap<Key, Live>,
    /// Transferred or revoked sessions: these must not start again.
    over: BTreeSet<Key>,
}

impl Model {
    fn expire(&mut self, now: DateTime<Utc>) {
        self.live.retain(|_, live| live.until > now);
    }

    fn seats(&self, product: &str) -> usize {
        match product {
            "KSE" => {
                self.live.keys().filter(|it| it.1 == product).map(|it| it.0).collect::<BTreeSet<_>>().len()
            }
            _ => self.live.keys().filter(|it| it.1 == product).count(),
        }
    }

    /// The expected status code of a checkout. A session on another machine ends the person's earlier one.
    fn check_out(&mut self, key: Key) -> u16 {
        if self.live.contains_key(&key) {
            return 200;
        }
        if self.over.contains(&key) {
            return 410;
        }
        // The first two have a KSE license.
        if key.1 == "KSE" && key.0 == 2 {
            return 403;
        }
        if key.1 == "KRE" {
            return if self.seats("KRE") < KRE { 200 } else { 409 };
        }
        let elsewhere: Vec<Key> =
            self.live.keys().filter(|it| it.0 == key.0 && it.1 == "KSE" && it.2 != key.2).copied().collect();
        for moved in elsewhere {
            self.live.remove(&moved);
            self.over.insert(moved);
        }
        200
    }
}

struct Play<'a> {
    owner: &'a Caller,
    people: &'a [Person],
    organization: i64,
    /// Part of all names, so that cases do not share names.
    case: usize,
    model: Model,
    now: DateTime<Utc>,
}

impl Play<'_> {
    async fn check_out(&mut self, key: Key) -> Result<(), String> {
        let (person, product, machine, session) = key;
        let (machine, session) = (format!("m{person}-{machine}"), format!("{}-{session}", self.case));
        let package = if product == "KSE" { "KSE" } else { "FLOATING_ENGINE" };
        let caller: &Caller = &self.people[person];
        let program = Program {
            caller,
            organization: self.organization,
            package,
            machine: &machine,
            session: &session,
        };
        let answer = program.check_out().await;
        let expected = self.model.check_out(key);
        if answer.status != expected {
            return Err(format!("{key:?}: {} instead of {expected}: {}", answer.status, answer.body));
        }
        if answer.status == 200 {
            let (id, until) = (answer.body["id"].as_i64().unwrap(), self.now + LEASE);
            self.model.live.insert(key, Live { id, until });
        }
        Ok(())
    }

    fn pick(&self, number: usize) -> Option<(Key, Live)> {
        let count = self.model.live.len();
        (count > 0).then(|| self.model.live.iter().nth(number % count).map(|(key, live)| (*key, *live)))?
    }

    async fn play(&mut self, order: &Order) -> Result<(), String> {
        let status = match order {
            Order::CheckOut(key) => return self.check_out(*key).await,
            Order::Minutes(_) => return Ok(()),
            Order::Renew(number) => {
                let Some((key, live)) = self.pick(*number) else { return Ok(()) };
                self.model.live.insert(key, Live { until: self.now + LEASE, ..live });
                (renew(&self.people[key.0], live.id).await.status, 200)
            }
            Order::Release(number) => {
                let Some((key, live)) = self.pick(*number) else { return Ok(()) };
                self.model.live.remove(&key);
                (release(&self.people[key.0], live.id).await.status, 204)
            }
            Order::Revoke(number) => {
                let Some((key, live)) = self.pick(*number) else { return Ok(()) };
                self.model.live.remove(&key);
                self.model.over.insert(key);
                let path = format!(
                    "/api/v2/organizations/{}/licenses/{}/sessions/{}",
                    self.organization, key.1, live.id
                );
                (self.owner.delete(&path).await.status, 204)
            }
        };
        if status.0 == status.1 { Ok(()) } else { Err(format!("{order:?}: {status:?}")) }
    }

    /// The server's live sessions are the model's; its counter never exceeds the quota.
    async fn compare(&self, name: &str, quota: i64) -> Result<(), String> {
        let path =
            format!("/api/v2/organizations/{}/licenses/{name}/sessions?page_size=200", self.organization);
        let answer = self.owner.get(&path).await;
        let ids = |items: &Value| -> BTreeSet<i64> {
            items.as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect()
        };
        let (shown, expected) = (
            ids(&answer.body["items"]),
            self.model.live.iter().filter(|(key, _)| key.1 == name).map(|(_, live)| live.id).collect(),
        );
        let counted = product(self.owner, self.organization, name).await["in_use"].as_i64().unwrap();
        let seats = i64::try_from(self.model.seats(name)).unwrap();
        // Expired seats are counted until a request notices that they have ended.
        if shown == expected && counted <= quota && counted >= seats {
            return Ok(());
        }
        Err(format!(
            "{name}: {shown:?}, expected {expected:?}; {counted} counted, {seats} seats, {quota} licensed"
        ))
    }
}

on_both_databases!(whatever_is_ordered_the_server_does_what_the_model_does, |server| {
    let (owner, organization, people) = crew(&server, PEOPLE).await;
    assign(&owner, organization, "KSE", &["p0@example.com", "p1@example.com"]).await;
    let seed = RngSeed::Fixed(20_261_122);
    let mut runner = TestRunner::new(Config { rng_seed: seed, ..Config::default() });
    for case in 0..CASES {
        let orders = prop::collection::vec(order(), LENGTH).new_tree(&mut runner).unwrap().current();
        let now = server.clock.now();
        let mut play =
            Play { owner: &owner, people: &people, organization, case, model: Model::default(), now };
        for (step, order) in orders.iter().enumerate() {
            if let Order::Minutes(minutes) = order {
                server.forward(Duration::minutes(*minutes));
                play.now = server.clock.now();
            }
            play.model.expire(play.now);
            let mut outcome = play.play(order).await;
            for (name, quota) in [("KSE", 10), ("KRE", 5)] {
                if outcome.is_ok() {
                    outcome = play.compare(name, quota).await;
                }
            }
            if let Err(problem) = outcome {
                panic!("case {case}, step {step}: {problem}\n{:#?}", &orders[..=step]);
            }
        }
        // All sessions of this case expire before the next case.
        server.forward(Duration::minutes(45));
    }
    server.stop().await;
});
