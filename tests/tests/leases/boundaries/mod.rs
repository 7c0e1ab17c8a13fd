//! `kill -9` at every write boundary: before each write to the disk (SQLite), before each statement of a transaction
//! and between a commit and its confirmation (PostgreSQL), before each answer. Every answered request is kept; an
//! unanswered one has happened completely or not at all. The counters match the rows, before anything is repaired at
//! the next start.

mod postgres;
mod sqlite;
mod story;

use std::collections::BTreeSet;

use testkeep_domain::Clock;
use testkeep_domain::config::DatabaseConfig;
use testkeep_domain::license::Product;
use testkeep_store::people::member;
use testkeep_store::people::user::{NewUser, create_user};
use testkeep_store::{Db, sql};
use testkeep_tests::api::{Caller, license_by};
use testkeep_tests::programs::{RunningServer, ServerFolder, demo_key, machine_id};

use story::{Lost, STEPS, State, Story};

/// The person who gets Ada's license.
const GRACE: &str = "grace@example.com";

/// A server that is killed repeatedly.
struct Victim {
    folder: ServerFolder,
    /// For connections of the tests themselves.
    database: DatabaseConfig,
    owner: Caller,
    organization: i64,
    rounds: usize,
    /// Steps without an answer when the server died, and whether each has happened.
    cut: BTreeSet<(&'static str, bool)>,
}

impl Victim {
    async fn new(folder: ServerFolder, database: DatabaseConfig) -> Self {
        let server = folder.start();
        let owner = server.set_up().await;
        let organization = owner.organization("Compilers").await;
        let bigger = license_by(&demo_key(), Clock::system().now(), |terms| {
            terms.machine_id = machine_id();
            for product in Product::ALL {
                let quota = terms.products.get_mut(&product).unwrap();
                (quota.quota, quota.machine_quota) = (1_000, 1_000);
            }
        });
        let imported = owner.send(owner.request("POST", "/api/v2/activation").body(bigger)).await;
        assert_eq!(imported.status, 200, "{}", imported.body);
        let victim = Self { folder, database, owner, organization, rounds: 0, cut: BTreeSet::new() };
        victim.hire().await;
        server.kill();
        victim
    }

    async fn open_database(&self) -> Db {
        match &self.database {
            DatabaseConfig::BuiltIn => Db::open_sqlite(&self.folder.layout().database_file()).await.unwrap(),
            DatabaseConfig::Postgresql(config) => {
                Db::Postgres(testkeep_store::postgres::connect(config, 1).await.unwrap())
            }
        }
    }

    async fn hire(&self) {
        let now = Clock::system().now();
        let db = self.open_database().await;
        let mut tx = db.begin().await.unwrap();
        let new = NewUser { email: GRACE, password_hash: "none", first_name: "Grace", last_name: "Hopper" };
        let id = create_user(&mut tx, new, now).await.unwrap();
        for scope in [1, self.organization] {
            member::create_member(&mut tx, scope, id, "member", now).await.unwrap();
        }
        tx.commit().await.unwrap();
        db.close().await;
    }

    /// As [`Self::dies_in`], armed from the first step on. `false`: no step was interrupted.
    async fn dies<Armed>(&mut self, arm: impl AsyncFnOnce(&RunningServer) -> Armed) -> bool {
        self.dies_in(0, arm).await.is_some()
    }

    /// Plays the story on a server that `arm` prepares to die before this step, checks the state, and cleans up.
    /// Returns the interrupted step; `None`: the story went through to its end.
    async fn dies_in<Armed>(
        &mut self,
        step: usize,
        arm: impl AsyncFnOnce(&RunningServer) -> Armed,
    ) -> Option<&'static str> {
        self.rounds += 1;
        let server = self.folder.start();
        let mut story = Story::new(&self.owner, self.organization, self.rounds);
        for _ in 0..step {
            story.step().await.unwrap();
        }
        let armed = arm(&server).await;
        let mut lost = None;
        while lost.is_none() && story.goes_on() {
            lost = story.step().await.err();
        }
        drop(armed);
        server.kill();
        self.compare_counters(lost).await;
        let server = self.folder.start();
        let found = State::read(&self.owner, self.organization, self.rounds).await;
        if let Some(Lost { step }) = lost {
            let happened = story.has_happened(&found, step);
            self.cut.insert((step, happened));
        } else {
            assert_eq!(&found, story.state(), "round {}: everything was answered", self.rounds);
        }
        story.run_housekeeping().await;
        server.kill();
        lost.map(|lost| lost.step)
    }

    fn was_cut_everywhere(&self) {
        let steps: BTreeSet<_> = self.cut.iter().map(|(step, _)| *step).collect();
        assert_eq!(steps.len(), STEPS.len(), "a step was never cut off: {steps:?}");
    }

    /// The counters of seats, people and machines match the rows, as the killed server left them.
    async fn compare_counters(&self, lost: Option<Lost>) {
        let db = self.open_database().await;
        let wrong: Vec<(i64, String)> = sql("SELECT c.organization_id, c.product FROM license_count c
             WHERE c.in_use <> (SELECT COUNT(*) FROM license_session s WHERE s.organization_id = c.organization_id
                       AND s.product = c.product AND s.ended_at IS NULL AND s.takes_seat)
                   + (SELECT COUNT(*) FROM license_offline f WHERE f.organization_id = c.organization_id
                       AND f.product = c.product AND f.takes_seat)
                   + (SELECT COUNT(*) FROM license_held_seat h WHERE NOT h.freed_by_time AND h.organization_id = c.organization_id
                       AND h.product = c.product)
                OR c.assigned <> (SELECT COUNT(*) FROM license_assignment a
                       WHERE a.organization_id = c.organization_id AND a.product = c.product)
                OR c.machines <> (SELECT COUNT(*) FROM license_machine m
                       WHERE m.organization_id = c.organization_id AND m.product = c.product)")
        .fetch_all(&db)
        .await
        .unwrap();
        db.close().await;
        assert!(
            wrong.is_empty(),
            "round {}, {lost:?}: counted otherwise than the rows say: {wrong:?}",
            self.rounds
        );
    }
}
