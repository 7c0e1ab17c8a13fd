//! A licensed program, as the server sees it.

use serde_json::{Value, json};
use testkeep_tests::api::{Answer, Caller, TestServer};
use testkeep_tests::people::Person;

pub(crate) struct Program<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) organization: i64,
    pub(crate) package: &'static str,
    pub(crate) machine: &'a str,
    pub(crate) session: &'a str,
}

impl Program<'_> {
    pub(crate) fn body(&self) -> Value {
        json!({ "organization_id": self.organization, "package": self.package, "machine_id": self.machine,
                "session_id": self.session, "hostname": format!("host-{}", self.machine), "client_version": "1.0" })
    }

    pub(crate) async fn check_out(&self) -> Answer {
        self.caller.post("/api/v2/leases", &self.body()).await
    }

    pub(crate) async fn check_out_with(&self, name: &str, value: Value) -> Answer {
        let mut body = self.body();
        body[name] = value;
        self.caller.post("/api/v2/leases", &body).await
    }
}

pub(crate) async fn renew(caller: &Caller, id: i64) -> Answer {
    caller.post(&format!("/api/v2/leases/{id}/renew"), &json!({})).await
}

pub(crate) async fn release(caller: &Caller, id: i64) -> Answer {
    caller.delete(&format!("/api/v2/leases/{id}")).await
}

/// An engine session with this name, on its own machine.
pub(crate) fn engine<'a>(caller: &'a Caller, organization: i64, session: &'a str) -> Program<'a> {
    Program { caller, organization, package: "FLOATING_ENGINE", machine: session, session }
}

/// The person's API key, so that tests over months need no new sign-in.
pub(crate) async fn api_key(server: &TestServer, person: &Caller) -> Caller {
    let answer = person.post("/api/v2/me/api-keys", &json!({ "name": "agent" })).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    Caller::signed_in(&server.url, answer.body["key"].as_str().map(Into::into))
}

/// An organization with `count` members.
pub(crate) async fn crew(server: &TestServer, count: usize) -> (Caller, i64, Vec<Person>) {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let mut people = Vec::new();
    for number in 0..count {
        let email = format!("p{number}@example.com");
        people.push(server.person_in(organization, &email, "member").await);
    }
    (owner, organization, people)
}

pub(crate) async fn assign(owner: &Caller, organization: i64, product: &str, emails: &[&str]) {
    let path = format!("/api/v2/organizations/{organization}/licenses/{product}/users");
    let answer = owner.post(&path, &json!({ "emails": emails })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    for result in answer.body["results"].as_array().unwrap() {
        assert_eq!(result["outcome"], "assigned", "{result}");
    }
}

/// The organization's row of a product, as the License Management page shows it.
pub(crate) async fn product(owner: &Caller, organization: i64, product: &str) -> Value {
    let answer = owner.get(&format!("/api/v2/organizations/{organization}/licenses")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let products = answer.body["products"].as_array().unwrap();
    products.iter().find(|it| it["product"] == product).unwrap().clone()
}
