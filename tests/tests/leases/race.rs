//! Many requests at once for the last seat; two servers on one PostgreSQL.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use chrono::Duration;
use futures_util::future::join_all;
use serde_json::json;
use testkeep_domain::Secret;
use testkeep_domain::config::{DatabaseConfig, PostgresConfig};
use testkeep_store::sql;
use testkeep_tests::api::Caller;
use testkeep_tests::on_both_databases;
use testkeep_tests::postgres::{Postgres, USER};
use testkeep_tests::programs::ServerFolder;

use super::program::{Program, crew, engine, product, release};

const RACES: usize = 1_000;
const QUOTA: i64 = 5;

on_both_databases!(the_last_seat_goes_to_one, |server| {
    let (owner, organization, people) = crew(&server, 2).await;
    for session in ["a", "b", "c", "d"] {
        let borrowed =
            engine(&people[0], organization, session).check_out_with("borrow_days", json!(2)).await;
        assert_eq!(borrowed.status, 200);
    }
    for race in 0..RACES {
        // Only a limited number of leases can be returned early per hour.
        if race % 200 == 0 {
            server.forward(Duration::hours(1));
        }
        let sessions = [format!("left-{race}"), format!("right-{race}")];
        let both = sessions.iter().zip(&people).map(|(session, person)| async move {
            (engine(person, organization, session).check_out().await, person)
        });
        let answers = join_all(both).await;
        let won: Vec<_> = answers.iter().filter(|(answer, _)| answer.status == 200).collect();
        let lost = answers.iter().filter(|(answer, _)| answer.code() == "no_seat").count();
        assert_eq!(
            (won.len(), lost),
            (1, 1),
            "race {race}: {:?}",
            answers.iter().map(|it| &it.0.body).collect::<Vec<_>>()
        );
        let (answer, person) = won[0];
        assert_eq!(release(person, answer.body["id"].as_i64().unwrap()).await.status, 204);
    }
    assert_eq!(product(&owner, organization, "KRE").await["in_use"], 4);
    server.stop().await;
});

/// Takes and returns seats until stopped; counts the granted ones.
async fn work(caller: Caller, organization: i64, name: String, stop: Arc<AtomicBool>, got: Arc<AtomicI64>) {
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        number += 1;
        let session = format!("{name}-{number}");
        let program = Program {
            caller: &caller,
            organization,
            package: "FLOATING_ENGINE",
            machine: &name,
            session: &session,
        };
        let answer = program.check_out().await;
        match answer.status {
            200 => {
                got.fetch_add(1, Ordering::Relaxed);
                assert_eq!(release(&caller, answer.body["id"].as_i64().unwrap()).await.status, 204);
            }
            409 => {}
            other => panic!("{other}: {}", answer.body),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_share_one_pool() {
    let postgres = Postgres::shared();
    let jdbc_url = postgres.jdbc_url(&postgres.create_database());
    let config = PostgresConfig { jdbc_url, user: USER.into(), password: Secret::default() };
    let database = || DatabaseConfig::Postgresql(config.clone());
    let (left, right) = (ServerFolder::new(database()), ServerFolder::new(database()));
    let (one, two) = (left.start(), right.start());
    let owner = one.set_up().await;
    let organization = owner.organization("Compilers").await;
    let (stop, got) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
    let mut workers = Vec::new();
    for number in 0..6 {
        for (url, name) in [(&one.url, "one"), (&two.url, "two")] {
            let caller = Caller::signed_in(url, owner.bearer.clone());
            let name = format!("{name}-{number}");
            workers.push(tokio::spawn(work(caller, organization, name, stop.clone(), got.clone())));
        }
    }
    let db = testkeep_store::postgres::open(&config).await.unwrap();
    let mut most = 0;
    let until = std::time::Instant::now() + std::time::Duration::from_secs(6);
    while std::time::Instant::now() < until {
        let (taken, counted): (i64, i64) = sql("SELECT
                (SELECT COUNT(*) FROM license_session WHERE ended_at IS NULL AND takes_seat)
                    + (SELECT COUNT(*) FROM license_held_seat WHERE NOT freed_by_time),
                CAST((SELECT COALESCE(SUM(in_use), 0) FROM license_count WHERE product = 'KRE') AS BIGINT)")
        .fetch_one(&db)
        .await
        .unwrap();
        assert!(taken <= QUOTA, "{taken} seats of {QUOTA}");
        assert_eq!(taken, counted, "the counter tells what the rows tell");
        most = most.max(taken);
    }
    stop.store(true, Ordering::Relaxed);
    for worker in join_all(workers).await {
        worker.unwrap();
    }
    assert_eq!(most, QUOTA, "they did compete");
    assert!(got.load(Ordering::Relaxed) > 50, "{got:?} checkouts in 6 s");
    let shown = product(&owner, organization, "KRE").await;
    assert_eq!(shown["in_use"], shown["held"], "what is left was given back more often than an hour allows");
    db.close().await;
}
