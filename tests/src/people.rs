//! People for tests that do not test how people join: written to the database directly, then signed in over HTTP.

use std::ops::Deref;

use serde_json::{Value, json};
use testkeep_domain::Secret;
use testkeep_store::Tx;
use testkeep_store::people::member;
use testkeep_store::people::user::{self, NewUser};
use testkeep_store::scopes::scope::ACCOUNT;

use crate::api::{Caller, PASSWORD, TestServer};

/// A signed-in person; sends requests as [`Caller`] does: `grace.get("/api/v2/me")`.
pub struct Person {
    pub id: i64,
    pub email: String,
    pub caller: Caller,
}

impl Deref for Person {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Caller {
    /// Creates something by POST; returns its id.
    pub async fn create(&self, path: &str, body: &Value) -> i64 {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.body);
        answer.body["id"].as_i64().expect("an id")
    }

    /// Creates an organization and returns its id; the caller is its Owner.
    pub async fn organization(&self, name: &str) -> i64 {
        self.create("/api/v2/organizations", &json!({ "name": name })).await
    }

    /// One field of every item of a list, in the list's order.
    pub async fn column(&self, path: &str, field: &str) -> Vec<String> {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let items = answer.body["items"].as_array().expect("items");
        items.iter().map(|item| item[field].as_str().unwrap_or("-").to_owned()).collect()
    }
}

impl TestServer {
    /// A Member of the account who belongs to no organization yet: “Grace Example” for `grace@example.com`. Password:
    /// [`PASSWORD`].
    pub async fn person(&self, email: &str) -> Person {
        let id = self.account_of(email).await;
        self.signed_in(id, email.to_owned()).await
    }

    /// [`TestServer::crowd`], signed in.
    pub async fn people(&self, count: usize) -> Vec<Person> {
        let mut people = Vec::with_capacity(count);
        for (number, id) in self.crowd(count).await.into_iter().enumerate() {
            people.push(self.signed_in(id, crowd_address(number)).await);
        }
        people
    }

    async fn signed_in(&self, id: i64, email: String) -> Person {
        let answer = self.sign_in(&email, PASSWORD).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let mut caller = self.anonymous();
        caller.bearer = answer.body["token"].as_str().map(Into::into);
        Person { id, email, caller }
    }

    /// The same with a role in a scope: an organization, or the account (1).
    pub async fn person_in(&self, scope_id: i64, email: &str, role: &str) -> Person {
        let person = self.person(email).await;
        self.join(person.id, scope_id, role).await;
        person
    }

    /// As [`TestServer::person`], but not signed in; returns the user's id.
    pub async fn account_of(&self, email: &str) -> i64 {
        let hash = self.app.passwords.hash(&Secret::new(PASSWORD.to_owned())).await.expect("a hash");
        let mut tx = self.app.db.begin().await.expect("a transaction");
        let id = create(&mut tx, email, &hash, self).await;
        tx.commit().await.expect("a commit");
        id
    }

    /// Creates `count` people, not signed in: `person0@example.com`, `person1@example.com`, …; returns their ids.
    pub async fn crowd(&self, count: usize) -> Vec<i64> {
        let hash = self.app.passwords.hash(&Secret::new(PASSWORD.to_owned())).await.expect("a hash");
        let mut tx = self.app.db.begin().await.expect("a transaction");
        let mut ids = Vec::with_capacity(count);
        for number in 0..count {
            ids.push(create(&mut tx, &crowd_address(number), &hash, self).await);
        }
        tx.commit().await.expect("a commit");
        ids
    }

    /// Gives a person a role in a scope (account 1, organization, team, project) and replaces an earlier role there:
    /// `owner`, `admin`, `billing_manager`, `member`. Does not change the scopes above: join those first.
    pub async fn join(&self, user_id: i64, scope_id: i64, role: &str) {
        let mut tx = self.app.db.begin().await.expect("a transaction");
        let now = self.clock.now();
        if !member::create_member(&mut tx, scope_id, user_id, role, now).await.expect("a member") {
            member::update_member_role(&mut tx, scope_id, user_id, role).await.expect("a role");
        }
        tx.commit().await.expect("a commit");
    }
}

fn crowd_address(number: usize) -> String {
    format!("person{number}@example.com")
}

async fn create(tx: &mut Tx, email: &str, password_hash: &str, server: &TestServer) -> i64 {
    let local = email.split('@').next().unwrap_or_default();
    let mut letters = local.chars();
    let first_name: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let new = NewUser { email, password_hash, first_name: &first_name, last_name: "Example" };
    let id = user::create_user(tx, new, server.clock.now()).await.expect("a person");
    member::create_member(tx, ACCOUNT, id, "member", server.clock.now()).await.expect("a member");
    id
}
