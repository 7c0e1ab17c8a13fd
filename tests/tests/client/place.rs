//! The real server program with a license, an organization and an API key of its owner.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value, json};
use testkeep_domain::config::DatabaseConfig;
use testkeep_domain::license::{LeaseSecret, LicenseTerms, Product, Quota};
use testkeep_tests::api::{self, Answer, Caller, license_by};
use testkeep_tests::programs::{RunningServer, ServerFolder, demo_key, machine_id};

use crate::forger::now;
use crate::testkeep::Account;

pub(crate) struct Place {
    folder: ServerFolder,
    server: Option<RunningServer>,
    pub(crate) owner: Caller,
    pub(crate) organization: i64,
    pub(crate) key: String,
}

impl Place {
    /// Five KRE seats for a year.
    pub(crate) async fn usual() -> Self {
        Self::with(|_| ()).await
    }

    /// `kre` KRE seats that end `seconds` from now; leases end no later.
    pub(crate) async fn ending_in(seconds: i64, kre: u32) -> Self {
        Self::with(|terms| {
            terms.expires_at = now() + TimeDelta::seconds(seconds);
            terms.products.insert(Product::Kre, Quota { quota: kre, machine_quota: 5 });
        })
        .await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut LicenseTerms)) -> Self {
        let folder = ServerFolder::new(DatabaseConfig::BuiltIn);
        let server = folder.start();
        let mut owner = Caller::at(&server.url);
        // Called last, because the license's time starts here.
        let quota = |quota| Quota { quota, machine_quota: 5 };
        let license = license_by(&demo_key(), now(), |terms| {
            terms.machine_id = machine_id();
            terms.products = BTreeMap::from([(Product::Kse, quota(2)), (Product::Kre, quota(5))]);
            terms.lease_keys = vec![LeaseSecret::eddsa([11; 32])];
            change(terms);
        });
        let activation = owner.request("POST", "/api/v2/activation").body(license);
        expect(&owner.send(activation).await, 200);
        let account = json!({ "setup_token": server.setup_token().await, "email": api::EMAIL,
                              "password": api::PASSWORD, "first_name": "Ada", "last_name": "Lovelace" });
        expect(&owner.post("/api/v2/default-account", &account).await, 201);
        let session = owner.post("/api/v2/sessions", &api::credentials(api::EMAIL, api::PASSWORD)).await;
        owner.bearer = session.body["token"].as_str().map(Into::into);
        let organization = owner.organization("Example").await;
        let key = owner.post("/api/v2/me/api-keys", &json!({ "name": "ci", "expires_in_days": null })).await;
        expect(&key, 201);
        let key = key.body["key"].as_str().unwrap().to_owned();
        Self { folder, server: Some(server), owner, organization, key }
    }

    pub(crate) fn url(&self) -> &str {
        self.folder.config.server_url.as_str()
    }

    /// A new account on some machine, with the owner's API key.
    pub(crate) fn account(&self) -> Account {
        Account::new(self.url(), &self.key)
    }

    /// `kill -9`
    pub(crate) fn kill_server(&mut self) {
        self.server.take().unwrap().kill();
    }

    pub(crate) fn start_server(&mut self) {
        self.server = Some(self.folder.start());
    }

    fn path(&self, product: &str, rest: &str) -> String {
        format!("/api/v2/organizations/{}/licenses/{product}/{rest}", self.organization)
    }

    /// Live sessions.
    pub(crate) async fn sessions(&self, product: &str) -> Vec<Value> {
        let answer = self.owner.get(&self.path(product, "sessions")).await;
        expect(&answer, 200);
        answer.body["items"].as_array().unwrap().clone()
    }

    /// Revokes a session as an admin does on the License Management page.
    pub(crate) async fn revoke(&self, product: &str, session_id: &Value) {
        expect(&self.owner.delete(&self.path(product, &format!("sessions/{session_id}"))).await, 204);
    }

    pub(crate) async fn assign(&self, product: &str) {
        let answer = self.owner.post(&self.path(product, "users"), &json!({ "emails": [api::EMAIL] })).await;
        expect(&answer, 200);
        assert_eq!(answer.body["results"][0]["outcome"], "assigned", "{}", answer.body);
    }

    pub(crate) async fn end_idle_sessions_after(&self, minutes: i64) {
        let settings = json!({ "idle_minutes": minutes, "assigned_only": false, "reservations": [] });
        let answer = self.owner.put(&self.path("KRE", "settings"), &settings).await;
        assert!(matches!(answer.status, 200 | 204), "{}", answer.body);
    }

    /// A new offline KRE license, as text.
    pub(crate) async fn offline_license(&self, machine: &str) -> String {
        self.offline_license_for(machine, false).await
    }

    /// `native`: for programs that use our client.
    pub(crate) async fn offline_license_for(&self, machine: &str, native: bool) -> String {
        let body =
            json!({ "machine_key": machine, "holder": "Laptop 7", "expires_on": null, "native": native });
        let made = self.owner.post(&self.path("KRE", "offline"), &body).await;
        expect(&made, 201);
        let file = self.path("KRE", &format!("offline/{}/file", made.body["id"]));
        let file = self.owner.request("GET", &file).bearer_auth(self.owner.bearer.as_deref().unwrap());
        file.send().await.unwrap().text().await.unwrap()
    }
}

#[track_caller]
fn expect(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.body);
}
