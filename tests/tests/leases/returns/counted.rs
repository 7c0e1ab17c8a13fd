//! `--returns counted`, against programs and admins that try everything: at no time are there more signed, unexpired
//! leases than seats.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::json;
use testkeep_domain::license::Returns;
use testkeep_server::testing::run_housekeeping;
use testkeep_server::testing::{end_expired, recount};
use testkeep_tests::api::{Answer, Caller, Database, TestServer};
use testkeep_tests::on_both_databases;
use testkeep_tests::people::Person;

use super::{Ask, crew_under, id, signed_until};
use crate::program::{api_key, assign, product, release};

const CASES: usize = 6;
const LENGTH: usize = 60;
const PEOPLE: usize = 4;
const SEATS: u32 = 3;

#[derive(Clone, Debug)]
struct Wish {
    person: usize,
    studio: bool,
    machine: usize,
    host: usize,
    session: usize,
    borrow: Option<u32>,
}

/// Requests of an attacker who tries to get more seats than were bought, in any order.
#[derive(Clone, Debug)]
enum Step {
    CheckOut(Wish),
    Renew(usize),
    Release(usize),
    GiveUp(usize),
    EndSession(usize),
    Revoke(usize),
    Transfer(usize, usize),
    RemoveMachine(usize),
    RemovePerson(usize),
    DeleteOrganization,
    IdleMinutes(Option<i64>),
    Minutes(i64),
    /// Sets the server's clock this many minutes ahead.
    Ahead(i64),
    /// Housekeeping's work on times in the future.
    Tidy,
}

fn wish() -> impl Strategy<Value = Wish> {
    let borrow = prop_oneof![4 => Just(None), 1 => (1..4_u32).prop_map(Some)];
    (0..PEOPLE, any::<bool>(), 0..2_usize, 0..2_usize, 0..3_usize, borrow).prop_map(
        |(person, studio, machine, host, session, borrow)| Wish {
            person,
            studio,
            machine,
            host,
            session,
            borrow,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let idle = prop_oneof![Just(None), Just(Some(5)), Just(Some(60))];
    prop_oneof![
        12 => wish().prop_map(Step::CheckOut),
        4 => any::<usize>().prop_map(Step::Renew),
        6 => any::<usize>().prop_map(Step::Release),
        2 => any::<usize>().prop_map(Step::GiveUp),
        2 => any::<usize>().prop_map(Step::EndSession),
        1 => (0..PEOPLE).prop_map(Step::Revoke),
        2 => (0..PEOPLE, 0..PEOPLE).prop_map(|(from, to)| Step::Transfer(from, to)),
        1 => any::<usize>().prop_map(Step::RemoveMachine),
        1 => (0..PEOPLE).prop_map(Step::RemovePerson),
        1 => Just(Step::DeleteOrganization),
        1 => idle.prop_map(Step::IdleMinutes),
        4 => (1..7_i64).prop_map(Step::Minutes),
        2 => prop_oneof![Just(0), 1..20_i64, 20..600_i64].prop_map(Step::Ahead),
        1 => Just(Step::Tidy),
    ]
}

/// The seat of a lease: for KRE one per session, for KSE one per person and machine.
type Seat = (&'static str, String);

#[derive(Clone)]
struct Known {
    id: i64,
    person: usize,
    seat: Seat,
    machine: String,
    session: String,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

struct Attack<'a> {
    servers: &'a [&'a str],
    owner: &'a Caller,
    people: &'a [Person],
    server: &'a TestServer,
    organization: i64,
    turn: usize,
    /// Minutes by which the server's clock is ahead.
    ahead: i64,
    /// Every session that was ever granted, with the latest end that was signed for it.
    known: Vec<Known>,
}

impl Attack<'_> {
    /// The same person, at the next of the servers.
    fn at_next_server(&mut self, caller: &Caller) -> Caller {
        self.turn += 1;
        Caller::signed_in(self.servers[self.turn % self.servers.len()], caller.bearer.clone())
    }

    fn pick(&self, number: usize) -> Option<Known> {
        (!self.known.is_empty()).then(|| self.known[number % self.known.len()].clone())
    }

    fn signed(&mut self, answer: &Answer, known: Known) {
        let until = signed_until(&answer.body["lease"]);
        self.known.push(Known { from: self.server.clock.now(), until, ..known });
    }

    async fn check_out(&mut self, wish: &Wish) -> Answer {
        let (machine, host) = (format!("m{}", wish.machine), format!("host-{}", wish.host));
        let (session, caller) = (format!("s{}", wish.session), &self.people[wish.person]);
        let caller = self.at_next_server(caller);
        let package = if wish.studio { "KSE" } else { "FLOATING_ENGINE" };
        let ask = Ask {
            organization: self.organization,
            package,
            machine: &machine,
            host: &host,
            session: &session,
            borrow_days: wish.borrow,
        };
        let answer = ask.by(&caller).await;
        if answer.status == 200 {
            let id = id(&answer);
            let seat = if wish.studio {
                ("KSE", format!("{} {machine} {host}", wish.person))
            } else {
                ("KRE", id.to_string())
            };
            let until = self.server.clock.now();
            self.signed(
                &answer,
                Known { id, person: wish.person, seat, machine, session, from: until, until },
            );
        }
        answer
    }

    async fn renew(&mut self, number: usize) -> Option<Answer> {
        let known = self.pick(number)?;
        let caller = self.at_next_server(&self.people[known.person]);
        let answer = crate::program::renew(&caller, known.id).await;
        if answer.status == 200 {
            self.signed(&answer, known);
        }
        Some(answer)
    }

    fn licenses(&self, rest: &str) -> String {
        format!("/api/v2/organizations/{}/licenses/{rest}", self.organization)
    }

    async fn play(&mut self, step: &Step) -> Option<Answer> {
        let owner = self.at_next_server(self.owner);
        match step {
            Step::CheckOut(wish) => Some(self.check_out(wish).await),
            Step::Renew(number) => self.renew(*number).await,
            Step::Release(number) => {
                let known = self.pick(*number)?;
                Some(release(&self.at_next_server(&self.people[known.person]), known.id).await)
            }
            Step::GiveUp(number) => {
                let known = self.pick(*number)?;
                let path =
                    format!("/api/v2/leases?machine_id={}&session_id={}", known.machine, known.session);
                Some(self.people[known.person].delete(&path).await)
            }
            Step::EndSession(number) => {
                let known = self.pick(*number)?;
                Some(owner.delete(&self.licenses(&format!("{}/sessions/{}", known.seat.0, known.id))).await)
            }
            Step::Revoke(person) => {
                let id = self.people[*person].id;
                let answer = owner.delete(&self.licenses(&format!("KSE/users/{id}"))).await;
                let body = json!({ "emails": [self.people[*person].email] });
                owner.post(&self.licenses("KSE/users"), &body).await;
                Some(answer)
            }
            Step::Transfer(from, to) => {
                let path = self.licenses(&format!("KSE/users/{}/transfer", self.people[*from].id));
                Some(owner.post(&path, &json!({ "email": self.people[*to].email })).await)
            }
            Step::RemoveMachine(number) => {
                let machines = owner.get(&self.licenses("KSE/machines")).await;
                let items = machines.body["items"].as_array().cloned().unwrap_or_default();
                let machine = items.get(number % items.len().max(1))?["id"].clone();
                Some(owner.delete(&self.licenses(&format!("KSE/machines/{machine}"))).await)
            }
            Step::RemovePerson(person) => {
                let id = self.people[*person].id;
                let path = format!("/api/v2/organizations/{}/users/{id}", self.organization);
                let answer = owner.delete(&path).await;
                self.server.join(id, self.organization, "member").await;
                let body = json!({ "emails": [self.people[*person].email] });
                owner.post(&self.licenses("KSE/users"), &body).await;
                Some(answer)
            }
            Step::DeleteOrganization => Some(self.delete_organization(&owner).await),
            Step::IdleMinutes(minutes) => {
                let body = json!({ "idle_minutes": minutes, "assigned_only": false, "reservations": [] });
                Some(owner.put(&self.licenses("KRE/settings"), &body).await)
            }
            Step::Minutes(minutes) => {
                self.server.forward(Duration::minutes(*minutes));
                None
            }
            Step::Ahead(minutes) => {
                self.server.forward(Duration::minutes(minutes - self.ahead));
                self.ahead = *minutes;
                None
            }
            Step::Tidy => {
                run_housekeeping(&self.server.app).await.unwrap();
                None
            }
        }
    }

    /// Deletes the organization and creates a new one with the same people.
    async fn delete_organization(&mut self, owner: &Caller) -> Answer {
        let path = format!("/api/v2/organizations/{}?confirm=Compilers", self.organization);
        let answer = owner.delete(&path).await;
        if answer.status == 204 {
            self.organization = owner.organization("Compilers").await;
            for person in self.people {
                self.server.join(person.id, self.organization, "member").await;
            }
            let emails: Vec<_> = self.people.iter().take(SEATS as usize).map(|it| &*it.email).collect();
            assign(owner, self.organization, "KSE", &emails).await;
        }
        answer
    }

    /// Checks the leases that verify now or later, per seat.
    fn check(&self) -> Result<(), String> {
        let now = self.server.clock.now() - Duration::minutes(self.ahead);
        let later = self.known.iter().map(|known| known.from).filter(|from| *from > now);
        later.chain([now]).try_for_each(|at| self.check_at(at))
    }

    fn check_at(&self, at: DateTime<Utc>) -> Result<(), String> {
        let mut seats = BTreeMap::<&str, BTreeMap<&str, DateTime<Utc>>>::new();
        for known in self.known.iter().filter(|known| known.from <= at && known.until > at) {
            seats.entry(known.seat.0).or_default().insert(&known.seat.1, known.until);
        }
        for (product, leases) in seats {
            if leases.len() > SEATS as usize {
                return Err(format!("{product}: {} seats have leases that verify: {leases:?}", leases.len()));
            }
        }
        Ok(())
    }
}

async fn attack(server: &TestServer, servers: &[&str]) {
    let (owner, organization, mut people) = crew_under(server, Returns::Counted, [SEATS, 1000], PEOPLE).await;
    // Weeks pass: longer than a sign-in session lasts.
    let owner = api_key(server, &owner).await;
    for person in &mut people {
        person.caller = api_key(server, &person.caller).await;
    }
    let emails: Vec<_> = people.iter().take(SEATS as usize).map(|it| &*it.email).collect();
    assign(&owner, organization, "KSE", &emails).await;
    let seed = RngSeed::Fixed(20_261_128);
    let mut runner = TestRunner::new(Config { rng_seed: seed, ..Config::default() });
    let mut attack = Attack {
        servers,
        owner: &owner,
        people: &people,
        server,
        organization,
        turn: 0,
        ahead: 0,
        known: Vec::new(),
    };
    let (mut granted, mut full) = (0, 0);
    for case in 0..CASES {
        let steps = prop::collection::vec(step(), LENGTH).new_tree(&mut runner).unwrap().current();
        for (number, step) in steps.iter().enumerate() {
            let answer = attack.play(step).await;
            let problem = attack.check().err().or_else(|| {
                let answer = answer.as_ref().filter(|it| it.status >= 500)?;
                Some(format!("{}: {}", answer.status, answer.body))
            });
            if let Some(problem) = problem {
                panic!("case {case}, step {number}: {problem}\n{:#?}", &steps[..=number]);
            }
            granted += usize::from(answer.as_ref().is_some_and(|it| it.status == 200));
            full += usize::from(answer.as_ref().is_some_and(|it| it.code() == "no_seat"));
        }
        // Every signed lease has ended before the next case; the counters return to their first values.
        attack.play(&Step::Ahead(0)).await;
        server.forward(Duration::days(4));
        end_expired(&server.app).await.unwrap();
        let free = Ask {
            organization: attack.organization,
            package: "FLOATING_ENGINE",
            machine: "free",
            host: "free",
            session: &format!("case-{case}"),
            borrow_days: None,
        };
        let answer = free.by(&owner).await;
        assert_eq!(answer.status, 200, "every seat came back: {}", answer.body);
        assert_eq!(product(&owner, attack.organization, "KRE").await["in_use"], 1);
        recount(&server.app).await.unwrap();
        assert_eq!(product(&owner, attack.organization, "KRE").await["in_use"], 1, "counted from the rows");
        server.forward(Duration::minutes(6));
    }
    assert!(granted > 40 && full > 10, "the attack came through: {granted} granted, {full} found no seat");
}

on_both_databases!(never_more_leases_verify_than_seats, |server| {
    attack(&server, &[&server.url]).await;
    server.stop().await;
});

#[tokio::test(flavor = "multi_thread")]
async fn never_more_leases_verify_than_seats_of_two_servers() {
    let server = TestServer::start(Database::Postgres).await;
    let other = server.start_beside().await;
    attack(&server, &[&server.url, &other.url]).await;
    other.stop().await;
    server.stop().await;
}

on_both_databases!(a_seat_comes_back_when_its_lease_ends, |server| {
    let (owner, organization, people) = crew_under(&server, Returns::Counted, [1, 10], 2).await;
    let engine = |session| Ask {
        organization,
        package: "FLOATING_ENGINE",
        machine: "agent",
        host: "agent",
        session,
        borrow_days: None,
    };
    let first = engine("one").by(&people[0]).await;
    assert_eq!(release(&people[0], id(&first)).await.status, 204);
    let refused = engine("two").by(&people[1]).await;
    assert_eq!((refused.status, refused.code()), (409, "no_seat"));
    let until = signed_until(&first.body["lease"]);
    let words = until.format("the first until %Y-%m-%d %H:%M UTC").to_string();
    assert!(refused.message().contains(&words), "{}", refused.message());
    let shown = product(&owner, organization, "KRE").await;
    assert_eq!(
        (&shown["returns"], &shown["held"], &shown["in_use"]),
        (&json!("counted"), &json!(1), &json!(1))
    );
    server.forward(Duration::minutes(5));
    assert_eq!(engine("two").by(&people[1]).await.status, 200);
    assert_eq!(product(&owner, organization, "KRE").await["held"], 0);
    server.stop().await;
});

on_both_databases!(who_moves_keeps_the_old_place_until_there_is_another, |server| {
    let (owner, organization, people) = crew_under(&server, Returns::Counted, [1, 10], 1).await;
    let ada = &people[0];
    assign(&owner, organization, "KSE", &[&ada.email]).await;
    let studio = |machine, session| Ask {
        organization,
        package: "KSE",
        machine,
        host: machine,
        session,
        borrow_days: None,
    };
    let desk = id(&studio("desk", "1").by(ada).await);
    assert_eq!(studio("laptop", "2").by(ada).await.code(), "no_seat");
    assert_eq!(crate::program::renew(ada, desk).await.status, 200, "the desk goes on");
    assert_eq!(release(ada, desk).await.status, 204);
    assert_eq!(studio("laptop", "2").by(ada).await.code(), "no_seat", "until the desk's lease ends");
    let again = studio("desk", "3").by(ada).await;
    assert_eq!(again.status, 200, "on the desk it is the same seat: {}", again.body);
    assert_eq!(release(ada, id(&again)).await.status, 204);
    server.forward(Duration::minutes(5));
    assert_eq!(studio("laptop", "2").by(ada).await.status, 200);
    server.stop().await;
});
