//! Two organizations that are built alike, and people with every role in every scope.
//!
//! Written to the database directly: the sweeps test which requests the API allows, not how such a world is created.

use std::collections::BTreeMap;

use chrono::Duration;
use serde_json::Value;
use testkeep_domain::Secret;
use testkeep_domain::license::{LicenseTerms, Quota};
use testkeep_domain::permission::{Level, Role};
use testkeep_server::testing::{create_token, hash_token};
use testkeep_store::Tx;
use testkeep_store::people::api_key::{self, NewApiKey};
use testkeep_store::people::member;
use testkeep_store::people::session::{self, NewSession};
use testkeep_store::people::user::{self, NewUser};
use testkeep_store::scopes::scope::{self, ACCOUNT, NewScope};
use testkeep_tests::api::{Answer, Caller, PASSWORD, TestServer};

use super::place::{Place, RolesAt};
use super::stock::Stock;

/// Large enough that no request is refused because of missing seats.
const ENOUGH: Quota = Quota { quota: 100_000, machine_quota: 100_000 };

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    None,
    Session,
    ApiKey,
}

#[derive(Clone, Debug)]
pub(crate) struct Somebody {
    /// Name for messages.
    pub(crate) name: String,
    pub(crate) user_id: i64,
    pub(crate) email: String,
    pub(crate) credential: Credential,
    pub(crate) token: String,
    /// Roles in the account and in the first organization.
    pub(crate) roles: RolesAt,
    /// The login option that closes the organization to passwords.
    pub(crate) closed: bool,
}

impl Somebody {
    /// Whether the organization is closed to this way of signing in.
    pub(crate) fn is_shut_out(&self) -> bool {
        self.closed
    }

    fn nobody() -> Self {
        Self {
            name: "nobody".into(),
            user_id: 0,
            email: String::new(),
            credential: Credential::None,
            token: String::new(),
            roles: RolesAt::new(),
            closed: false,
        }
    }
}

/// An organization and everything in it.
pub(crate) struct Realm {
    /// Part of every name and address in it.
    pub(crate) name: &'static str,
    pub(crate) places: BTreeMap<Place, i64>,
    pub(crate) stock: Stock,
}

pub(crate) struct World {
    pub(crate) server: TestServer,
    pub(crate) caller: Caller,
    pub(crate) ours: Realm,
    pub(crate) theirs: Realm,
    password_hash: String,
    /// Copies of people, by the person's name, until a request has used them up.
    doubles: BTreeMap<String, Somebody>,
    count: u32,
}

impl World {
    pub(crate) async fn build(server: TestServer) -> Self {
        let seats = |terms: &mut LicenseTerms| terms.products.values_mut().for_each(|quota| *quota = ENOUGH);
        let license = server.license(seats);
        assert_eq!(server.import(license).await.status(), 200);
        server.set_up_account().await;
        let password = Secret::new(PASSWORD.to_owned());
        let password_hash = server.app.passwords.hash(&password).await.unwrap();
        let mut tx = server.app.db.begin().await.unwrap();
        let ours = Realm::build(&mut tx, &server, "alpha").await;
        let theirs = Realm::build(&mut tx, &server, "borealis").await;
        tx.commit().await.unwrap();
        let caller = server.anonymous();
        let mut world =
            Self { server, caller, ours, theirs, password_hash, doubles: BTreeMap::new(), count: 0 };
        for theirs in [false, true] {
            world.use_licenses(theirs).await;
        }
        world
    }

    pub(crate) fn realm(&mut self, theirs: bool) -> &mut Realm {
        if theirs { &mut self.theirs } else { &mut self.ours }
    }

    /// A text that nothing else uses.
    pub(crate) fn fresh(&mut self, realm: &str) -> String {
        self.count += 1;
        format!("{realm}-{}", self.count)
    }

    pub(crate) async fn begin(&self) -> Tx {
        self.server.app.db.begin().await.unwrap()
    }

    /// Nobody, a stranger, and each role in each kind of scope; two of these people with API keys.
    pub(crate) async fn people(&mut self) -> Vec<Somebody> {
        let mut people = vec![Somebody::nobody()];
        people.push(self.person("stranger", &[], Credential::Session).await);
        for place in [Place::Account, Place::Organization, Place::Team, Place::Project] {
            for role in place.level().roles() {
                let mut roles = vec![(place, *role)];
                if place.above().is_some() {
                    roles.push((Place::Organization, Role::Member));
                }
                // A person with a role in projects has it in both.
                if place == Place::Project {
                    roles.push((Place::DirectProject, *role));
                }
                let name = format!("{}'s {}", place.level().as_str(), role.as_str());
                people.push(self.person(&name, &roles, Credential::Session).await);
            }
        }
        let key = Credential::ApiKey;
        people.push(self.person("key of account's owner", &[(Place::Account, Role::Owner)], key).await);
        people.push(
            self.person("key of organization's admin", &[(Place::Organization, Role::Admin)], key).await,
        );
        for credential in [Credential::Session, key] {
            people.push(self.closed(credential).await);
        }
        people
    }

    /// An Admin of the organization, and of a team, for whom the organization is closed.
    async fn closed(&mut self, credential: Credential) -> Somebody {
        let roles = [(Place::Organization, Role::Admin), (Place::Team, Role::Owner)];
        let mut closed = self.person(&format!("closed out, by {credential:?}"), &roles, credential).await;
        self.close(closed.user_id).await;
        closed.closed = true;
        closed
    }

    async fn close(&self, user_id: i64) {
        let mut tx = self.begin().await;
        let organization = self.ours.places[&Place::Organization];
        member::update_member_password_sign_in(&mut tx, organization, user_id, false).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Creates a person with roles in the first organization. Every person is at least a Member of the account.
    pub(crate) async fn person(
        &mut self,
        name: &str,
        roles: &[(Place, Role)],
        credential: Credential,
    ) -> Somebody {
        let mut roles: RolesAt = roles.iter().copied().collect();
        roles.entry(Place::Account).or_insert(Role::Member);
        let places = self.ours.places.clone();
        let email = format!("{}@alpha.example", self.fresh("person"));
        let now = self.server.clock.now();
        let mut tx = self.begin().await;
        let user_id = self.create_user(&mut tx, &email).await;
        for (place, role) in &roles {
            put(&mut tx, places[place], user_id, *role, now).await;
        }
        let token = match credential {
            Credential::None => String::new(),
            Credential::Session => self.create_session(&mut tx, user_id).await.0,
            Credential::ApiKey => self.create_api_key(&mut tx, user_id).await.0,
        };
        tx.commit().await.unwrap();
        Somebody { name: name.into(), user_id, email, credential, token, roles, closed: false }
    }

    /// Another person with the same roles.
    pub(crate) async fn double(&mut self, of: &Somebody) -> Somebody {
        if let Some(double) = self.doubles.get(&of.name) {
            return double.clone();
        }
        let roles: Vec<_> = of.roles.iter().map(|(place, role)| (*place, *role)).collect();
        let double = self.person(&of.name, &roles, of.credential).await;
        if of.closed {
            self.close(double.user_id).await;
        }
        let double = Somebody { closed: of.closed, ..double };
        self.doubles.insert(of.name.clone(), double.clone());
        double
    }

    pub(crate) fn spend_double(&mut self, of: &Somebody) {
        self.doubles.remove(&of.name);
    }

    /// The Owner of the other organization.
    pub(crate) async fn inhabitant_of_the_other(&mut self) -> Somebody {
        let email = format!("{}@borealis.example", self.fresh("person"));
        let mut tx = self.begin().await;
        let user_id = self.create_user(&mut tx, &email).await;
        let now = self.server.clock.now();
        put(&mut tx, self.theirs.places[&Place::Organization], user_id, Role::Owner, now).await;
        let token = self.create_session(&mut tx, user_id).await.0;
        tx.commit().await.unwrap();
        let name = "the other's owner".into();
        Somebody { name, user_id, email, credential: Credential::Session, token, ..Somebody::nobody() }
    }

    pub(crate) async fn create_user(&self, tx: &mut Tx, email: &str) -> i64 {
        let password_hash = self.password_hash.as_str();
        let new = NewUser { email, password_hash, first_name: "Some", last_name: "Body" };
        let now = self.server.clock.now();
        let id = user::create_user(tx, new, now).await.unwrap();
        put(tx, ACCOUNT, id, Role::Member, now).await;
        id
    }

    /// Token and id.
    pub(crate) async fn create_session(&self, tx: &mut Tx, user_id: i64) -> (String, i64) {
        let token = create_token().unwrap();
        let now = self.server.clock.now();
        let expires_at = now + Duration::days(1);
        let token_hash = &hash_token(&token);
        let new = NewSession { token_hash, user_id, expires_at, address: "127.0.0.1", user_agent: "sweep" };
        session::create_session(tx, new, now).await.unwrap();
        let sessions = session::list_sessions(&mut *tx, user_id, now, now - Duration::days(1)).await.unwrap();
        (token, sessions[0].id)
    }

    /// Token and id.
    pub(crate) async fn create_api_key(&self, tx: &mut Tx, user_id: i64) -> (String, i64) {
        let token = format!("tkk_{}", create_token().unwrap());
        let token_hash = &hash_token(&token);
        let new = NewApiKey { user_id, name: "sweep", start: "tkk_", token_hash, expires_at: None };
        let id = api_key::create_api_key(tx, new, self.server.clock.now()).await.unwrap();
        (token, id)
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<Value>, who: &Somebody) -> Answer {
        let mut request = self.caller.request(method, path);
        if who.credential != Credential::None {
            request = request.bearer_auth(&who.token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.caller.send(request).await
    }
}

/// Gives a person a role in the scope and replaces an earlier role there.
pub(crate) async fn put(tx: &mut Tx, scope_id: i64, user_id: i64, role: Role, now: testkeep_store::Time) {
    if !member::create_member(tx, scope_id, user_id, role.as_str(), now).await.unwrap() {
        member::update_member_role(tx, scope_id, user_id, role.as_str()).await.unwrap();
    }
}

impl Realm {
    async fn build(tx: &mut Tx, server: &TestServer, name: &'static str) -> Self {
        let mut realm =
            Self { name, places: BTreeMap::from([(Place::Account, ACCOUNT)]), stock: Stock::default() };
        for place in [Place::Organization, Place::Team, Place::Project, Place::DirectProject] {
            let title = format!("{name}-{place:?}");
            let id = realm.create_place(tx, place, &title, server.clock.now()).await;
            realm.places.insert(place, id);
        }
        realm
    }

    /// Creates another scope of the same kind, without people.
    pub(crate) async fn create_place(
        &self,
        tx: &mut Tx,
        place: Place,
        name: &str,
        now: testkeep_store::Time,
    ) -> i64 {
        let organization_id = self.places.get(&Place::Organization).copied();
        let new = NewScope {
            level: place.level().as_str(),
            organization_id: organization_id.filter(|_| place.level() != Level::Organization),
            team_id: self.places.get(&Place::Team).copied().filter(|_| place == Place::Project),
            name,
            description: "",
        };
        scope::create_scope(tx, new, now).await.unwrap()
    }
}
