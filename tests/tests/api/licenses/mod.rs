//! License Management: who gets and loses a license and what happens to running programs, files for machines without a
//! server, settings, shares, reports.

mod assigning;
mod ending;
mod offline;
mod reports;
mod seats;
mod settings;
mod shares;

use serde_json::{Value, json};
use testkeep_domain::license::{LicenseTerms, Product, Quota};
use testkeep_tests::api::{Answer, Caller, TestServer};
use testkeep_tests::people::Person;

use super::audit::newest_events;

/// A server with few seats, and an organization of `ada@example.com`.
pub(crate) struct Scene {
    pub(crate) server: TestServer,
    pub(crate) owner: Caller,
    pub(crate) organization: i64,
}

impl Scene {
    pub(crate) async fn new(server: TestServer, kse: u32, kre: u32) -> Self {
        Self::with(server, kse, kre, |_| ()).await
    }

    pub(crate) async fn with(
        server: TestServer,
        kse: u32,
        kre: u32,
        change: impl FnOnce(&mut LicenseTerms),
    ) -> Self {
        let license = server.license(|terms| {
            for (product, quota) in [(Product::Kse, kse), (Product::Kre, kre)] {
                terms.products.insert(product, Quota { quota, machine_quota: 10 });
            }
            change(terms);
        });
        assert_eq!(server.import(license).await.status(), 200);
        server.set_up_account().await;
        let owner = server.owner().await;
        let organization = owner.organization("Compilers").await;
        Self { server, owner, organization }
    }

    /// A Member of the organization.
    pub(crate) async fn member(&self, email: &str) -> Person {
        self.server.person_in(self.organization, email, "member").await
    }

    /// A path, for example `/users` of KSE.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/api/v2/organizations/{}/licenses/{rest}", self.organization)
    }

    pub(crate) async fn assign(&self, product: &str, emails: &[&str]) -> Vec<String> {
        let body = json!({ "emails": emails });
        let answer = self.owner.post(&self.path(&format!("{product}/users")), &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let results = answer.body["results"].as_array().unwrap();
        assert!(results.iter().all(|result| result["message"].as_str().is_some_and(|text| text.len() > 10)));
        results.iter().map(|result| result["outcome"].as_str().unwrap().to_owned()).collect()
    }

    /// Requests a seat on the machine `laptop`.
    pub(crate) async fn start(&self, who: &Caller, package: &str, session: &str) -> Answer {
        let body = json!({ "organization_id": self.organization, "package": package, "machine_id": "laptop",
                           "session_id": session, "hostname": "Laptop", "client_version": "10.1" });
        who.post("/api/v2/leases", &body).await
    }

    /// Takes a seat; returns the id of its live session.
    pub(crate) async fn run(&self, who: &Caller, package: &str, session: &str) -> i64 {
        let answer = self.start(who, package, session).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["id"].as_i64().unwrap()
    }

    /// The organization's row for a product.
    pub(crate) async fn product(&self, word: &str) -> Value {
        let path = format!("/api/v2/organizations/{}/licenses", self.organization);
        let answer = self.owner.get(&path).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let products = answer.body["products"].as_array().unwrap();
        products.iter().find(|product| product["product"] == word).unwrap().clone()
    }

    /// Assigned seats, seats in use, machines.
    pub(crate) async fn counts(&self, word: &str) -> [i64; 3] {
        let product = self.product(word).await;
        ["assigned", "in_use", "machines"].map(|name| product[name].as_i64().unwrap())
    }

    /// Action, target and details of the newest audit event.
    pub(crate) async fn last_event(&self) -> (String, String, Value) {
        let event = newest_events(&self.owner, 1).await.remove(0);
        let text = |name: &str| event[name].as_str().unwrap().to_owned();
        (text("action"), text("target_name"), event["details"].clone())
    }
}

/// The message by which a program learns that it must stop.
pub(crate) async fn ended(who: &Caller, session: i64) -> String {
    let answer = who.post(&format!("/api/v2/leases/{session}/renew"), &json!({})).await;
    assert_eq!((answer.status, answer.code()), (410, "session_ended"), "{}", answer.body);
    answer.message().to_owned()
}

/// For answers that are not JSON: the relevant headers, and the content.
pub(crate) async fn download(who: &Caller, path: &str) -> (String, String) {
    let request = who.request("GET", path).bearer_auth(who.bearer.as_deref().unwrap());
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    let disposition = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    (disposition, answer.text().await.unwrap())
}

/// Asserts that the request was refused because of one field.
pub(crate) fn assert_wrong(answer: &Answer, field: &str) {
    assert_eq!((answer.status, answer.code()), (422, "invalid"), "{}", answer.body);
    assert!(answer.body["error"]["fields"][field].is_string(), "{field}: {}", answer.body);
}
