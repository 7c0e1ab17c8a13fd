//! A signed lease cannot be taken back: how returned, revoked and copied leases are counted.

mod counted;
mod machines;
mod trusted;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use testkeep_domain::license::{Product, Quota, Returns};
use testkeep_tests::api::{Answer, Caller, TestServer};
use testkeep_tests::people::Person;

/// A server with this number of seats of each product and of machines, and an organization with members
/// `p0@example.com`, `p1@example.com`, …
pub(crate) async fn crew_under(
    server: &TestServer,
    returns: Returns,
    [seats, machines]: [u32; 2],
    people: usize,
) -> (Caller, i64, Vec<Person>) {
    let license = server.license(|terms| {
        terms.returns = returns;
        for product in Product::ALL {
            terms.products.insert(product, Quota { quota: seats, machine_quota: machines });
        }
    });
    assert_eq!(server.import(license).await.status(), 200);
    server.set_up_account().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let mut crew = Vec::new();
    for number in 0..people {
        crew.push(server.person_in(organization, &format!("p{number}@example.com"), "member").await);
    }
    (owner, organization, crew)
}

/// A checkout as a person with a copy of every file might send it.
pub(crate) struct Ask<'a> {
    pub(crate) organization: i64,
    pub(crate) package: &'a str,
    pub(crate) machine: &'a str,
    pub(crate) host: &'a str,
    pub(crate) session: &'a str,
    pub(crate) borrow_days: Option<u32>,
}

impl Ask<'_> {
    pub(crate) async fn by(&self, caller: &Caller) -> Answer {
        let mut body = json!({ "organization_id": self.organization, "package": self.package,
                               "machine_id": self.machine, "session_id": self.session, "hostname": self.host });
        if let Some(days) = self.borrow_days {
            body["borrow_days"] = json!(days);
        }
        caller.post("/api/v2/leases", &body).await
    }
}

pub(crate) fn id(answer: &Answer) -> i64 {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["id"].as_i64().unwrap()
}

/// The end of the signed lease.
pub(crate) fn signed_until(lease: &Value) -> DateTime<Utc> {
    use base64::Engine as _;
    let payload = lease.as_str().unwrap().split('.').nth(1).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    DateTime::from_timestamp(claims["exp"].as_i64().unwrap(), 0).unwrap()
}
