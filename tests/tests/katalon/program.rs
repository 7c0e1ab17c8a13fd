//! A program like the existing clients: it requests a token before every request and sends its values as a query.
//!
//! Must never use anything of the server that those clients do not know.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Url};
use serde_json::{Value, json};
use testkeep_tests::api::{Answer, Caller, PASSWORD, TestServer};

pub(crate) const USER_AGENT: &str = "Apache-HttpClient/4.5.3 (Java/1.8.0_181)";

pub(crate) struct Program {
    url: String,
    client: Client,
    /// `None`: the engine, which uses an API key as password.
    pub(crate) email: Option<String>,
    pub(crate) password: String,
    pub(crate) package: &'static str,
    pub(crate) machine: String,
    pub(crate) session: String,
    /// Empty when Studio has no organization.
    pub(crate) organization: String,
}

/// `a=b&c=d`, encoded.
pub(crate) fn form(parameters: &[(&str, &str)]) -> String {
    let url = Url::parse_with_params("http://localhost/", parameters).unwrap();
    url.query().unwrap_or_default().to_owned()
}

/// 32 hexadecimal digits, the form of clients' machine ids.
pub(crate) fn machine(number: u128) -> String {
    format!("{number:032x}")
}

impl Program {
    pub(crate) fn studio(server: &TestServer, email: &str) -> Self {
        Self {
            url: server.url.clone(),
            // The server closes a connection that is idle for 20 s, perhaps while a request is under way.
            client: Client::builder()
                .user_agent(USER_AGENT)
                .pool_idle_timeout(Duration::from_secs(10))
                .build()
                .unwrap(),
            email: Some(email.into()),
            password: PASSWORD.into(),
            package: "KSE",
            machine: machine(0xA),
            session: "5e0f5c0e-0000-4000-8000-000000000001".into(),
            organization: String::new(),
        }
    }

    pub(crate) fn engine(server: &TestServer, api_key: &str) -> Self {
        Self { email: None, password: api_key.into(), package: "ENGINE", ..Self::studio(server, "") }
    }

    /// The same program on another machine, or restarted.
    pub(crate) fn again(&self, machine_number: u128, session: &str) -> Self {
        Self {
            url: self.url.clone(),
            client: self.client.clone(),
            email: self.email.clone(),
            password: self.password.clone(),
            machine: machine(machine_number),
            session: session.into(),
            organization: self.organization.clone(),
            ..*self
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.client.request(method.parse().unwrap(), format!("{}{path}", self.url))
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.json().await.unwrap_or_default() }
    }

    pub(crate) async fn grant(&self, parameters: &[(&str, &str)]) -> Answer {
        let request = self
            .request("POST", "/oauth/token")
            .basic_auth("kit_uploader", Some("kit_uploader"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form(parameters));
        self.send(request).await
    }

    pub(crate) async fn token_answer(&self) -> Answer {
        let username = self.email.as_deref().unwrap_or_default();
        let password = self.password.as_str();
        self.grant(&[("username", username), ("password", password), ("grant_type", "password")]).await
    }

    pub(crate) async fn token(&self) -> String {
        let answer = self.token_answer().await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    /// Sends a request with a new token and no body.
    pub(crate) async fn call(&self, method: &str, path: &str, parameters: &[(&str, &str)]) -> Answer {
        let request = self.request(method, &format!("{path}?{}", form(parameters)));
        self.send(request.bearer_auth(self.token().await)).await
    }

    pub(crate) async fn activate(&self) -> Answer {
        let parameters = [
            ("machineKey", self.machine.as_str()),
            ("ksVersion", "7.8.0"),
            ("email", self.email.as_deref().unwrap_or_default()),
            ("organizationId", &self.organization),
            ("sessionId", &self.session),
            ("hostname", "build-agent-7"),
            ("package", self.package),
        ];
        self.call("POST", "/api/v1/license-keys/activate", &parameters).await
    }

    /// The answer to an activation, which must succeed.
    pub(crate) async fn license(&self) -> Value {
        let answer = self.activate().await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    pub(crate) async fn release(&self) -> Answer {
        let parameters = [
            ("machineKey", self.machine.as_str()),
            ("ksVersion", "7.8.0"),
            ("sessionId", &self.session),
            ("package", self.package),
            ("organizationId", &self.organization),
        ];
        self.call("POST", "/api/v1/license-keys/release", &parameters).await
    }

    pub(crate) async fn deactivate(&self) -> Answer {
        let parameters = [
            ("machineKey", self.machine.as_str()),
            ("package", self.package),
            ("organizationId", &self.organization),
        ];
        self.call("DELETE", "/api/v1/machine", &parameters).await
    }
}

/// Asserts a refusal that Studio can show; returns its message.
pub(crate) fn refused(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.body["status"], status, "{}", answer.body);
    assert!(answer.body["error"].as_str().is_some_and(|error| !error.is_empty()), "{}", answer.body);
    let time = answer.body["timestamp"].as_str().unwrap();
    assert!(time.ends_with("+0000") && time.contains('T'), "{time}");
    answer.body["message"].as_str().unwrap().to_owned()
}

/// Asserts that no field is null, at any depth (rule 7).
pub(crate) fn assert_no_nulls(value: &Value) {
    match value {
        Value::Null => panic!("null"),
        Value::Array(items) => items.iter().for_each(assert_no_nulls),
        Value::Object(fields) => fields.values().for_each(assert_no_nulls),
        _ => {}
    }
}

/// Assigns the organization's licenses of a product to people, by the native API.
pub(crate) async fn assign(owner: &Caller, organization: i64, product: &str, emails: &[&str]) {
    let path = format!("/api/v2/organizations/{organization}/licenses/{product}/users");
    let answer = owner.post(&path, &json!({ "emails": emails })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// Number of live sessions, as the License Management page lists them.
pub(crate) async fn live_sessions(owner: &Caller, organization: i64, product: &str) -> usize {
    let path = format!("/api/v2/organizations/{organization}/licenses/{product}/sessions");
    let answer = owner.get(&path).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["items"].as_array().unwrap().len()
}

/// An API key of a person.
pub(crate) async fn api_key(caller: &Caller) -> String {
    let answer = caller.post("/api/v2/me/api-keys", &json!({ "name": "engine" })).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["key"].as_str().unwrap().to_owned()
}
