//! Objects for the requests, created on first use and reused until a request has changed them: a destructive request
//! must not spoil the world for the next.

use std::collections::HashMap;

use chrono::Duration;
use testkeep_domain::Layout;
use testkeep_domain::permission::Role;
use testkeep_server::testing::{create_token, hash_token};
use testkeep_store::mail::{self, NewMailMessage};
use testkeep_store::mail_setting::{self, MailSetting};
use testkeep_store::people::group;
use testkeep_store::people::invitation::{self, NewInvitation};
use testkeep_store::people::undo;
use testkeep_store::{Tx, sql};

use super::case::{Case, Ids, Subject, Target, Thing};
use super::executions;
use super::place::Place;
use super::world::{Somebody, World, put};

const NOTHING_REVOKED: &str = r#"{"kind":"revoke_licenses","product":"KSE","people":[],"assignments":[]}"#;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Subject(Place, Subject),
    Target(Place, Target),
    Thing(Place, Thing),
}

/// Id, name, and people in it.
#[derive(Clone, Debug, Default)]
struct Item {
    id: i64,
    name: String,
    user: i64,
}

#[derive(Default)]
pub(crate) struct Stock(HashMap<Key, Item>);

impl World {
    /// Ids for a case. `owner`: the person whose own objects are meant.
    pub(crate) async fn ids(&mut self, theirs: bool, case: &Case, target: Target, owner: &Somebody) -> Ids {
        let subject = self.subject(theirs, case, owner).await;
        let (user, email) = match target {
            Target::Oneself => (owner.user_id, owner.email.clone()),
            Target::InGroup => (subject.user, String::new()),
            Target::Nobody => (0, String::new()),
            other => {
                let person = self.stocked(theirs, Key::Target(case.at, other)).await;
                (person.id, address_of(&person.name))
            }
        };
        let thing = match case.thing {
            Thing::Nothing => 0,
            thing => self.stocked(theirs, Key::Thing(case.at, thing)).await.id,
        };
        let group = self.stocked(theirs, Key::Subject(Place::Organization, Subject::Group)).await.id;
        let realm = self.realm(theirs);
        let [team, project, organization] =
            [Place::Team, Place::DirectProject, Place::Organization].map(|place| realm.places[&place]);
        let name = realm.name;
        let level = case.at.segment();
        Ids {
            level,
            id: subject.id,
            name: subject.name,
            user,
            email,
            team,
            project,
            group,
            organization,
            thing,
            fresh: self.fresh(name),
        }
    }

    /// Called after a request that changed an object, which is not used again.
    pub(crate) fn spend(&mut self, theirs: bool, case: &Case, target: Target) {
        let stock = &mut self.realm(theirs).stock.0;
        stock.remove(&Key::Subject(case.at, case.subject));
        stock.remove(&Key::Target(case.at, target));
        stock.remove(&Key::Thing(case.at, case.thing));
    }

    async fn subject(&mut self, theirs: bool, case: &Case, owner: &Somebody) -> Item {
        match case.subject {
            Subject::Place => {
                let realm = self.realm(theirs);
                let name = match case.at {
                    Place::Account => "Account".into(),
                    place => format!("{}-{place:?}", realm.name),
                };
                Item { id: realm.places[&case.at], name, user: 0 }
            }
            Subject::OwnInvitation
            | Subject::OwnSession
            | Subject::OwnApiKey
            | Subject::OwnLease
            | Subject::OwnUndo => {
                let mut tx = self.begin().await;
                let id = self.create_own(&mut tx, theirs, case.subject, owner).await;
                tx.commit().await.unwrap();
                Item { id, ..Item::default() }
            }
            subject => self.stocked(theirs, Key::Subject(case.at, subject)).await,
        }
    }

    async fn create_own(&mut self, tx: &mut Tx, theirs: bool, subject: Subject, owner: &Somebody) -> i64 {
        match subject {
            Subject::OwnSession => self.create_session(tx, owner.user_id).await.1,
            Subject::OwnApiKey => self.create_api_key(tx, owner.user_id).await.1,
            Subject::OwnLease => self.create_license_session(tx, theirs, owner.user_id).await,
            Subject::OwnUndo => {
                let organization = self.realm(theirs).places[&Place::Organization];
                let (now, nothing) = (self.server.clock.now(), NOTHING_REVOKED);
                let until = now + Duration::days(1);
                undo::create_undo(tx, owner.user_id, organization, nothing, now, until).await.unwrap()
            }
            _ => {
                // Added to an organization that no other case uses.
                let name = self.fresh("waiting");
                let now = self.server.clock.now();
                let scope = self.ours.create_place(tx, Place::Organization, &name, now).await;
                self.create_invitation(tx, scope, None, &owner.email).await
            }
        }
    }

    async fn stocked(&mut self, theirs: bool, key: Key) -> Item {
        if let Some(item) = self.realm(theirs).stock.0.get(&key) {
            return item.clone();
        }
        let name = self.realm(theirs).name;
        let name = self.fresh(name);
        let mut tx = self.begin().await;
        let item = match key {
            Key::Subject(place, subject) => self.create_subject(&mut tx, theirs, place, subject, name).await,
            Key::Thing(place, thing) => self.create_thing(&mut tx, theirs, place, thing).await,
            Key::Target(place, target) => self.create_target(&mut tx, theirs, place, target, &name).await,
        };
        tx.commit().await.unwrap();
        self.realm(theirs).stock.0.insert(key, item.clone());
        item
    }

    async fn create_subject(
        &mut self,
        tx: &mut Tx,
        theirs: bool,
        place: Place,
        subject: Subject,
        name: String,
    ) -> Item {
        let now = self.server.clock.now();
        let places = self.realm(theirs).places.clone();
        match subject {
            Subject::Group => {
                let organization = places[&Place::Organization];
                let id = group::create_group(tx, organization, &name, "", now).await.unwrap();
                let user = self.create_colleague(tx, organization, &name).await;
                group::create_group_member(tx, id, user, now).await.unwrap();
                Item { id, name, user }
            }
            Subject::Invitation(to_project) => {
                let project = Some(places[&Place::Project]).filter(|_| to_project);
                let email = format!("{name}@example.com");
                Item { id: self.create_invitation(tx, places[&place], project, &email).await, name, user: 0 }
            }
            Subject::Execution | Subject::ExecutionFile | Subject::TestResult | Subject::TestCase => {
                let folder = Layout::new(self.server.folder.path()).uploads();
                let made = executions::create(tx, places[&place], &folder, &name, now).await;
                Item { id: made.id_of(subject), name, user: 0 }
            }
            _ => {
                let id = self.realm(theirs).create_place(tx, place, &name, now).await;
                sql("INSERT INTO member (scope_id, user_id, role, password_sign_in, joined_at)
                     SELECT $1, user_id, role, password_sign_in, joined_at FROM member WHERE scope_id = $2")
                .bind(id)
                .bind(places[&place])
                .execute(tx)
                .await
                .unwrap();
                Item { id, name, user: 0 }
            }
        }
    }

    async fn create_target(
        &mut self,
        tx: &mut Tx,
        theirs: bool,
        place: Place,
        target: Target,
        name: &str,
    ) -> Item {
        let places = self.realm(theirs).places.clone();
        let id = self.create_colleague(tx, places[&Place::Organization], name).await;
        if let Target::There(role) = target {
            let role = role.unwrap_or(Role::Member);
            put(tx, places[&place], id, role, self.server.clock.now()).await;
        }
        Item { id, name: name.into(), user: 0 }
    }

    async fn create_thing(&mut self, tx: &mut Tx, theirs: bool, place: Place, thing: Thing) -> Item {
        if let Some(id) = self.create_license_thing(tx, theirs, thing).await {
            return Item { id, ..Item::default() };
        }
        let (scope_id, now) = (self.realm(theirs).places[&place], self.server.clock.now());
        if thing == Thing::Mail {
            let message = NewMailMessage {
                scope_id: Some(scope_id),
                route: "organization",
                kind: "added",
                recipient: "somebody@example.com",
                subject: "S",
                content: "{}",
                invitation_id: None,
            };
            let id = mail::create_mail_messages(tx, &[message], now).await.unwrap()[0];
            mail::update_mail_state(tx, id, "failed", None, None, None).await.unwrap();
            return Item { id, ..Item::default() };
        }
        let setting = MailSetting {
            scope_id,
            host: "localhost".into(),
            port: 1,
            protocol: "smtp".into(),
            username: String::new(),
            password_sealed: None,
            sender: "testkeep@example.com".into(),
            updated_at: now,
            ..MailSetting::default()
        };
        mail_setting::put_mail_setting(tx, &setting).await.unwrap();
        Item::default()
    }

    pub(super) async fn create_colleague(&self, tx: &mut Tx, organization: i64, name: &str) -> i64 {
        let id = self.create_user(tx, &address_of(name)).await;
        put(tx, organization, id, Role::Member, self.server.clock.now()).await;
        id
    }

    /// Invited by the default account, which may invite everywhere.
    async fn create_invitation(
        &self,
        tx: &mut Tx,
        scope_id: i64,
        project_id: Option<i64>,
        email: &str,
    ) -> i64 {
        let (now, nonce) = (self.server.clock.now(), [7; 32]);
        let token_hash = hash_token(&create_token().unwrap());
        let (nonce, token_hash) = (&nonce[..], &token_hash[..]);
        let expires_at = now + Duration::days(7);
        let (invited_by,): (i64,) =
            sql("SELECT MIN(id) FROM user_account").fetch_one(&mut *tx).await.unwrap();
        // The mailed link is never used; its hash only has to differ.
        let new = NewInvitation {
            scope_id,
            project_id,
            email,
            invited_by,
            nonce,
            token_hash,
            mail_token_hash: nonce,
            expires_at,
            role: "member",
            team_ids: "[]",
            products: "[]",
        };
        invitation::create_invitations(tx, &[new], now).await.unwrap()[0]
    }
}

fn address_of(name: &str) -> String {
    format!("{name}@example.com")
}
