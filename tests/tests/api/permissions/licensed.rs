//! Licenses in use for the sweeps: an assignment, a live session, an offline license, a machine; and in each
//! organization a row in every table of licenses.

use chrono::Duration;
use testkeep_store::Tx;
use testkeep_store::licenses::assignment;
use testkeep_store::licenses::machine::{self, NewMachine};
use testkeep_store::licenses::offline::{self, NewOfflineLicense};
use testkeep_store::licenses::session::{self, NewLicenseSession, SessionKey};
use testkeep_store::licenses::{denial, setting, turn, usage, waiter};
use testkeep_store::sql;

use super::case::Thing;
use super::place::Place;
use super::world::World;

const PRODUCT: &str = "KRE";

impl World {
    /// Its id as `{item_id}`; `None`: not an object of licenses.
    pub(super) async fn create_license_thing(
        &mut self,
        tx: &mut Tx,
        theirs: bool,
        thing: Thing,
    ) -> Option<i64> {
        let realm = self.realm(theirs);
        let (organization, realm) = (realm.places[&Place::Organization], realm.name);
        let name = self.fresh(realm);
        let id = match thing {
            Thing::Nothing | Thing::MailSettings | Thing::Mail => return None,
            Thing::OfflineLicense => self.create_offline(tx, organization, &name).await,
            Thing::LicensedUser => {
                let user = self.create_colleague(tx, organization, &name).await;
                let now = self.server.clock.now();
                assignment::create_assignments(tx, organization, PRODUCT, &[user], &name, now).await.unwrap();
                user
            }
            Thing::LicenseSession => {
                let user = self.create_colleague(tx, organization, &name).await;
                self.create_license_session(tx, theirs, user).await
            }
            Thing::LicenseMachine => {
                let user = self.create_colleague(tx, organization, &name).await;
                self.create_machine(tx, organization, &name, user).await
            }
        };
        recount(tx).await;
        Some(id)
    }

    /// A live session on a machine of its own.
    pub(super) async fn create_license_session(&mut self, tx: &mut Tx, theirs: bool, user: i64) -> i64 {
        let realm = self.realm(theirs);
        let (organization, realm) = (realm.places[&Place::Organization], realm.name);
        let name = self.fresh(realm);
        let now = self.server.clock.now();
        let new = NewLicenseSession {
            key: key(organization, user, &name),
            package: "FLOATING_ENGINE",
            team_id: None,
            hostname: &name,
            client_version: "1",
            kind: "online",
            takes_seat: true,
        };
        let until = now + Duration::minutes(30);
        let id = session::create_license_sessions(tx, &[new], until, now).await.unwrap()[0];
        recount(tx).await;
        id
    }

    async fn create_machine(&self, tx: &mut Tx, organization_id: i64, name: &str, user_id: i64) -> i64 {
        let now = self.server.clock.now();
        let new =
            NewMachine { organization_id, product: PRODUCT, machine_key: name, hostname: name, user_id };
        machine::create_machine(tx, new, now).await.unwrap();
        let (id,): (i64,) = sql("SELECT MAX(id) FROM license_machine").fetch_one(&mut *tx).await.unwrap();
        id
    }

    async fn create_offline(&self, tx: &mut Tx, organization_id: i64, name: &str) -> i64 {
        let now = self.server.clock.now();
        let new = NewOfflineLicense {
            organization_id,
            product: PRODUCT,
            machine_key: name,
            holder: name,
            content: name,
            created_by: name,
            expires_at: now + Duration::days(1),
        };
        offline::create_offline_license(tx, new, now).await.unwrap()
    }

    /// Writes a row of the organization to every table of licenses, so that a change to any of them is noticed.
    pub(super) async fn use_licenses(&mut self, theirs: bool) {
        let places = self.realm(theirs).places.clone();
        let (organization, team) = (places[&Place::Organization], places[&Place::Team]);
        let (name, now) = (self.realm(theirs).name, self.server.clock.now());
        let mut tx = self.begin().await;
        let things =
            [Thing::LicensedUser, Thing::LicenseSession, Thing::OfflineLicense, Thing::LicenseMachine];
        for thing in things {
            self.create_license_thing(&mut tx, theirs, thing).await;
        }
        let waits = format!("{name}-waits");
        let user = self.create_colleague(&mut tx, organization, &waits).await;
        setting::put_license_setting(&mut tx, organization, PRODUCT, Some(60), false).await.unwrap();
        setting::put_reservation(&mut tx, organization, team, PRODUCT, 1).await.unwrap();
        waiter::put_waiter(&mut tx, key(organization, user, &waits), &waits, now).await.unwrap();
        let since = now - Duration::minutes(10);
        denial::create_denial(&mut tx, key(organization, user, &waits), true, since, now).await.unwrap();
        usage::put_peak(&mut tx, organization, PRODUCT, now, 3).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn key(organization_id: i64, user_id: i64, name: &str) -> SessionKey<'_> {
    SessionKey { user_id, organization_id, product: PRODUCT, machine_key: name, session_key: name }
}

/// Updates the counters for rows that were written without the server.
async fn recount(tx: &mut Tx) {
    turn::take_turn(tx).await.unwrap();
    turn::recount(tx).await.unwrap();
}
